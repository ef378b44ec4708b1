"""The numbers of an answer as text, the same text in CSV, JSON and JSON Lines: the shortest that reads back equal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.answer import Answer


def is_text(column: NDArray[Any]) -> bool:
    """Whether a column holds strings rather than numbers."""
    return column.dtype.kind in "OUS"


def numbers_text(column: NDArray[Any]) -> bytes:
    """An (n,) array of n > 0 numbers as ``1,2.5,null``; a missing one is ``null``."""
    return _array_text(column)[1:-1]


def lists_text(column: NDArray[Any]) -> bytes:
    """An (n, k) array of n > 0 rows as ``1,2],[3,4``."""
    return _array_text(column)[2:-2]


def objects_text(answer: Answer, separator: bytes) -> bytes:
    """One JSON object a record, with the names of the columns as keys, parted by ``separator``; NaN is ``null``."""
    if not len(answer):
        return b""
    keys = [_json(name) + b":" for name in answer.columns]
    columns = list(answer.columns.values())
    if len(columns) == 1 and not is_text(columns[0]):
        return _single_column(keys[0], columns[0], separator)
    template = b"{" + b",".join(key.replace(b"%", b"%%") + b"%b" for key in keys) + b"}"
    return separator.join([template % row for row in zip(*map(_values, columns), strict=True)])


def columns_text(answer: Answer) -> bytes:
    """The members of one JSON object, a column each with the array of its n > 0 values; NaN is ``null``."""
    return b",".join(_json(name) + b":" + _column(column) for name, column in answer.columns.items())


def _column(column: NDArray[Any]) -> bytes:
    return b"[" + b",".join(_values(column)) + b"]" if is_text(column) else _array_text(column)


def _single_column(key: bytes, column: NDArray[Any], separator: bytes) -> bytes:
    left, right = b"{" + key, b"}"
    if column.ndim == 1:
        return left + numbers_text(column).replace(b",", right + separator + left) + right
    left, right = left + b"[", b"]" + right
    return left + lists_text(column).replace(b"],[", right + separator + left) + right


def _values(column: NDArray[Any]) -> list[bytes]:
    if is_text(column):
        return [_json(str(value)) for value in column]
    if column.ndim == 1:
        return numbers_text(column).split(b",")
    return [b"[" + row + b"]" for row in lists_text(column).split(b"],[")]


def _json(text: str) -> bytes:
    import orjson

    return orjson.dumps(text)


def _array_text(column: NDArray[Any]) -> bytes:
    import orjson

    return orjson.dumps(np.ascontiguousarray(column), option=orjson.OPT_SERIALIZE_NUMPY)
