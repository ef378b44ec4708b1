"""Rows of features that a user's program made: arrays, lists, frames and Series become records of plain numbers.

pandas, polars and Arrow are known by what their objects have, so that nobody needs them who does not use them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from contract.errors import RequestError
from contract.tables.category_texts import PRECISE

Record: TypeAlias = list[Any] | dict[str, Any]
"""The cells of a row, by their column's name where they have one: texts, numbers, truth values and None."""
_WRITTEN = tuple(map(np.dtype, ("f8", "f4", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?")))
"""The types of arrays that orjson writes, 32-bit floats by their shortest text."""


def as_json(made: Any, *, named: bool) -> bytes:
    """The rows of an array (n, d), one row (d,), lists, a frame, a Series, or a list of rows of any of these forms.

    They are written as a JSON document of instances. ``named`` says that the model knows its columns by name: then
    cells of frames and Series have theirs. Raises ``TypeError`` or ``ValueError`` for what holds no rows, and
    ``RequestError`` for infinite numbers.
    """
    import orjson

    if isinstance(made, bytes | str | Mapping) or made is None:
        raise TypeError(f"{type(made).__name__} holds no rows of features")
    numbers = _numbers(made, named)
    rows = _records(made, named) if numbers is None else numbers
    if not len(rows) or not len(rows[0]):
        raise TypeError(f"{type(made).__name__} holds no rows of features")
    return orjson.dumps({"instances": rows}, option=orjson.OPT_SERIALIZE_NUMPY)


def _numbers(made: Any, named: bool) -> NDArray[Any] | None:
    """The array (n, d) of rows that are nothing but numbers without names: the quick way, with shortest texts."""
    rows = made if isinstance(made, list | tuple) else [made]
    if not rows:
        return None
    if named and (_columns(made) is not None or any(map(_index, rows))):
        return None
    try:
        array = np.atleast_2d(np.asarray(made))
    except ValueError:  # rows of different length
        return None
    if array.dtype not in _WRITTEN or array.ndim > 2 or not (rows[0] is made or _keep_their_texts(rows, array)):
        return None
    if array.dtype.kind == "f" and np.isinf(array).any():
        raise RequestError("a feature is infinite")
    return np.ascontiguousarray(array)


def _keep_their_texts(rows: Sequence[Any], array: NDArray[Any]) -> bool:
    """Returns whether the cells of lists have in one array the texts that each has by itself."""
    cells = rows if _is_cell(rows[0]) else chain.from_iterable(rows)
    return {int, float}.issuperset(map(type, cells)) and not np.any(np.abs(array) >= PRECISE)


def _records(made: Any, named: bool) -> list[Record]:
    names = _columns(made)
    if names is not None:
        return [_record(row, names if named else None) for row in _cells(made)]
    if isinstance(made, list | tuple) and made and not any(map(_is_cell, made)):
        return _even([_row(each, named) for each in made])
    return [_row(made, named)] if _index(made) else [_record(row, None) for row in _cells(made)]


def _even(rows: list[Record]) -> list[Record]:
    if len(set(map(len, rows))) > 1:
        raise ValueError("its rows are not of one length")
    return rows


def _row(made: Any, named: bool) -> Record:
    """One of a list of rows: a Series has names, as has a mapping."""
    if isinstance(made, Mapping):
        return {str(name): _plain(cell) for name, cell in made.items()}
    names = _index(made)
    (row,) = _cells([made] if isinstance(made, list | tuple) else made)
    return _record(row, names if named else None)


def _is_cell(value: Any) -> bool:
    return not isinstance(value, list | tuple | Mapping) and not getattr(value, "ndim", 0) and not _index(value)


def _columns(made: Any) -> list[str] | None:
    """The names of the columns of a frame; None for what is none."""
    found = getattr(made, "column_names", None) or getattr(made, "columns", None)
    return None if found is None else [str(name) for name in found]


def _index(made: Any) -> list[str] | None:
    """The names of the cells of a pandas Series; None for what is none, and where the cells are only numbered."""
    index = getattr(made, "index", None)
    if index is None or callable(index) or getattr(made, "ndim", 1) != 1:
        return None
    names = list(index)
    return names if names and all(isinstance(name, str) for name in names) else None


def _cells(made: Any) -> list[list[Any]]:
    """The rows of what numpy makes an array of; texts beside numbers do not make texts of these."""
    array = np.asarray(made, dtype=object if isinstance(made, list | tuple) else None)
    if array.ndim > 2 or (array.ndim < 2 and any(isinstance(cell, list | tuple) for cell in array.flat)):
        raise ValueError("the rows are not of one length, or hold lists")
    return _python(np.atleast_2d(array))


def _python(array: NDArray[Any]) -> list[list[Any]]:
    if array.dtype == np.float32:  # by their shortest text: a category 0.1 is not 0.10000000149
        return [[float(str(cell)) for cell in row] for row in array]
    rows: list[list[Any]] = array.tolist()
    return rows


def _record(row: Sequence[Any], names: Sequence[str] | None) -> Record:
    cells = [_plain(cell) for cell in row]
    if names is None:
        return cells
    if len(set(names)) < len(names):
        raise RequestError("two columns have the same name")
    return dict(zip(names, cells, strict=True))


def _plain(cell: Any) -> Any:
    """The cell as JSON knows it."""
    if isinstance(cell, np.generic):
        cell = float(str(cell)) if isinstance(cell, np.float32) else cell.item()
    if type(cell).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(cell, Decimal):
        cell = float(cell)
    if isinstance(cell, float) and not math.isfinite(cell):
        if math.isinf(cell):
            raise RequestError("a feature is infinite")
        return None
    return float(cell) if type(cell) is int and abs(cell) >= 1 << 63 else cell
