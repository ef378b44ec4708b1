"""The files of a channel that hold data: all of them, or the job ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from contract.errors import ChannelError

_SHOWN = 5
"""Names of what is left out that one line of the log lists."""


def data_files(folder: Path, note: Callable[[str], None] = lambda line: None) -> list[Path]:
    """Lists the non-empty files in and under a folder, sorted by path.

    Names with . or _ in front are not data, nor is what Athena keeps beside a result (``x.csv.metadata``), nor a folder
    that was seen before by another link; ``note`` is told which were left out. Raises ``ChannelError`` for whatever
    cannot be listed or read, except that a folder which is not there holds nothing.
    """
    try:
        folder.stat()
    except FileNotFoundError:
        return []
    left_out: list[Path] = []
    found = [path for path in _files(folder, left_out) if _size(path, folder) > 0]
    named = sorted(path.relative_to(folder).as_posix() for path in left_out)
    if named:
        more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
        note(f"left out, as these are not data: {', '.join(named[:_SHOWN])}{more}")
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _files(folder: Path, left_out: list[Path]) -> Iterator[Path]:
    def refuse(error: OSError) -> NoReturn:
        raise _unreadable(Path(error.filename), folder, error) from error

    seen = set()
    for root, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        here = Path(root)
        place = _status(here, folder)
        if (place.st_dev, place.st_ino) in seen:
            folders.clear()
            if not _leads_up(here):
                left_out.append(here)
            continue
        seen.add((place.st_dev, place.st_ino))
        left_out += (here / name for name in folders if _is_hidden(name))
        folders[:] = [name for name in folders if not _is_hidden(name)]
        for name in names:
            if not _is_hidden(name) and not _describes(name, names):
                yield here / name
            elif _size(here / name, folder) > 0:
                left_out.append(here / name)


def _leads_up(link: Path) -> bool:
    """Returns whether a link to a folder leads to one above it, which holds nothing of its own."""
    above = link.parent.resolve()
    return link.resolve() in (above, *above.parents)


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _describes(name: str, names: list[str]) -> bool:
    """Returns whether a file is what Athena tells about a result that lies beside it."""
    return name.endswith(".metadata") and name.removesuffix(".metadata") in names


def _size(path: Path, folder: Path) -> int:
    return _status(path, folder).st_size


def _status(path: Path, folder: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise _unreadable(path, folder, error) from error


def _unreadable(path: Path, folder: Path, error: OSError) -> ChannelError:
    name = path.relative_to(folder).as_posix()
    named = name if len(name) <= 200 else f"{name[:100]}…{name[-99:]}"
    return ChannelError(f"{named} in {folder} cannot be read ({error.strerror}); all of a channel is data")
