"""The arrangement of a channel's pictures: seen from its content type and the names of its files."""

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
"""The kinds of files, by their suffixes. The index of a RecordIO file is not needed."""


@dataclass(frozen=True)
class Layout:
    """The kind of a channel, and the files that tell what is in it: all but pictures."""

    kind: Literal["records", "list", "manifest", "folders"]
    files: Sequence[Path] = ()

    @classmethod
    def of(cls, source: Source) -> Layout:
        """Raises ``ChannelError`` where the files do not fit the content type, or could mean several things."""
        found = _ChannelFiles.of(source)
        if LIST in source.companions:
            return _listed(source, found)
        if found.recordio or (found.records and not found.is_image_type):
            return _records(found)
        if found.records:
            raise found.fault(f"{found.show(found.records)} is RecordIO; set the content type to {RECORDIO}")
        if found.lists and found.manifests:
            raise found.fault("holds a .lst file and a manifest; leave out the one that is not meant")
        if len(found.lists) > 1:
            raise found.fault(
                f"holds several .lst files, such as {found.show(found.lists)}; leave in the one that is meant"
            )
        if found.lists or found.manifests:
            return cls("list", found.lists) if found.lists else cls("manifest", found.manifests)
        if not found.pictures:
            raise found.fault("holds no .jpg, .jpeg or .png, no .lst, no manifest (.manifest, .jsonl) and no .rec")
        return cls("folders")


@dataclass(frozen=True)
class _ChannelFiles:
    """The files of a channel by what their names say."""

    source: Source
    media_type: str
    records: Sequence[Path]
    lists: Sequence[Path]
    manifests: Sequence[Path]
    pictures: Sequence[Path]

    @classmethod
    def of(cls, source: Source) -> _ChannelFiles:
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


def _listed(source: Source, found: _ChannelFiles) -> Layout:
    listed = source.companions[LIST]
    files = [path for path in listed.files if path.suffix.lower() == ".lst"] or list(listed.files)
    if len(files) != 1:
        raise ChannelError(f"channel {listed.channel!r}: holds {len(files)} files; it must hold one .lst")
    if found.recordio or found.records:
        remedy = "leave it out, or set the content type of both to application/x-image"
        raise found.fault(f"channel {listed.channel!r} lists pictures, but this one is of RecordIO; {remedy}")
    if found.manifests:
        raise found.fault(
            f"holds a manifest, while channel {listed.channel!r} lists its pictures; leave out one of them"
        )
    return Layout("list", files)


def _records(found: _ChannelFiles) -> Layout:
    if found.records and (found.pictures or found.manifests):
        other = found.show(found.pictures or found.manifests)
        raise found.fault(f"holds RecordIO ({found.show(found.records)}) and {other}; leave in what is meant")
    if found.records:
        return Layout("records", found.records)
    if found.manifests:
        return Layout("manifest", found.manifests)
    what = found.show(found.pictures) + " is a picture" if found.pictures else "holds no .rec"
    raise found.fault(f"{what}, but the content type is {RECORDIO}; set it to {IMAGE_TYPES[0]} for pictures")
