"""Pictures named in a ``.lst`` file: index, class and path, separated by tabs; several classes for multi-label."""

from __future__ import annotations

import os
import stat
from array import array
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from contract.errors import ChannelError, Malformed
from contract.images.image_index import ImageIndex, LabelColumns
from contract.images.names import Names
from contract.images.stores import printable
from contract.source import Source

LONGEST_LINE = 1 << 20


def find(source: Source, listing: Source, path: Path, ragged: bool = False) -> ImageIndex:
    """The pictures of the channel ``source`` that the file ``path`` of ``listing`` names, with ``ragged`` labels.

    Raises ``ChannelError`` with the line for one that is malformed, and names pictures that are not there.
    """
    names, indexes, columns = Names(), array("q"), LabelColumns(ragged)
    with listing.open(path) as stream:
        for number, line in lines(stream):
            try:
                index, labels, name = _fields(line)
                indexes.append(index)
                columns.add(labels)
            except Malformed as error:
                raise Malformed(error.what, f"line {number}") from None
            names.append(name)
        _check_unique(indexes)
    place = f"channel {listing.channel!r}, file {printable(path.relative_to(listing.folder).as_posix())}"
    if not names:
        raise ChannelError(f"{place}: names no picture")
    check_present(source.folder, names, place)
    return ImageIndex(names, columns.labels())


def lines(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """Number (from 1) and text of every line that is not blank; raises ``Malformed``."""
    number = 0
    while data := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(data) > LONGEST_LINE:
            raise Malformed(f"the line is longer than {LONGEST_LINE:,} bytes, so this is no list", f"line {number}")
        if number == 1 and data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise Malformed("is UTF-16 text; save it as UTF-8")
        try:
            line = data.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise Malformed("is not UTF-8 text", f"line {number}") from None
        if line.strip():
            yield number, line


def check_present(folder: Path, names: Names, place: str) -> None:
    """Raises ``ChannelError`` where files are missing, with the first few names."""
    missing = [name for name in names if not is_file(folder, name)]
    if not missing:
        return
    hint = "; separate folders by /" if any("\\" in name for name in missing) else ""
    shown = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
    raise ChannelError(
        f"{place}: {len(missing):,} of its {len(names):,} pictures are not in the channel {folder.name!r}, or are "
        f"empty: {shown} (paths count from the channel's S3 prefix){hint}"
    )


def is_file(folder: Path, name: str) -> bool:
    """Returns whether a file of this name, relative to the channel's folder, is there and not empty."""
    try:
        found = os.stat(f"{folder}/{name}")  # noqa: PTH116 - a path object a picture is slow
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size > 0


def inside(path: str) -> str:
    """The path in its plain form; raises ``Malformed`` for one that leaves the channel's folder."""
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == "/" or ".." in parts or "\0" in path:
        raise Malformed(f"{path!r} is no path inside the channel")
    return "/".join(parts)


def _fields(line: str) -> tuple[int, list[float], str]:
    fields = line.split("\t")
    if len(fields) < 3:
        hint = "; the fields are separated by spaces, use tabs" if len(line.split()) > 2 else ""
        raise Malformed(f"is not index, class and path, separated by tabs{hint}")
    first, *middle, path = fields
    try:
        index = int(first)
    except ValueError:
        raise Malformed(f"the index {first!r} is no whole number; a .lst file has no header") from None
    if not 0 <= index < 1 << 63:
        raise Malformed(f"the index {first} is out of range")
    try:
        return index, [float(text) for text in middle], inside(path)
    except ValueError:
        raise Malformed(f"the class {', '.join(middle)!r} is no number; number the classes from 0") from None


def _check_unique(indexes: array[int]) -> None:
    ordered = np.sort(np.frombuffer(indexes, np.int64))
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if repeated.size:
        raise Malformed(f"the index {repeated[0]} occurs more than once; every line needs its own")
