"""RecordIO: records of any bytes in frames.

A frame is the number 0xCED7230A, a word, the payload, and zero bytes up to a multiple of four (number and word are
little-endian uint32). The low 29 bits of the word are the length of the payload; the top three tell which part of a
record it is: 0 all of it, 1 the first, 2 one in the middle, 3 the last. A writer of MXNet splits a record where its
payload holds the number itself on a word's boundary, and leaves that number out: it stands between the parts.
SageMaker's protobuf records are never split. (dmlc-core's recordio.h is the source.)

``frames_of`` and ``blocks`` read whole records only, and know their places; ``frame`` and ``joined`` read parts too.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from contract.errors import Malformed
from contract.wire.lines import BLOCK_BYTES, LONGEST_RECORD

MAGIC = 0xCED7230A
MAGIC_BYTES = MAGIC.to_bytes(4, "little")
HEADER_BYTES = 8
WHOLE, FIRST, MIDDLE, LAST = range(4)
"""The parts of a record that a frame may be."""

_HEADER = struct.Struct("<II")
_LENGTH_BITS = 29


class Frame(NamedTuple):
    """The header of a frame: the part of a record that it is, and the bytes of its payload."""

    part: int
    length: int

    @property
    def span(self) -> int:
        """The bytes of the frame with its header and padding."""
        return HEADER_BYTES + padded(self.length)


class Frames(NamedTuple):
    """Some whole frames: their bytes, start and length of every payload, and where they stood in the stream."""

    data: bytes
    payloads: list[tuple[int, int]]
    first_record: int
    offset: int

    def payload(self, row: int) -> bytes:
        """The bytes of one record."""
        start, length = self.payloads[row]
        return self.data[start : start + length]

    def place(self, row: int) -> str:
        """The place of a record for people: ``record 7 (byte 336)``."""
        return _place(self.first_record + row, self.offset + self.payloads[row][0] - HEADER_BYTES)


def padded(length: int) -> int:
    """The length with the padding behind it."""
    return length + 3 & ~3


def header(length: int) -> bytes:
    """The header of a frame that holds a whole record of so many bytes."""
    return _HEADER.pack(MAGIC, length)


def whole_length(header: bytes) -> int | None:
    """The length of the record whose one frame has this header, or None where it is no such header."""
    if len(header) < HEADER_BYTES:
        return None
    magic, word = _HEADER.unpack_from(header)
    return None if magic != MAGIC or word >> _LENGTH_BITS else int(word)


def framed(payload: bytes) -> bytes:
    """One record in its frame."""
    return header(len(payload)) + payload + bytes(-len(payload) % 4)


def blocks(stream: BinaryIO) -> Iterator[Frames]:
    """Reads a stream of whole records in parts of about 8 MiB; raises ``Malformed`` with record and byte."""
    rest, record, offset = b"", 1, 0
    while part := stream.read(BLOCK_BYTES):
        rest += part
        found, end = _whole_frames(rest, record, offset)
        if found.payloads:
            yield found
        rest, record, offset = rest[end:], record + len(found.payloads), offset + end
    if rest:
        raise _truncated(rest, 0, record, offset)


def frames_of(body: bytes) -> Frames:
    """All records of a body; raises ``Malformed`` with record and byte."""
    found, end = _whole_frames(body, 1, 0)
    if end < len(body):
        raise _truncated(body, end, len(found.payloads) + 1, 0)
    return found


def frame(data: bytes, at: int = 0) -> Frame:
    """Reads the header of any frame, also of a part of a record; raises ``Malformed`` without a place."""
    if len(data) < at + HEADER_BYTES:
        raise Malformed("is cut off")
    magic, word = _HEADER.unpack_from(data, at)
    if magic != MAGIC:
        raise Malformed("does not start with 0xCED7230A: the file is damaged, or is no RecordIO file")
    part, length = word >> _LENGTH_BITS, word & (1 << _LENGTH_BITS) - 1
    if part > LAST:
        raise Malformed(f"has an unknown continuation flag ({part}): the file is damaged")
    return Frame(part, length)


def check_order(found: Frame, earlier: Frame | None) -> None:
    """Raises ``Malformed`` where a frame cannot stand after ``earlier``, a first or middle part, or begin a record."""
    if (found.part in (MIDDLE, LAST)) != (earlier is not None):
        raise Malformed("its parts are not in order: the file is damaged")


def joined(data: bytes) -> bytes:
    """The payload of all frames of one record."""
    parts: list[bytes] = []
    at, found = 0, None
    while found is None or found.part in (FIRST, MIDDLE):
        found = frame(data, at)
        start = at + HEADER_BYTES
        if len(data) < start + found.length:
            raise Malformed("is cut off")
        parts.append(data[start : start + found.length])
        at += found.span
    return MAGIC_BYTES.join(parts)


def _whole_frames(data: bytes, first_record: int, offset: int) -> tuple[Frames, int]:
    """All whole frames at the front of the data, and where the first that is not whole starts."""
    payloads: list[tuple[int, int]] = []
    at, size = 0, len(data)
    while at + 8 <= size:
        magic, length = _HEADER.unpack_from(data, at)
        if magic != MAGIC or length > LONGEST_RECORD:
            raise Malformed(_fault(magic, length), _place(first_record + len(payloads), offset + at))
        end = at + 8 + (length + 3 & ~3)
        if end > size:
            break
        payloads.append((at + 8, length))
        at = end
    return Frames(data, payloads, first_record, offset), at


def _fault(magic: int, word: int) -> str:
    if magic != MAGIC:
        return f"0x{magic:08X} instead of 0x{MAGIC:08X}: no RecordIO frame starts here"
    if word >> _LENGTH_BITS:
        return "the record is one part of several, which SageMaker's format does not have"
    return f"a record of {word} bytes; {LONGEST_RECORD >> 20} MiB is the longest that is read"


def _truncated(data: bytes, at: int, record: int, offset: int) -> Malformed:
    return Malformed(f"the data ends {len(data) - at} bytes into the record", _place(record, offset + at))


def _place(record: int, byte: int) -> str:
    return f"record {record} (byte {byte})"
