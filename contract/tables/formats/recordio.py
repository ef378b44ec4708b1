"""application/x-recordio-protobuf: framed protobuf records, as SageMaker's own algorithms read and write them.

A frame is the number 0xCED7230A, the length of the payload (both little-endian uint32), the payload, and zero bytes up
to a multiple of four. The top three bits of the length mark a record in several parts elsewhere; here they must be 0.

The records of a stream are all dense or all sparse, and of one width. What a sparse record does not name is missing. In
answers every column stands in the label of its record: numbers as float32 tensor, text as bytes. An answer that is
another algorithm's input, and a file of one's own, is written by ``encode_features``.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.answer import Answer
from contract.errors import Malformed
from contract.media_type import MediaType
from contract.tables.data import Float32, Sparse, Table
from contract.tables.formats.layout import Layout
from contract.tables.formats.matrix import WIDEST, finite, finite_label, same_columns, sparse
from contract.tables.formats.rows import is_text
from contract.wire import protobuf
from contract.wire.lines import BLOCK_BYTES, LONGEST_RECORD
from contract.wire.protobuf import FEATURES, LABEL, Record, Tensor, named_value, number_value, text_value

_MAGIC = 0xCED7230A
_HEADER = struct.Struct("<II")
_LENGTH_BITS = 29


class _Frames(NamedTuple):
    """Some whole frames: their bytes, start and length of every payload, and where they stood in the stream."""

    data: bytes
    payloads: list[tuple[int, int]]
    first_record: int
    offset: int

    def payload(self, row: int) -> bytes:
        start, length = self.payloads[row]
        return self.data[start : start + length]

    def place(self, row: int) -> str:
        return f"record {self.first_record + row} (byte {self.offset + self.payloads[row][0] - _HEADER.size})"


def chunks(stream: BinaryIO, media_type: MediaType, layout: Layout) -> Iterator[Table]:
    """Reads a file in parts of about 8 MiB, all with the same columns; yields nothing for a file without records."""
    before: Table | None = None
    for frames in _blocks(stream):
        table = _table(frames, layout)
        before = same_columns(before, table, frames.place(0))
        yield table


def decode(body: bytes, media_type: MediaType, layout: Layout) -> Table:
    """Reads a whole body; raises ``Malformed`` if it holds no record."""
    if not body:
        raise Malformed("the body holds no record")
    if body[:4] != _HEADER.pack(_MAGIC, 0)[:4] and protobuf.is_record(body):  # so batch transform sends single records
        body = _frame(body)
    frames, end = _frames(body, 1, 0)
    if end < len(body):
        raise _truncated(body, end, len(frames.payloads) + 1, 0)
    return _table(frames, layout)


def encode(answer: Answer) -> bytes:
    """One record a row with empty features."""
    if any(is_text(column) for column in answer.columns.values()):
        rows = zip(*answer.columns.values(), strict=True)
        return b"".join(_text_frame(answer.columns, row) for row in rows)
    return _equal_frames([(LABEL, name, column) for name, column in answer.columns.items()]) if len(answer) else b""


def encode_features(features: NDArray[Any], label: NDArray[Any] | None = None) -> bytes:
    """Dense records as algorithms read them: ``features`` (n, d), and for training their ``label`` (n,)."""
    parts = [(FEATURES, "values", features)] + ([(LABEL, "values", label)] if label is not None else [])
    return _equal_frames(parts) if len(features) else b""


def _blocks(stream: BinaryIO) -> Iterator[_Frames]:
    rest, record, offset = b"", 1, 0
    while part := stream.read(BLOCK_BYTES):
        rest += part
        frames, end = _frames(rest, record, offset)
        if frames.payloads:
            yield frames
        rest, record, offset = rest[end:], record + len(frames.payloads), offset + end
    if rest:
        raise _truncated(rest, 0, record, offset)


def _frames(data: bytes, first_record: int, offset: int) -> tuple[_Frames, int]:
    """All whole frames at the front of the data, and where the first that is not whole starts."""
    payloads: list[tuple[int, int]] = []
    at, size = 0, len(data)
    while at + 8 <= size:
        magic, length = _HEADER.unpack_from(data, at)
        if magic != _MAGIC or length > LONGEST_RECORD:
            raise Malformed(_frame_fault(magic, length), f"record {first_record + len(payloads)} (byte {offset + at})")
        end = at + 8 + (length + 3 & ~3)
        if end > size:
            break
        payloads.append((at + 8, length))
        at = end
    return _Frames(data, payloads, first_record, offset), at


def _frame_fault(magic: int, length: int) -> str:
    if magic != _MAGIC:
        return f"0x{magic:08X} instead of 0x{_MAGIC:08X}: no RecordIO frame starts here"
    if length >> _LENGTH_BITS:
        return "the record is one part of several, which SageMaker's format does not have"
    return f"a record of {length} bytes; {LONGEST_RECORD >> 20} MiB is the longest that is read"


def _truncated(data: bytes, at: int, record: int, offset: int) -> Malformed:
    return Malformed(f"the data ends {len(data) - at} bytes into the record", f"record {record} (byte {offset + at})")


def _table(frames: _Frames, layout: Layout) -> Table:
    first = _parse(frames, 0, layout)
    if _alike(frames, first):
        payloads = _payloads(frames)
        features: Float32 | Sparse = _finite(_strided(payloads, first.features), frames)
        labels = _strided(payloads, first.label)[:, 0] if first.label else None
    else:
        records = [first, *(_parse(frames, row, layout) for row in range(1, len(frames.payloads)))]
        features = _features([record.features for record in records], frames)
        labels = _labels(records, frames)
    return Table(features, None if labels is None else finite_label(labels, frames.place))


def _labels(records: Sequence[Record], frames: _Frames) -> NDArray[np.float64] | None:
    labels = [record.label for record in records]
    if labels[0] is None and not any(labels):
        return None
    for row, label in enumerate(labels):
        if label is None:
            raise Malformed("the record has no label, others have one", frames.place(row))
    return np.array([label.values[0] for label in labels if label])


def _parse(frames: _Frames, row: int, layout: Layout) -> Record:
    try:
        if not layout.label_size:
            record = protobuf.parse(frames.payload(row), "ignored")
        else:
            record = protobuf.parse(frames.payload(row), "optional" if layout.label_optional else "required")
        _check(record)
        return record
    except Malformed as fault:
        raise Malformed(fault.what, frames.place(row)) from None


def _check(record: Record) -> None:
    values, keys, shape = record.features[:3]
    if record.label and record.label.values.size != 1:
        raise Malformed(f"the label has {record.label.values.size} numbers, not one")
    if record.features.is_sparse:
        if not shape or not 0 < math.prod(shape) <= WIDEST:
            raise Malformed("sparse features need a shape such as [2000], the number of columns")
        if keys.size != values.size:
            raise Malformed(f"{keys.size} keys, but {values.size} values")
    elif not values.size:
        raise Malformed("the record has no feature")
    elif shape and math.prod(shape) != values.size:
        raise Malformed(f"the shape {list(shape)} does not fit {values.size} values")


def _alike(frames: _Frames, first: Record) -> bool:
    """Whether all records are dense and differ from the first in nothing but the bytes of their numbers."""
    tensors = [tensor for tensor in first if tensor is not None]
    if first.features.is_sparse or not all(tensor.dtype for tensor in tensors):
        return False
    if len({length for _, length in frames.payloads}) > 1:
        return False
    payloads = _payloads(frames)
    fixed = np.ones(payloads.shape[1], bool)
    for tensor in tensors:
        fixed[slice(*tensor.span)] = False
    return bool((payloads[:, fixed] == payloads[0, fixed]).all())


def _payloads(frames: _Frames) -> NDArray[np.uint8]:
    """The payloads of frames of one length as rows of bytes."""
    start, length = frames.payloads[0]
    stride = start + (length + 3 & ~3)
    framed = np.frombuffer(frames.data, np.uint8, len(frames.payloads) * stride).reshape(-1, stride)
    return framed[:, start : start + length]


def _strided(payloads: NDArray[np.uint8], tensor: Tensor) -> NDArray[np.float64]:
    return np.ascontiguousarray(payloads[:, slice(*tensor.span)]).view(tensor.dtype).astype(np.float64)


def _features(tensors: Sequence[Tensor], frames: _Frames) -> Float32 | Sparse:
    first = tensors[0]
    width = math.prod(first.shape) if first.is_sparse else first.values.size
    for row, tensor in enumerate(tensors):
        if tensor.is_sparse != first.is_sparse:
            raise Malformed("dense and sparse records are mixed; write all of them one way", frames.place(row))
        size = math.prod(tensor.shape) if tensor.is_sparse else tensor.values.size
        if size != width:
            raise Malformed(f"the record has {size} features, the ones before it have {width}", frames.place(row))
    values = np.concatenate([tensor.values for tensor in tensors])
    if not first.is_sparse:
        return _finite(values.reshape(-1, width), frames)
    keys = np.concatenate([tensor.keys for tensor in tensors])
    counts = np.array([tensor.values.size for tensor in tensors], np.int64)
    return sparse(values, keys, counts, width, frames.place)


def _finite(features: NDArray[np.float64], frames: _Frames) -> Float32:
    return finite(features, lambda row, column: f"{frames.place(row)}, feature {column + 1}")


def _equal_frames(columns: Sequence[tuple[int, str, NDArray[Any]]]) -> bytes:
    """The records of columns of numbers, which are all of one length, side by side as one array of bytes.

    A column is the map of the record that it belongs in, its name there, and its numbers, (n,) or (n, k).
    """
    rows, length = len(columns[0][2]), 0
    parts: list[NDArray[np.uint8]] = []
    for field, name, column in columns:
        numbers = np.ascontiguousarray(column.reshape(rows, -1), "<f4").view(np.uint8)
        before = named_value(field, name, number_value(bytes(numbers.shape[1])))[: -numbers.shape[1] or None]
        parts += [np.broadcast_to(np.frombuffer(before, np.uint8), (rows, len(before))), numbers]
        length += len(before) + numbers.shape[1]
    header = np.frombuffer(_HEADER.pack(_MAGIC, length), np.uint8)
    padding = np.zeros((rows, -length % 4), np.uint8)
    return np.hstack([np.broadcast_to(header, (rows, header.size)), *parts, padding]).tobytes()


def _text_frame(names: Iterable[str], row: Sequence[Any]) -> bytes:
    """One record of a row that holds text."""
    packed = (cell if isinstance(cell, str) else np.asarray(cell, "<f4").tobytes() for cell in row)
    values = (text_value(cell) if isinstance(cell, str) else number_value(cell) for cell in packed)
    return _frame(b"".join(named_value(LABEL, name, value) for name, value in zip(names, values, strict=True)))


def _frame(payload: bytes) -> bytes:
    return _HEADER.pack(_MAGIC, len(payload)) + payload + bytes(-len(payload) % 4)
