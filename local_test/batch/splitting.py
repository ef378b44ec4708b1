"""Files become records: lines, framed records, or the whole file as one."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from local_test.errors import RecordError

_MAGIC = 0xCED7230A
_LENGTH_BITS = 29


class Record(NamedTuple):
    """``whole``: as it lies in the file. ``bare``: without the frame around it, which SingleRecord leaves out."""

    whole: bytes
    bare: bytes


def records(stream: BinaryIO, split: str) -> Iterator[Record]:
    """The records of a file. Raises RecordError where a frame is not one."""
    return _SPLITTERS[split](stream)


def _object(stream: BinaryIO) -> Iterator[Record]:
    content = stream.read()
    yield Record(content, content)


def _lines(stream: BinaryIO) -> Iterator[Record]:
    """A quoted newline ends a line as any other; a line keeps its end."""
    for line in stream:
        yield Record(line, line)


def _record_io(stream: BinaryIO) -> Iterator[Record]:
    while header := stream.read(8):
        magic, length = struct.unpack("<II", header) if len(header) == 8 else (0, 0)
        if magic != _MAGIC or length >> _LENGTH_BITS:
            raise RecordError("no RecordIO record begins where one should")
        yield _framed(stream, header, length, -length % 4)


def _tf_record(stream: BinaryIO) -> Iterator[Record]:
    while header := stream.read(12):
        if len(header) < 12:
            raise RecordError("no TFRecord begins where one should")
        yield _framed(stream, header, struct.unpack("<Q", header[:8])[0], 4)


def _framed(stream: BinaryIO, header: bytes, length: int, behind: int) -> Record:
    content = stream.read(length + behind)
    if len(content) < length + behind:
        raise RecordError("the file ends within a record")
    return Record(header + content, content[:length])


_SPLITTERS: dict[str, Callable[[BinaryIO], Iterator[Record]]] = {
    "None": _object,
    "Line": _lines,
    "RecordIO": _record_io,
    "TFRecord": _tf_record,
}
