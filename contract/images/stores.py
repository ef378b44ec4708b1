"""The sources of the bytes of pictures: the files of a channel, or the body of a request."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from contract.errors import ChannelError, Malformed, RequestError, UserError
from contract.images.decoding import UInt8
from contract.images.names import Names
from contract.images.records import picture

OPEN_FILES = 64
"""RecordIO files of a channel that are kept open at once."""

LARGEST_BYTES = 1 << 28
"""The largest encoded picture that is read: beyond it a file is no picture."""


class Store(Protocol):
    """Reads pictures by the numbers of ``contract.images.pictures.INDEX``."""

    def encoded(self, file: int, record: int, offset: int, span: int) -> bytes:
        """The bytes of one JPEG or PNG."""

    def place(self, file: int, record: int) -> str:
        """Says where the picture came from, for people."""

    def fault(self, place: str, what: str) -> UserError:
        """An error about the picture at ``place``."""


class Held:
    """The picture of a request, encoded and decoded."""

    def __init__(self, body: bytes, pixels: UInt8) -> None:
        self.body = body
        self.pixels = pixels

    def encoded(self, file: int, record: int, offset: int, span: int) -> bytes:
        return self.body

    def place(self, file: int, record: int) -> str:
        return "the picture"

    def fault(self, place: str, what: str) -> UserError:
        return RequestError(f"{place} {what}")


class Files:
    """Files of a channel by number; ``names`` are relative to ``folder``. Threads may share it."""

    def __init__(self, channel: str, folder: Path, names: Names) -> None:
        self.channel = channel
        self.folder = folder
        self.names = names
        self._kept_open = lru_cache(OPEN_FILES)(_Opened)

    def encoded(self, file: int, record: int, offset: int, span: int) -> bytes:
        try:
            path = os.path.join(self.folder, self.names[file])  # noqa: PTH118 - a path object a picture is slow
            return _Opened(path).whole() if record < 0 else picture(self._kept_open(path).part(offset, span))
        except OSError as error:
            what = f"cannot be read ({error.strerror or error})"
        except Malformed as error:
            what = error.what
        raise self.fault(self.place(file, record), what)

    def place(self, file: int, record: int) -> str:
        name = f"file {printable(self.names[file])}"
        return name if record < 0 else f"{name}, record {record + 1}"

    def fault(self, place: str, what: str) -> UserError:
        return ChannelError(f"channel {self.channel!r}, {place}: {what}")


class _Opened:
    """An open file that is closed when its last user is done: one thread may still read what another lets go."""

    def __init__(self, path: str) -> None:
        self._descriptor = -1
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def part(self, offset: int, size: int) -> bytes:
        """The bytes there; fewer where the file ends before."""
        parts: list[bytes] = []
        while size > 0 and (part := os.pread(self._descriptor, size, offset)):
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def whole(self) -> bytes:
        """All bytes; raises ``Malformed`` for more than a picture has."""
        size = os.fstat(self._descriptor).st_size
        if size > LARGEST_BYTES:
            raise Malformed(f"is no picture: it has {size:,} bytes")
        return self.part(0, size)


def printable(name: str) -> str:
    """A file's name as text, also where its bytes are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
