"""A channel of MXNet image RecordIO files."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.data import Float32
from contract.errors import ChannelError, Malformed
from contract.images.image_index import ImageIndex, LabelColumns
from contract.images.names import Names
from contract.images.pictures import INDEX
from contract.images.records import HEADER, header_bytes, labels
from contract.images.stores import LARGEST_BYTES, printable
from contract.source import GZIP_MAGIC, Source
from contract.wire.recordio import FIRST, HEADER_BYTES, MIDDLE, WHOLE, Frame, check_order, frame, joined

_WINDOW = 256
"""Bytes that are read at the start of a record: its headers, and the labels of most."""


def find(source: Source, files: Sequence[Path], ragged: bool = False) -> ImageIndex:
    """Finds the records of all files. Reads headers and (``ragged``) labels only.

    Raises ``ChannelError`` with file and record.
    """
    names = Names(path.relative_to(source.folder).as_posix() for path in files)
    columns, parts = LabelColumns(ragged), list[NDArray[np.void]]()
    for number, path in enumerate(files):
        offsets, spans = array("q"), array("q")
        try:
            for offset, span, numbers in _records(path):
                columns.add(numbers.tolist())
                offsets.append(offset)
                spans.append(span)
        except (Malformed, OSError) as error:
            what = error.what if isinstance(error, Malformed) else f"cannot be read ({error.strerror})"
            place = f"channel {source.channel!r}, file {printable(names[number])}, record {len(offsets) + 1}"
            raise ChannelError(f"{place}: {what}") from error
        parts.append(_part(number, offsets, spans))
    return ImageIndex(names, columns.labels(), np.concatenate(parts))


def _part(number: int, offsets: array[int], spans: array[int]) -> NDArray[np.void]:
    index = np.zeros(len(offsets), INDEX)
    index["file"], index["record"] = number, np.arange(len(offsets))
    index["offset"], index["span"] = offsets, spans
    return index


def _records(path: Path) -> Iterator[tuple[int, int, Float32]]:
    """First byte, bytes of the frames, and labels of every record of a file."""
    with path.open("rb", buffering=0) as file:
        descriptor, at = file.fileno(), 0
        size = os.fstat(descriptor).st_size
        if os.pread(descriptor, 2, 0) == GZIP_MAGIC:
            raise Malformed("the file is gzip-compressed, but records are read where they lie; unpack it")
        while at < size:
            window = os.pread(descriptor, _WINDOW, at)
            first = frame(window)
            check_order(first, None)
            span = first.span if first.part == WHOLE else _span(descriptor, at, size)
            # Whoever wrote the last record may have left its padding out.
            if at + span > size + 3 or at + HEADER_BYTES + first.length > size:
                raise Malformed(f"is cut off: the file ends {at + span - size:,} bytes too early; upload it again")
            if span > LARGEST_BYTES:
                raise Malformed(f"is no picture: it has {span:,} bytes")
            yield at, span, _labels(descriptor, at, window, first, span)
            at += span


def _span(descriptor: int, at: int, size: int) -> int:
    """The bytes of a record in several frames, the first of which lies at ``at``."""
    start, found = at, Frame(FIRST, 0)
    earlier: Frame | None = None
    while found.part in (FIRST, MIDDLE):
        if at >= size:
            raise Malformed("is cut off: the file ends between two parts of the record; upload it again")
        found = frame(os.pread(descriptor, HEADER_BYTES, at))
        check_order(found, earlier)
        earlier = found
        at += found.span
    return at - start


def _labels(descriptor: int, at: int, window: bytes, first: Frame, span: int) -> Float32:
    if first.part != WHOLE:
        record = joined(os.pread(descriptor, span, at))
        header_bytes(record, len(record))
        return labels(record)
    record = window[HEADER_BYTES : HEADER_BYTES + first.length]
    start = header_bytes(record, first.length)
    if start > len(record):
        record = os.pread(descriptor, start, at + HEADER_BYTES)
    return labels(record)


assert HEADER_BYTES + HEADER.size <= _WINDOW
