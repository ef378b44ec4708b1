"""How the pictures of a channel are arranged: seen from its content type and the names of its files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from contract.errors import ChannelError
from contract.images.folders import SUFFIXES
from contract.images.stores import printable
from contract.media_type import MediaType
from contract.source import Source

RECORDIO = "application/x-recordio"
IMAGE_TYPES = ("application/x-image", "image/jpeg", "image/png")

LIST = "lst"
"""The companion of a channel that lists its pictures."""

_KINDS = {
    **dict.fromkeys(SUFFIXES, "picture"),
    ".rec": "record",
    ".recordio": "record",
    ".lst": "list",
    ".manifest": "manifest",
    ".jsonl": "manifest",
    ".idx": "index",
}
"""What files are, by their suffixes. The index of a RecordIO file is not needed."""


@dataclass(frozen=True)
class Layout:
    """The kind of a channel, and the files that tell what is in it: all but pictures."""

    kind: Literal["records", "list", "manifest", "folders"]
    files: Sequence[Path] = ()

    @classmethod
    def of(cls, source: Source) -> Layout:
        """Raises ``ChannelError`` where the files do not fit the content type, or could mean several things."""
        there = _There.of(source)
        if LIST in source.companions:
            return _listed(source, there)
        if there.recordio or (there.records and not there.is_image_type):
            return _records(there)
        if there.records:
            raise there.fault(f"{there.show(there.records)} is RecordIO; set the content type to {RECORDIO}")
        if there.lists and there.manifests:
            raise there.fault("holds a .lst file and a manifest; leave out the one that is not meant")
        if len(there.lists) > 1:
            raise there.fault(
                f"holds several .lst files, such as {there.show(there.lists)}; leave in the one that is meant"
            )
        if there.lists or there.manifests:
            return cls("list", there.lists) if there.lists else cls("manifest", there.manifests)
        if not there.pictures:
            raise there.fault("holds no .jpg, .jpeg or .png, no .lst, no manifest (.manifest, .jsonl) and no .rec")
        return cls("folders")


@dataclass(frozen=True)
class _There:
    """The files of a channel by what their names say."""

    source: Source
    media_type: str
    records: Sequence[Path]
    lists: Sequence[Path]
    manifests: Sequence[Path]
    pictures: Sequence[Path]

    @classmethod
    def of(cls, source: Source) -> _There:
        media_type = MediaType.parse(source.content_type or "").name
        # Objects in S3 often have no suffix: where the content type says so, they are records whatever their names.
        otherwise = "record" if media_type == RECORDIO else "other"
        found = defaultdict[str, list[Path]](list)
        for path in source.files:
            found[_KINDS.get(path.suffix.lower(), otherwise)].append(path)
        return cls(source, media_type, found["record"], found["list"], found["manifest"], found["picture"])

    @property
    def recordio(self) -> bool:
        return self.media_type == RECORDIO

    @property
    def is_image_type(self) -> bool:
        return self.media_type in IMAGE_TYPES

    def show(self, files: Sequence[Path]) -> str:
        return f"file {printable(files[0].relative_to(self.source.folder).as_posix())}"

    def fault(self, what: str) -> ChannelError:
        return ChannelError(f"channel {self.source.channel!r}: {what}")


def _listed(source: Source, there: _There) -> Layout:
    listed = source.companions[LIST]
    files = [path for path in listed.files if path.suffix.lower() == ".lst"] or list(listed.files)
    if len(files) != 1:
        raise ChannelError(f"channel {listed.channel!r}: holds {len(files)} files; it must hold one .lst")
    if there.recordio or there.records:
        remedy = "leave it out, or set the content type of both to application/x-image"
        raise there.fault(f"channel {listed.channel!r} lists pictures, but this one is of RecordIO; {remedy}")
    if there.manifests:
        raise there.fault(
            f"holds a manifest, while channel {listed.channel!r} lists its pictures; leave out one of them"
        )
    return Layout("list", files)


def _records(there: _There) -> Layout:
    if there.records and (there.pictures or there.manifests):
        other = there.show(there.pictures or there.manifests)
        raise there.fault(f"holds RecordIO ({there.show(there.records)}) and {other}; leave in what is meant")
    if there.records:
        return Layout("records", there.records)
    if there.manifests:
        return Layout("manifest", there.manifests)
    what = there.show(there.pictures) + " is a picture" if there.pictures else "holds no .rec"
    raise there.fault(f"{what}, but the content type is {RECORDIO}; set it to {IMAGE_TYPES[0]} for pictures")
