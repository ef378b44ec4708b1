"""application/x-recordio-protobuf: tables as framed protobuf records, as SageMaker's own algorithms have them.

The records of a stream are all dense or all sparse, and of one width. What a sparse record does not name is missing. An
answer that is another algorithm's input, and a file of one's own, is written by ``encode_features``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.data import Float32
from contract.errors import Malformed
from contract.media_type import MediaType
from contract.tables.data import Sparse, Table
from contract.tables.formats.layout import RecordLayout
from contract.tables.formats.matrix import WIDEST, finite, finite_label, same_columns, sparse
from contract.wire.record import Part, Tensor, is_record, parse
from contract.wire.record_answers import equal_frames
from contract.wire.recordio import MAGIC_BYTES, Frames, blocks, framed, frames_of, padded


def chunks(stream: BinaryIO, media_type: MediaType, layout: RecordLayout) -> Iterator[Table]:
    """Reads a file in parts of about 8 MiB, all with the same columns; yields nothing for a file without records."""
    before: Table | None = None
    for frames in blocks(stream):
        table = _table(frames, layout)
        before = same_columns(before, table, frames.place(0))
        yield table


def decode(body: bytes, media_type: MediaType, layout: RecordLayout) -> Table:
    """Reads a whole body; raises ``Malformed`` if it holds no record."""
    if not body:
        raise Malformed("the body holds no record")
    if not body.startswith(MAGIC_BYTES) and is_record(body):  # so batch transform sends single records
        body = framed(body)
    return _table(frames_of(body), layout)


def encode_features(features: NDArray[Any], label: NDArray[Any] | None = None) -> bytes:
    """Dense records as algorithms read them: ``features`` (n, d), and for training their ``label`` (n,)."""
    parts: list[tuple[Part, str, NDArray[Any]]] = [("features", "values", features)]
    if label is not None:
        parts.append(("label", "values", label))
    return equal_frames(parts) if len(features) else b""


class _Vectors(NamedTuple):
    """The vectors of one record; the label only where it was asked for."""

    features: Tensor
    label: Tensor | None


def _table(frames: Frames, layout: RecordLayout) -> Table:
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


def _labels(records: Sequence[_Vectors], frames: Frames) -> NDArray[np.float64] | None:
    labels = [record.label for record in records]
    if labels[0] is None and not any(labels):
        return None
    for row, label in enumerate(labels):
        if label is None:
            raise Malformed("the record has no label, others have one", frames.place(row))
    return np.array([label.values[0] for label in labels if label])


def _parse(frames: Frames, row: int, layout: RecordLayout) -> _Vectors:
    try:
        record = parse(frames.payload(row))
        features = record.tensor("features")
        wanted = layout.label_size and (record.label or not layout.label_optional)
        vectors = _Vectors(features, record.tensor("label") if wanted else None)
        _check(vectors)
        return vectors
    except Malformed as fault:
        raise Malformed(fault.what, frames.place(row)) from None


def _check(record: _Vectors) -> None:
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


def _alike(frames: Frames, first: _Vectors) -> bool:
    """Returns whether all records are dense and differ from the first in nothing but the bytes of their numbers."""
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


def _payloads(frames: Frames) -> NDArray[np.uint8]:
    """The payloads of frames of one length as rows of bytes."""
    start, length = frames.payloads[0]
    stride = start + (padded(length))
    whole = np.frombuffer(frames.data, np.uint8, len(frames.payloads) * stride).reshape(-1, stride)
    return whole[:, start : start + length]


def _strided(payloads: NDArray[np.uint8], tensor: Tensor) -> NDArray[np.float64]:
    return np.ascontiguousarray(payloads[:, slice(*tensor.span)]).view(tensor.dtype).astype(np.float64)


def _features(tensors: Sequence[Tensor], frames: Frames) -> Float32 | Sparse:
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


def _finite(features: NDArray[np.float64], frames: Frames) -> Float32:
    return finite(features, lambda row, column: f"{frames.place(row)}, feature {column + 1}")
