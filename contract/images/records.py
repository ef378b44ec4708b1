"""MXNet's image RecordIO: frames of labelled pictures, indexed without reading the pixels.

A frame is the number 0xCED7230A, a length word, the payload, and zero bytes up to a multiple of four (both words
little-endian uint32). The top three bits of the length word tell which part of a record the frame is: 0 all of it,
1 the first, 2 one in the middle, 3 the last. A writer splits a record where its payload holds the number itself on a
word's boundary, and leaves that number out: it stands between the parts.

The record begins with a header: uint32 flag, float32 label, uint64 id, uint64 id2. A flag above zero says that so many
float32 labels follow, in place of the one in the header. Then comes the encoded picture. (dmlc-core recordio.h and
MXNet's image_recordio.h are the sources.)
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np

from contract.errors import Malformed
from contract.tables.data import Float32

MAGIC = 0xCED7230A
FRAME = struct.Struct("<II")
HEADER = struct.Struct("<IfQQ")
LENGTH_BITS = 29
MOST_LABELS = 1 << 16
WHOLE, FIRST, MIDDLE, LAST = range(4)
_MAGIC_BYTES = MAGIC.to_bytes(4, "little")


class Frame(NamedTuple):
    """What a frame's header says: the part of a record that it is, and the bytes of its payload."""

    part: int
    length: int

    @property
    def span(self) -> int:
        """The bytes of the frame with its header and padding."""
        return FRAME.size + (self.length + 3 & ~3)


def frame(data: bytes, at: int = 0) -> Frame:
    """Reads the frame header at this byte; raises ``Malformed``."""
    if len(data) < at + FRAME.size:
        raise Malformed("is cut off")
    magic, word = FRAME.unpack_from(data, at)
    if magic != MAGIC:
        raise Malformed("does not start with 0xCED7230A: the file is damaged, or is no RecordIO file")
    part, length = word >> LENGTH_BITS, word & (1 << LENGTH_BITS) - 1
    if part > LAST:
        raise Malformed(f"has an unknown continuation flag ({part}): the file is damaged")
    return Frame(part, length)


def follows(found: Frame, earlier: Frame | None) -> None:
    """Raises ``Malformed`` where a frame cannot stand after ``earlier``, a first or middle part, or begin a record."""
    if (found.part in (MIDDLE, LAST)) != (earlier is not None):
        raise Malformed("its parts are not in order: the file is damaged")


def payload(frames: bytes) -> bytes:
    """The payload of all frames of one record, joined."""
    parts: list[bytes] = []
    at, found = 0, None
    while found is None or found.part in (FIRST, MIDDLE):
        found = frame(frames, at)
        start = at + FRAME.size
        if len(frames) < start + found.length:
            raise Malformed("is cut off")
        parts.append(frames[start : start + found.length])
        at += found.span
    return _MAGIC_BYTES.join(parts)


def picture(frames: bytes) -> bytes:
    """The encoded picture of the frames of one record."""
    record = payload(frames)
    return record[header_bytes(record, len(record)) :]


def header_bytes(record: bytes, length: int) -> int:
    """The bytes before the picture of a record of ``length`` bytes, of which ``record`` holds at least the first 24."""
    if length < HEADER.size or len(record) < HEADER.size:
        raise Malformed("is too short for an image record; RecordIO-protobuf is another format")
    flag = int(HEADER.unpack_from(record)[0])
    start = HEADER.size + 4 * flag
    if start >= length:
        raise Malformed("holds no picture, so it is no MXNet image record; RecordIO-protobuf is another format")
    if flag > MOST_LABELS:
        raise Malformed(f"has {flag:,} labels, at most {MOST_LABELS:,} are read")
    return start


def labels(record: bytes) -> Float32:
    """The labels of a record of which at least the header and the labels are there, shape (k,)."""
    flag, label, *_ = HEADER.unpack_from(record)
    if flag == 0:
        return np.array([label], np.float32)
    return np.frombuffer(record, "<f4", flag, HEADER.size).astype(np.float32)
