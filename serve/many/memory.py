"""Keeps account of the memory that the models of one endpoint share."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from contract.errors import ArtifactError
from serve.many.errors import InsufficientMemory
from serve.settings import MEBIBYTE

PROCESS_BYTES = 8 * MEBIBYTE
"""The cost of a process beside its model, from experience; the libraries are shared."""


class Memory:
    """``capacity`` bytes, of which models take some. Safe to call from several threads."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.taken = 0
        self._lock = threading.Lock()

    def take(self, size: int, what: str) -> None:
        """Books ``size`` bytes. Raises ``InsufficientMemory`` where they do not fit; ``what`` begins its message."""
        with self._lock:
            if self.taken + size > self.capacity:
                raise InsufficientMemory(
                    f"{what} {_megabytes(size)} MB, but {_megabytes(self.taken)} of {_megabytes(self.capacity)} MB "
                    "for models are taken: unload some, or choose an instance with more memory"
                )
            self.taken += size

    def release(self, size: int) -> None:
        """Books ``size`` bytes back."""
        with self._lock:
            self.taken -= size

    def correct(self, foreseen: int, measured: int) -> None:
        """Books what a loaded model takes. Raises ``InsufficientMemory``, and books nothing, where it is too much."""
        self.release(foreseen)
        self.take(measured, "once loaded, the model takes")


def foreseen_bytes(directory: Path) -> int:
    """Returns the least that a model will take: native formats are in memory about as large as on disk.

    Raises ``ArtifactError`` for a folder that cannot be read.
    """
    try:
        with suppress(FileNotFoundError, NotADirectoryError):  # which whoever loads the model tells
            directory.stat()  # rglob passes over what it cannot read, from Python 3.13 on
        return PROCESS_BYTES + sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    except OSError as error:
        raise ArtifactError(f"the folder of the model cannot be read: {error.strerror}") from error


def private_bytes() -> int:
    """Returns the bytes that this process shares with no other, and that its end would free."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def _megabytes(size: int) -> int:
    return round(size / MEBIBYTE)
