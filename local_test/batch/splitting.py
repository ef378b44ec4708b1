"""Files become records: lines, framed records, or the whole file as one."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from contract.wire import recordio
from local_test.errors import RecordError

_CASTAGNOLI = 0x82F63B78
_MASK = 0xA282EAD8


class SplitRecord(NamedTuple):
    """``whole``: as it lies in the file. ``bare``: without the frame around it, which SingleRecord leaves out."""

    whole: bytes
    bare: bytes


def records(stream: BinaryIO, split: str) -> Iterator[SplitRecord]:
    """The records of a file. Raises RecordError where a frame is not one."""
    return _SPLITTERS[split](stream)


def _object(stream: BinaryIO) -> Iterator[SplitRecord]:
    content = stream.read()
    yield SplitRecord(content, content)


def _lines(stream: BinaryIO) -> Iterator[SplitRecord]:
    """A quoted newline ends a line as any other; a line keeps its end."""
    for line in stream:
        yield SplitRecord(line, line)


def _record_io(stream: BinaryIO) -> Iterator[SplitRecord]:
    while header := stream.read(recordio.HEADER_BYTES):
        length = recordio.whole_length(header)
        if length is None:
            raise RecordError("no RecordIO record begins where one should")
        yield _framed(stream, header, length, recordio.padded(length) - length)


def _tf_record(stream: BinaryIO) -> Iterator[SplitRecord]:
    while header := stream.read(12):
        length, checksum = struct.unpack("<QI", header) if len(header) == 12 else (0, None)
        if checksum != _masked_crc(header[:8]):
            raise RecordError("no TFRecord begins where one should")
        yield _framed(stream, header, length, 4)


def _masked_crc(content: bytes) -> int:
    """CRC-32C as TFRecords hold it: rotated, plus a constant."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return (crc >> 15 | crc << 17) + _MASK & 0xFFFFFFFF


def _shifted(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ (_CASTAGNOLI if crc & 1 else 0)
    return crc


_TABLE = [_shifted(byte) for byte in range(256)]


def _framed(stream: BinaryIO, header: bytes, length: int, behind: int) -> SplitRecord:
    content = stream.read(length + behind)
    if len(content) < length + behind:
        raise RecordError("the file ends within a record")
    return SplitRecord(header + content, content[:length])


_SPLITTERS: dict[str, Callable[[BinaryIO], Iterator[SplitRecord]]] = {
    "None": _object,
    "Line": _lines,
    "RecordIO": _record_io,
    "TFRecord": _tf_record,
}
