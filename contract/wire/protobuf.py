"""Protobuf's wire format: fields, and numbers of variable length.

Faults are ``Malformed`` without a place: the caller knows the record.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from contract.data import Int64
from contract.errors import Malformed

VARINT, EIGHT_BYTES, SIZED, FOUR_BYTES = 0, 1, 2, 5
"""The wire types of fields."""

_FIXED = {EIGHT_BYTES: 8, FOUR_BYTES: 4}


def sized(field: int, payload: bytes) -> bytes:
    """A field that holds bytes: a text, a message or a packed list. ``field`` is below 16."""
    return bytes([field << 3 | SIZED]) + _varint_bytes(len(payload)) + payload


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


def packed_varints(numbers: Int64) -> bytes:
    """Whole numbers (n,) as a packed list; a negative one has ten bytes."""
    shifts = np.arange(0, 70, 7, dtype=np.uint64)
    octets = numbers.astype(np.int64).view(np.uint64)[:, None] >> shifts
    written = octets > 0
    written[:, 0] = True
    continued = np.pad(written[:, 1:], ((0, 0), (0, 1)))
    return ((octets & 0x7F).astype(np.uint8) | continued.astype(np.uint8) << 7)[written].tobytes()


def fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Field number, wire type, start and stop of everything in a message."""
    while at < end:
        tag, start = _varint(data, at, end)
        kind = tag & 7
        if kind == VARINT:
            stop = _varint(data, start, end)[1]
        elif kind == SIZED:
            size, start = _varint(data, start, end)
            stop = start + size
        elif kind in _FIXED:
            stop = start + _FIXED[kind]
        else:
            raise Malformed(f"wire type {kind} is not one of protobuf's")
        expect(stop <= end, "a field's length")
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


def expect(right: bool, what: str) -> None:
    """Raises ``Malformed`` unless the field that ``what`` names has the wire type and length that it should have."""
    if not right:
        raise Malformed(f"not a protobuf record of aialgs.data: {what} cannot be read")
