"""The columns of a Parquet file that are data, and what their types mean: numbers, or texts of categories."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.errors import Malformed, NotANumber
from contract.tables.category_texts import texts_of
from contract.tables.data import Texts
from contract.tables.formats.layout import RecordLayout
from contract.wire.lines import shortened

if TYPE_CHECKING:
    from arro3.core import Array, DataType, Schema

_NAMELESS_INDEX = re.compile(r"__index_level_\d+__")
"""The names that pandas gives to an index without one; programs that copy such a file lose what says that it is one."""


class DataColumns(NamedTuple):
    """The columns of data, the label first: their places in the file, their names, and those (of data) with texts."""

    places: tuple[int, ...]
    names: tuple[str, ...]
    texts: frozenset[int]


def data_columns(schema: Schema, layout: RecordLayout) -> DataColumns:
    """Finds the columns of data, without the index of a pandas frame, which ``layout.note`` is told.

    Raises ``NotANumber`` for a type that is read neither as numbers nor, in a column of texts, as texts, and
    ``Malformed`` where no feature is left.
    """
    index = _index_columns(schema)
    left_out = [name for name in schema.names if name in index]
    if left_out:
        layout.note(f"the index of the pandas frame is no feature: {', '.join(left_out)} (reset_index() makes it one)")
    places = tuple(place for place, name in enumerate(schema.names) if name not in index)
    names = tuple(schema.names[place] for place in places)
    texts = frozenset(column + layout.label_size for column in layout.text_columns(names[layout.label_size :]))
    for at, place in enumerate(places):
        _check(schema.types[place], schema.names[place], place, at in texts)
    if len(names) <= layout.label_size:
        raise Malformed(f"{len(names)} column(s): no feature is left beside the label")
    return DataColumns(places, names, texts)


def _index_columns(schema: Schema) -> frozenset[str]:
    """The columns that hold a pandas index; one that counts rows is a description there, and has no column."""
    try:
        listed = json.loads(schema.metadata[b"pandas"])["index_columns"]
    except (KeyError, TypeError, ValueError, RecursionError):
        listed = []
    told = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    return frozenset((*told, *filter(_NAMELESS_INDEX.fullmatch, schema.names)))


def _check(kind: DataType, name: str, place: int, is_text: bool) -> None:
    values = _value_type(kind)
    if _is_number(values) or (is_text and _is_text(values)):
        return
    what = f"{shortened(name)} is of type {_type_name(kind)}; {_remedy(values, is_text)}"
    raise NotANumber(what, f"column {place + 1}")


def _type_name(kind: DataType) -> str:
    return str(kind).strip().removeprefix("arro3.core.DataType<").removesuffix(">")


def _value_type(kind: DataType) -> DataType:
    """The type of the values; of a dictionary, as pandas and polars write categories, that of its entries."""
    from arro3.core import DataType

    entries = kind.value_type if DataType.is_dictionary(kind) else None
    return kind if entries is None else entries


def _is_number(kind: DataType) -> bool:
    from arro3.core import DataType

    checks = (DataType.is_integer, DataType.is_floating, DataType.is_boolean, DataType.is_null)
    return _is_decimal(kind) or any(check(kind) for check in checks)


def _is_decimal(kind: DataType) -> bool:
    """Returns whether these are decimals; the library's own answer leaves out those of 32 and 64 bits."""
    return _type_name(kind).startswith("Decimal")


def _is_text(kind: DataType) -> bool:
    from arro3.core import DataType

    return _is_bytes(kind) or any(
        check(kind) for check in (DataType.is_string, DataType.is_large_string, DataType.is_string_view)
    )


def _is_bytes(kind: DataType) -> bool:
    """Returns whether a column holds bytes: older programs write texts so."""
    from arro3.core import DataType

    return any(check(kind) for check in (DataType.is_binary, DataType.is_large_binary, DataType.is_binary_view))


def _remedy(kind: DataType, is_text: bool) -> str:
    from arro3.core import DataType

    if DataType.is_temporal(kind):
        as_text = ", or as texts where they are categories" if is_text else ""
        return f"dates and times are no numbers; write them as such, for example as days or seconds{as_text}"
    if DataType.is_nested(kind):
        return "write each of its elements into a column of its own"
    return "encode categories as numbers, or declare the column where the algorithm takes categories"


def numbers_in(column: Array) -> NDArray[np.float64]:
    """The values (n,) of a column of numbers, NaN where one is missing."""
    from arro3.core import DataType

    kind = _value_type(column.type)
    if DataType.is_null(kind):
        return np.full(len(column), np.nan)
    if _is_decimal(kind):
        column = column.cast(DataType.float64())
    elif DataType.is_dictionary(column.type):
        column = column.cast(kind)
    if column.null_count:
        return np.array(column.to_pylist(), np.float64)
    return column.to_numpy().astype(np.float64)


def texts_in(column: Array) -> Texts:
    """The texts (n,) of a column of categories: strings, or numbers as other formats would write them."""
    written = _writer(_value_type(column.type))
    cells = column.to_pylist()
    return texts_of([None if cell is None else written(cell) for cell in cells] if written else cells)


def _writer(kind: DataType) -> Callable[[Any], Any] | None:
    """Returns the function that makes a text, or a number of its own width, of a cell; None where it is one."""
    from arro3.core import DataType

    if DataType.is_float32(kind):
        return np.float32
    if DataType.is_float16(kind):
        return np.float16
    return _decoded if _is_bytes(kind) else None


def _decoded(cell: bytes) -> str:
    try:
        return cell.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"the bytes {cell[:20]!r} are no text in UTF-8; write the column as strings") from error
