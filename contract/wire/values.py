"""Values of an answer as text, the same in CSV, JSON and JSON Lines: numbers are the shortest that reads back equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from contract.answer import Answer, Column
from contract.errors import NotAcceptable


def is_numbers(column: Column) -> TypeGuard[NDArray[Any]]:
    """Returns whether a column is an (n,) or (n, k) array of real numbers or truth values, which is written at once."""
    return isinstance(column, np.ndarray) and column.dtype.kind in "biuf" and column.ndim < 3


def listed(column: Column) -> Sequence[Any]:
    """The value of every record as Python has it; arrays in a list stay arrays."""
    return column.tolist() if isinstance(column, np.ndarray) else column


def numbers_text(column: NDArray[Any]) -> bytes:
    """An (n,) array of n > 0 numbers as ``1,2.5,null``; a missing one is ``null``."""
    return _array_text(column)[1:-1]


def lists_text(column: NDArray[Any]) -> bytes:
    """An (n, k) array of n > 0 rows as ``1,2],[3,4``."""
    return _array_text(column)[2:-2]


def json_texts(name: str, values: Sequence[Any]) -> list[bytes]:
    """The JSON of every value of a column: of texts, numbers, nested lists and objects, or arrays in them.

    Raises ``NotAcceptable`` for what JSON cannot hold, such as bytes.
    """
    import orjson

    option = orjson.OPT_SERIALIZE_NUMPY
    try:
        return [orjson.dumps(value, _plain, option) for value in values]
    except orjson.JSONEncodeError as error:
        what = f"{name!r} cannot be written as JSON ({error}); ask for another media type with Accept"
        raise NotAcceptable(what) from None


def objects_text(answer: Answer, separator: bytes) -> bytes:
    """One JSON object a record, with the names of the columns as keys, parted by ``separator``; NaN is ``null``."""
    if not len(answer):
        return b""
    keys = [_key(name) for name in answer.columns]
    columns = list(answer.columns.values())
    if len(columns) == 1 and is_numbers(columns[0]):
        return _single_column(keys[0], columns[0], separator)
    template = b"{" + b",".join(key.replace(b"%", b"%%") + b"%b" for key in keys) + b"}"
    values = [_values(name, column) for name, column in answer.columns.items()]
    return separator.join([template % row for row in zip(*values, strict=True)])


def columns_text(answer: Answer) -> bytes:
    """The members of one JSON object, a column each with the array of its n > 0 values; NaN is ``null``."""
    return b",".join(_key(name) + _column(name, column) for name, column in answer.columns.items())


def _column(name: str, column: Column) -> bytes:
    return _array_text(column) if is_numbers(column) else b"[" + b",".join(_values(name, column)) + b"]"


def _single_column(key: bytes, column: NDArray[Any], separator: bytes) -> bytes:
    left, right = b"{" + key, b"}"
    if column.ndim == 1:
        return left + numbers_text(column).replace(b",", right + separator + left) + right
    left, right = left + b"[", b"]" + right
    return left + lists_text(column).replace(b"],[", right + separator + left) + right


def _values(name: str, column: Column) -> list[bytes]:
    if not is_numbers(column):
        return json_texts(name, listed(column))
    if column.ndim == 1:
        return numbers_text(column).split(b",")
    return [b"[" + row + b"]" for row in lists_text(column).split(b"],[")]


def _key(name: str) -> bytes:
    import orjson

    return orjson.dumps(name) + b":"


def _array_text(column: NDArray[Any]) -> bytes:
    import orjson

    if column.dtype.itemsize > 8:
        column = column.astype(np.float64)
    native = np.ascontiguousarray(column, column.dtype.newbyteorder("="))
    return orjson.dumps(native, option=orjson.OPT_SERIALIZE_NUMPY)


def _plain(value: Any) -> Any:
    """Makes plain what orjson does not know itself: arrays of texts, views of arrays, and numbers of numpy in them."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError
