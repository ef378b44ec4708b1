"""Numbers of every record of a channel, which may be more than fit into memory: a file takes what is too much."""

from __future__ import annotations

import tempfile
import weakref
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from contract.errors import PlatformError
from contract.process.resources import memory_bytes

SHARE = 0.02
"""Share of the container's memory; numbers that take more go to a file. Sorting takes about eight times as much."""


def most_bytes() -> int:
    """Returns how many bytes of numbers are kept in memory."""
    return int(SHARE * memory_bytes())


class NumberFile:
    """A temporary file of numbers of one type. It is gone when nobody uses it any more."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._file = _temporary()
        weakref.finalize(self, self._file.close)
        self._length = 0

    def append(self, values: NDArray[Any]) -> tuple[int, int]:
        """Writes the numbers at the end; returns where they begin and end. Raises ``PlatformError`` without room."""
        begin = self._length
        try:
            self._file.write(np.ascontiguousarray(values, self._dtype).data)
            self._file.flush()
        except OSError as error:
            raise PlatformError(
                f"the predictions of a large channel cannot be kept in {tempfile.gettempdir()} while the model is "
                f"evaluated ({error.strerror}): give the job a larger volume, or name another folder in TMPDIR"
            ) from error
        self._length += values.size
        return begin, self._length

    def mapped(self) -> NDArray[Any]:
        """All numbers (n,), which are not in memory before they are looked at."""
        if not self._length:
            return np.empty(0, self._dtype)
        return np.memmap(self._file, self._dtype, "r+", shape=(self._length,))


def _temporary() -> IO[bytes]:
    return tempfile.TemporaryFile()
