"""A channel that may be larger than memory: its rows go to a file as they are read, and come back memory-mapped."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import IO

import numpy as np

from contract.data import PART, Float32, Int64
from contract.errors import ChannelError, PlatformError
from contract.process.resources import memory_bytes
from contract.tables.data import Sparse, Table

SHARE = 0.2
"""The share of the container's memory above which rows are kept in a file. Joining them takes as much again."""


def collect(parts: Iterable[Table], channel: str, join: Callable[[Sequence[Table]], Table]) -> Table:
    """The parts of a channel as one table, with the features in a file as soon as they are large.

    Raises ``PlatformError`` where neither memory nor the folder for temporary files has room, and ``ChannelError`` for
    sparse records beyond the memory.
    """
    limit, kept, held, file = SHARE * memory_bytes(), list[Table](), 0, None
    for part in parts:
        kept.append(part)
        held += _size(part)
        if file is None and held > limit:
            file = _open_for(part, held, limit, channel)
            kept = [_moved(each, file, channel) for each in kept] if file else kept
        elif file is not None:
            kept[-1] = _moved(part, file, channel)
    table = join(kept)
    if file is None:
        return table
    with file:
        return replace(table, features=_mapped(file, table.width, channel))


def taken(table: Table, rows: Int64) -> Table:
    """The rows of these numbers; of a mapped table mapped too."""
    if not isinstance(table.features, np.memmap):
        return table.take(rows)
    label, weight = (None if column is None else column[rows] for column in (table.label, table.weight))
    with tempfile.TemporaryFile() as file:
        for start in range(0, len(rows), PART):
            _moved(table.take(rows[start : start + PART]), file, "train")
        return replace(table, features=_mapped(file, table.width, "train"), label=label, weight=weight)


def _size(part: Table) -> int:
    features = part.features
    if isinstance(features, Sparse):
        return features.values.nbytes + features.indices.nbytes + features.indptr.nbytes
    return features.nbytes


def _open_for(part: Table, held: int, limit: float, channel: str) -> IO[bytes] | None:
    """A file for dense parts. Sparse ones stay in memory while they may fit, twice for a moment."""
    if not isinstance(part.features, Sparse):
        with _full_disk_named(channel):
            return tempfile.TemporaryFile()
    if held > 2 * limit:
        raise ChannelError(
            f"channel {channel!r}: its sparse records take over {held / 1e9:.1f} GB, which cannot be kept on disk: use "
            "an instance with more memory"
        )
    return None


def _moved(part: Table, file: IO[bytes], channel: str) -> Table:
    """The part without its rows, which are appended to the file; a sparse part is left for ``join`` to refuse."""
    features = part.features
    if isinstance(features, Sparse):
        return part
    with _full_disk_named(channel, file):
        file.write(np.ascontiguousarray(features).data)
    return replace(part, features=np.empty((0, part.width), np.float32))


@contextmanager
def _full_disk_named(channel: str, file: IO[bytes] | None = None) -> Iterator[None]:
    """Closes the file and raises ``PlatformError`` where the folder for temporary files has no room for it."""
    try:
        yield
    except OSError as error:
        if file is not None:
            with suppress(OSError):  # it tries once more to write what has no room
                file.close()
        folder = tempfile.tempdir or "the folder for temporary files"
        raise PlatformError(
            f"channel {channel!r} is too large for the memory, and cannot be kept in {folder} "
            f"({error.strerror or error}): give the job a larger volume, or name another folder in TMPDIR"
        ) from error


def _mapped(file: IO[bytes], width: int, channel: str) -> Float32:
    """The rows in the file, (n, ``width``); it may be closed, and is gone when nobody uses them any more."""
    with _full_disk_named(channel, file):
        file.flush()
    return np.memmap(file, np.float32, "r+", shape=(file.tell() // (4 * width), width))
