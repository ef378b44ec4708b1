"""application/x-parquet: numeric columns, in training the label first; null is missing.

The columns of texts that the layout names may hold strings.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.errors import Malformed, NotANumber
from contract.media_type import MediaType
from contract.tables.categories import texts_of
from contract.tables.data import Table, Texts
from contract.tables.formats.layout import RecordLayout
from contract.tables.formats.matrix import finite, finite_label
from contract.wire.lines import shortened

if TYPE_CHECKING:
    from arro3.core import Array, RecordBatch, RecordBatchReader, Schema

_MAGIC = b"PAR1"
_SMALLEST = 12
_ROWS = 65536


class _Cells(NamedTuple):
    """Rows of a file: ``numbers`` (n, columns) with NaN in the columns of ``texts``."""

    numbers: NDArray[np.float64]
    texts: dict[int, Texts]


def chunks(stream: BinaryIO, media_type: MediaType, layout: RecordLayout) -> Iterator[Table]:
    """Reads a seekable file in parts of up to 65,536 rows; yields nothing for a file without rows."""
    reader, first = _reader(stream, layout), 1
    names = tuple(reader.schema.names)
    for cells in _cells(reader, layout):
        yield _table(cells, names, layout, first)
        first += len(cells.numbers)


def decode(body: bytes, media_type: MediaType, layout: RecordLayout) -> Table:
    """Reads a whole body; raises ``Malformed`` if it holds no record."""
    reader = _reader(io.BytesIO(body), layout)
    parts = list(_cells(reader, layout))
    if not parts:
        raise Malformed("the body holds no record")
    texts = {column: np.concatenate([part.texts[column] for part in parts]) for column in parts[0].texts}
    whole = _Cells(np.concatenate([part.numbers for part in parts]), texts)
    return _table(whole, tuple(reader.schema.names), layout, 1)


def _table(cells: _Cells, names: tuple[str, ...], layout: RecordLayout, first: int) -> Table:
    def place(row: int) -> str:
        return f"row {first + row}"

    front = layout.label_size
    names = names[front:]
    numbers = cells.numbers
    features = finite(numbers[:, front:], lambda row, column: f"{place(row)}, column {shortened(names[column])}")
    label = finite_label(numbers[:, 0], place) if layout.label_size else None
    texts = {column - front: found for column, found in cells.texts.items()}
    return Table(np.ascontiguousarray(features), label, names=names, texts=texts)


def _reader(stream: BinaryIO, layout: RecordLayout) -> RecordBatchReader:
    import arro3.io

    _check_ends(stream)
    try:
        reader = arro3.io.read_parquet(stream, batch_size=_ROWS)
    except BaseException as error:
        raise _unreadable(error) from None
    _check_columns(reader.schema, layout)
    return reader


def _cells(reader: RecordBatchReader, layout: RecordLayout) -> Iterator[_Cells]:
    texts = _text_columns(reader.schema.names, layout)
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except BaseException as error:
            raise _unreadable(error) from None
        if batch.num_rows:
            yield _read(batch, texts)


def _text_columns(names: Sequence[str], layout: RecordLayout) -> frozenset[int]:
    """The columns of texts, the label counted."""
    found = (column + layout.label_size for column in layout.text_columns(names[layout.label_size :]))
    return frozenset(column for column in found if column < len(names))


def _read(batch: RecordBatch, texts: Collection[int]) -> _Cells:
    cells = np.full(batch.shape, np.nan)
    for column in range(batch.num_columns):
        if column not in texts:
            cells[:, column] = _column(batch.column(column))
    return _Cells(cells, {column: texts_of(batch.column(column).to_pylist()) for column in texts})


def _column(column: Array) -> NDArray[np.float64]:
    if column.null_count:
        return np.array(column.to_pylist(), np.float64)
    return column.to_numpy().astype(np.float64)


def _check_ends(stream: BinaryIO) -> None:
    """Looks at the marks at both ends, so that a file of another type does not trouble the reader."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    start = stream.read(4)
    stream.seek(max(0, size - 4))
    if size < _SMALLEST or start != _MAGIC or stream.read(4) != _MAGIC:
        raise Malformed("this is not a Parquet file, or only a part of one")
    stream.seek(0)


def _check_columns(schema: Schema, layout: RecordLayout) -> None:
    from arro3.core import DataType

    numbers = (DataType.is_integer, DataType.is_floating, DataType.is_boolean)
    names = (*numbers, DataType.is_string, DataType.is_large_string, DataType.is_string_view)
    texts = _text_columns(schema.names, layout)
    for place, (name, kind) in enumerate(zip(schema.names, schema.types, strict=True)):
        if not any(check(kind) for check in (names if place in texts else numbers)):
            remedy = "encode categories and dates as numbers, cast decimals to double"
            raise NotANumber(f"{shortened(name)} is of type {_type_name(kind)}; {remedy}", f"column {place + 1}")
    if len(schema.names) <= layout.label_size:
        raise Malformed(f"{len(schema.names)} column(s): no feature is left beside the label")


def _type_name(kind: object) -> str:
    return str(kind).strip().removeprefix("arro3.core.DataType<").removesuffix(">")


def _unreadable(error: BaseException) -> BaseException:
    """The error to raise instead of what the reader raised; its panics are no ``Exception``s."""
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        return error
    return Malformed(f"the Parquet file cannot be read: {error}")
