"""One record of SageMaker's training format, the protobuf message ``aialgs.data.Record``, read and written by hand.

    Record { features = 1, label = 2: map<string, Value> }                 and texts, which are skipped
    Value  { float32_tensor = 2 | float64_tensor = 3 | int32_tensor = 7 | bytes = 9 }
    tensor { values = 1, keys = 2, shape = 3 }                             keys and shape are uint64
    bytes  { value = 1 }

The one name used in both maps is ``values``. Faults are ``Malformed`` without a place: the caller knows the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.data import Int64
from contract.errors import Malformed

FEATURES, LABEL = 1, 2
"""The fields of a record that are read and written."""

_VARINT, _EIGHT_BYTES, _SIZED, _FOUR_BYTES = 0, 1, 2, 5
_FIXED = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_TENSORS = {2: (_FOUR_BYTES, "<f4"), 3: (_EIGHT_BYTES, "<f8"), 7: (_VARINT, "")}


class Tensor(NamedTuple):
    """A vector: dense where ``keys`` is empty, else with ``keys`` parallel to ``values`` in a vector of ``shape``.

    ``values`` lie at ``span`` in the bytes of the record as an array of ``dtype``; dtype is empty where they do not
    lie there in one piece.
    """

    values: NDArray[np.float64]
    keys: Int64
    shape: tuple[int, ...]
    span: tuple[int, int]
    dtype: str

    @property
    def is_sparse(self) -> bool:
        """Whether it has keys, or is the empty row of a sparse matrix."""
        return bool(self.keys.size or (self.shape and not self.values.size))


class Record(NamedTuple):
    """The vectors named ``values`` of one record; the label only where it was asked for."""

    features: Tensor
    label: Tensor | None


def parse(data: bytes, label: Literal["required", "optional", "ignored"]) -> Record:
    """Reads one record; unknown fields are skipped."""
    maps: dict[int, dict[str, tuple[int, int]]] = {FEATURES: {}, LABEL: {}}
    for field, kind, start, stop in _fields(data, 0, len(data)):
        if field in maps:
            _expect(kind == _SIZED, "features and label")
            maps[field].update(_entry(data, start, stop))
    features = _value(data, maps[FEATURES], "features")
    wanted = label == "required" or (label == "optional" and maps[LABEL])
    return Record(features, _value(data, maps[LABEL], "label") if wanted else None)


def is_record(data: bytes) -> bool:
    """Whether the bytes are one record with features, and nothing else."""
    try:
        features = parse(data, "ignored").features
    except Malformed:
        return False
    return bool(features.values.size or features.is_sparse)


def sized(field: int, payload: bytes) -> bytes:
    """A field that holds bytes: a text, a message or a packed list. ``field`` is below 16."""
    return bytes([field << 3 | _SIZED]) + _varint_bytes(len(payload)) + payload


def named_value(field: int, name: str, value: bytes) -> bytes:
    """An entry of the map FEATURES or LABEL of a record."""
    return sized(field, sized(1, name.encode()) + sized(2, value))


def number_value(packed: bytes) -> bytes:
    """A ``Value`` of 32-bit floats in little-endian bytes."""
    return sized(2, sized(1, packed))


def text_value(text: str) -> bytes:
    """A ``Value`` that holds text as bytes."""
    return sized(9, sized(1, text.encode()))


def _entry(data: bytes, at: int, end: int) -> dict[str, tuple[int, int]]:
    name, value = "", (end, end)
    for field, kind, start, stop in _fields(data, at, end):
        _expect(field > 2 or kind == _SIZED, "names and values")
        if field == 1:
            name = data[start:stop].decode(errors="replace")
        elif field == 2:
            value = start, stop
    return {name: value}


def _value(data: bytes, entries: dict[str, tuple[int, int]], part: str) -> Tensor:
    if "values" not in entries:
        raise Malformed(f'the record has no {part}: there is no tensor "values" in {sorted(entries)}')
    found: Tensor | None = None
    for field, kind, start, stop in _fields(data, *entries["values"]):
        if field == 9:
            raise Malformed(f"the record has bytes (an image, perhaps) as {part}, not a tensor of numbers")
        if field in _TENSORS:
            _expect(kind == _SIZED, "tensors")
            found = _tensor(data, start, stop, *_TENSORS[field])
    if found is None:
        raise Malformed(f"the record has no tensor as {part}")
    return found


def _tensor(data: bytes, at: int, end: int, element: int, dtype: str) -> Tensor:
    pieces: dict[int, list[NDArray[np.float64] | Int64]] = {1: [], 2: [], 3: []}
    span = (0, 0)
    for field, kind, start, stop in _fields(data, at, end):
        if field in pieces:
            packed_as = element if field == 1 else _VARINT
            _expect(kind in (_SIZED, packed_as), "the numbers of a tensor")
            raw = data[start:stop]
            pieces[field].append(_floats(raw, dtype) if field == 1 and dtype else varints(raw))
            span = (start, stop) if field == 1 else span
    values, keys, shape = (np.concatenate(found) if found else np.empty(0) for found in pieces.values())
    one_piece = dtype if len(pieces[1]) == 1 else ""
    if element == _VARINT:
        values = values.astype(np.int64).astype(np.int32)
    return Tensor(values.astype(np.float64), keys.astype(np.int64), tuple(map(int, shape)), span, one_piece)


def _floats(raw: bytes, dtype: str) -> NDArray[np.float64]:
    if len(raw) % int(dtype[-1]):
        raise Malformed("a list of numbers ends within a number")
    return np.frombuffer(raw, dtype).astype(np.float64)


def varints(raw: bytes) -> Int64:
    """The whole numbers of a packed list; those of 2**63 and more come out negative."""
    octets = np.frombuffer(raw, np.uint8)
    if not (octets >= 0x80).any():
        return octets.astype(np.int64)
    lasts = np.flatnonzero(octets < 0x80)
    if octets[-1] >= 0x80:
        raise Malformed("a list of numbers ends within a number")
    firsts = np.concatenate([[0], lasts[:-1] + 1])
    position = np.arange(octets.size) - np.repeat(firsts, lasts - firsts + 1)
    if position.max() > 9:
        raise Malformed("a whole number has more than ten bytes")
    parts = (octets & 0x7F).astype(np.uint64) << (7 * position).astype(np.uint64)
    return np.bitwise_or.reduceat(parts, firsts).view(np.int64)


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Field number, wire type, start and stop of everything in a message."""
    while at < end:
        tag, start = _varint(data, at, end)
        kind = tag & 7
        if kind == _VARINT:
            stop = _varint(data, start, end)[1]
        elif kind == _SIZED:
            size, start = _varint(data, start, end)
            stop = start + size
        elif kind in _FIXED:
            stop = start + _FIXED[kind]
        else:
            raise Malformed(f"wire type {kind} is not one of protobuf's")
        _expect(stop <= end, "a field's length")
        yield tag >> 3, kind, start, stop
        at = stop


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise Malformed("the record ends within a number")
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    raise Malformed("a whole number has more than ten bytes")


def _varint_bytes(value: int) -> bytes:
    octets = bytearray()
    while value >= 0x80:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*octets, value])


def _expect(right: bool, what: str) -> None:
    if not right:
        raise Malformed(f"not a protobuf record of aialgs.data: {what} cannot be read")
