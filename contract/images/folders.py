"""Pictures in folders, one for each class: the classes are numbered in alphabetical order."""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np

from contract.errors import ChannelError
from contract.images.image_index import ImageIndex
from contract.images.names import Names
from contract.images.stores import printable
from contract.source import Source

SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
"""The suffixes by which files are known as pictures."""
_LITTER = frozenset({"thumbs.db", "desktop.ini"})
"""The files that file managers leave behind."""


def find(source: Source, known: tuple[str, ...] | None) -> ImageIndex:
    """The pictures below each folder of the channel; ``known`` are the train channel's classes for another channel.

    Raises ``ChannelError`` for a picture in no class folder, a class that is not known, and a file in a class folder
    that is no JPEG or PNG by its name.
    """
    place = f"channel {source.channel!r}"
    names, folders, owners = Names(), dict[str, int](), array("q")
    for path in source.files:
        if name := _picture(source, path):
            names.append(name)
            owners.append(folders.setdefault(name.partition("/")[0], len(folders)))
    classes = tuple(sorted(folders)) if known is None else known
    unreadable = next((name for name in classes if printable(name) != name), None)
    if unreadable:
        raise ChannelError(f"{place}: the name of folder {printable(unreadable)} is not UTF-8; rename it")
    numbers = {name: number for number, name in enumerate(classes)}
    unknown = sorted(set(folders) - set(numbers))
    if unknown:
        raise ChannelError(f"{place}: has classes that the train channel lacks: {', '.join(map(printable, unknown))}")
    labels = np.array([numbers[folder] for folder in folders], np.float32)[np.frombuffer(owners, np.int64)]
    return ImageIndex(names, labels[:, None], classes=classes)


def _picture(source: Source, path: Path) -> str | None:
    """The name of a picture in its class folder; None for a file beside the class folders that is none."""
    is_picture = path.suffix.lower() in SUFFIXES
    name = path.relative_to(source.folder).as_posix()
    if "/" in name:
        if is_picture:
            return name
        if path.name.lower() in _LITTER:
            return None
        what = "is no .jpg, .jpeg or .png; convert it, or leave it out"
    elif is_picture:
        what = (
            "lies in no class folder; put each picture into the folder of its class, or name its class in a .lst file"
        )
    else:
        return None
    raise ChannelError(f"channel {source.channel!r}, file {printable(name)}: {what}")
