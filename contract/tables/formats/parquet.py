"""application/x-parquet: columns of numbers, in training the label first; null is missing.

The columns of texts that the layout names may hold strings. ``parquet_columns`` says which types are read, and leaves
out the index of a pandas frame.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.errors import Malformed
from contract.media_type import MediaType
from contract.tables.data import Table, Texts
from contract.tables.formats.layout import RecordLayout
from contract.tables.formats.matrix import finite, finite_label
from contract.tables.formats.parquet_columns import DataColumns, data_columns, numbers_in, texts_in
from contract.wire.lines import shortened

if TYPE_CHECKING:
    from arro3.core import RecordBatch, RecordBatchReader

_MAGIC = b"PAR1"
_SMALLEST = 12
_LOOKED_AT = 200
_ROWS = 65536


class _Cells(NamedTuple):
    """Rows of a file: ``numbers`` (n, columns) with NaN in the columns of ``texts``."""

    numbers: NDArray[np.float64]
    texts: dict[int, Texts]


def chunks(stream: BinaryIO, media_type: MediaType, layout: RecordLayout) -> Iterator[Table]:
    """Reads a seekable file in parts of up to 65,536 rows; yields nothing for a file without rows."""
    reader, first = _reader(stream), 1
    columns = data_columns(reader.schema, layout)
    for cells in _cells(reader, columns):
        yield _table(cells, columns.names, layout, first)
        first += len(cells.numbers)


def decode(body: bytes, media_type: MediaType, layout: RecordLayout) -> Table:
    """Reads a whole body; raises ``Malformed`` if it holds no record."""
    reader = _reader(io.BytesIO(body))
    columns = data_columns(reader.schema, layout)
    parts = list(_cells(reader, columns))
    if not parts:
        raise Malformed("the body holds no record")
    texts = {column: np.concatenate([part.texts[column] for part in parts]) for column in parts[0].texts}
    whole = _Cells(np.concatenate([part.numbers for part in parts]), texts)
    return _table(whole, columns.names, layout, 1)


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


def _reader(stream: BinaryIO) -> RecordBatchReader:
    import arro3.io

    _check_ends(stream)
    try:
        return arro3.io.read_parquet(stream, batch_size=_ROWS)
    except BaseException as error:
        raise _unreadable(error) from None


def _cells(reader: RecordBatchReader, columns: DataColumns) -> Iterator[_Cells]:
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except BaseException as error:
            raise _unreadable(error) from None
        if batch.num_rows:
            yield _read(batch, columns)


def _read(batch: RecordBatch, columns: DataColumns) -> _Cells:
    cells = np.full((batch.num_rows, len(columns.places)), np.nan)
    texts: dict[int, Texts] = {}
    for at, place in enumerate(columns.places):
        if at in columns.texts:
            texts[at] = texts_in(batch.column(place))
        else:
            cells[:, at] = numbers_in(batch.column(place))
    return _Cells(cells, texts)


def _check_ends(stream: BinaryIO) -> None:
    """Looks at the marks at both ends, so that a file of another type does not trouble the reader."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    start = stream.read(4)
    stream.seek(max(0, size - 4))
    if size < _SMALLEST or start != _MAGIC or stream.read(4) != _MAGIC:
        stream.seek(0)
        raise Malformed(f"this is not a Parquet file{_recognised(stream.read(_LOOKED_AT))}")
    stream.seek(0)


def _recognised(start: bytes) -> str:
    """What the file is instead, with the remedy."""
    if start.startswith(_MAGIC):
        return " but a part of one: its end is missing; upload it again"
    if start.startswith(b"PK\x03\x04"):
        return " but a zip archive; upload the files that are in it"
    if start and all(byte >= ord(" ") or byte in b"\t\r\n" for byte in start):
        return " but text; for CSV set the ContentType of the channel to text/csv"
    return ", or only a part of one"


def _unreadable(error: BaseException) -> BaseException:
    """The error to raise instead of what the reader raised; its panics are no ``Exception``s."""
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        return error
    remedy = "write it anew, with columns of plain numbers and strings"
    return Malformed(f"the Parquet file cannot be read: {error}; {remedy}")
