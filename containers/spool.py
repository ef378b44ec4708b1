"""A channel that may be larger than memory: its rows go to a file as they are read, and come back memory-mapped."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from types import TracebackType
from typing import IO, Self

import numpy as np

from containers.data import Float32, Sparse, Table
from containers.errors import ChannelError
from containers.resources import memory_bytes

SHARE = 0.25
"""Of the container's memory: files that are larger together are not read into it."""


def is_large(file_bytes: int) -> bool:
    """Whether a channel with files of this size belongs on disk. Text is at least as long as the numbers in it."""
    return file_bytes > SHARE * memory_bytes()


class Spool:
    """Collects the dense parts of a channel in an unnamed file in the folder for temporary files."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 — closed by __exit__, the mapping lives on

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def shortened(self, parts: Iterable[Table]) -> list[Table]:
        """The parts with their features written away; each keeps its labels, texts and an empty matrix of its width."""
        return [self._written(part) for part in parts]

    def features(self, width: int) -> Float32:
        """All rows that were written, (n, ``width``)."""
        self._file.flush()
        rows = self._file.tell() // (4 * width)
        return np.memmap(self._file, np.float32, "r+", shape=(rows, width))

    def _written(self, part: Table) -> Table:
        features = part.features
        if isinstance(features, Sparse):
            raise ChannelError(
                f"channel {self._channel!r}: its files of sparse records are larger than a quarter of the memory, and "
                "cannot be kept on disk: use an instance with more memory"
            )
        try:
            self._file.write(np.ascontiguousarray(features).data)
        except OSError as error:
            raise ChannelError(
                f"channel {self._channel!r} is too large for the memory, and cannot be kept in {tempfile.gettempdir()} "
                f"({error.strerror}): give the job a larger volume, or name another folder in TMPDIR"
            ) from error
        return replace(part, features=np.empty((0, part.width), np.float32))
