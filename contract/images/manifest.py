"""Augmented manifests: a line of JSON for each picture, read as files beside the pictures that they name.

``{"source-ref": "s3://bucket/prefix/1.jpg", "class": 0, "class-metadata": {…}}``. The picture is the attribute that
ends in ``-ref``. The label is the attribute that does not end in ``-ref`` or ``-metadata``; where there are several,
the content type names one: ``application/x-image; label-attribute=class``. (AttributeNames, which say it to Pipe mode,
are not told to a container that reads files.)

For multi-label a label is ``[1, 0, 1]``, or ``[0, 2]`` with the content type parameter ``label-format=class-id``; it
may be text, as may a class number.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from contract.errors import ChannelError, Malformed
from contract.images.image_index import ImageIndex, LabelColumns, LabelSets
from contract.images.listing import inside, is_file, lines
from contract.images.names import Names
from contract.media_type import MediaType
from contract.source import Source

LONGEST_KEY = 1024
"""The most characters that the key of an object in S3 has."""


@dataclass(frozen=True)
class Form:
    """The form of the labels in a manifest. ``classes`` is their number where it is known."""

    attribute: str | None
    class_ids: bool
    classes: int | None

    @classmethod
    def of(cls, media_type: MediaType, multi_label: bool, classes: int | None) -> Form:
        """Reads the parameters of a content type; raises ``Malformed``."""
        written = media_type.parameters.get("label-format", "multi-hot")
        if written not in ("multi-hot", "class-id"):
            raise Malformed(f"label-format={written} in the content type is neither multi-hot nor class-id")
        return cls(media_type.parameters.get("label-attribute"), multi_label and written == "class-id", classes)


def find(source: Source, files: Sequence[Path], form: Form) -> ImageIndex:
    """The pictures that the manifests name. Raises ``ChannelError`` with the line, and for pictures not there."""
    references = _References(source)
    columns, sets = LabelColumns(), LabelSets()
    for path in files:
        with source.open(path) as stream:
            for number, reference, label in _entries(stream, form.attribute):
                try:
                    if form.class_ids:
                        sets.add(_class_ids(label, form.classes))
                    else:
                        columns.add(label)
                    references.add(reference)
                except Malformed as error:
                    raise Malformed(error.what, f"line {number}") from None
    names = references.resolved()
    return ImageIndex(names, sets.matrix(form.classes) if form.class_ids else columns.labels())


def _entries(stream: Any, attribute: str | None) -> Iterator[tuple[int, str, list[float]]]:
    """Line number, reference of the picture and numbers of the label of every line."""
    names: tuple[str, str] | None = None
    for number, line in lines(stream):
        try:
            entry = _object(line)
            names = names or _attributes(entry, attribute)
            reference, label = (_value(entry, name) for name in names)
            if not isinstance(reference, str):
                raise Malformed(f"{names[0]} is no text")
            yield number, reference, _numbers(label, names[1])
        except Malformed as error:
            raise Malformed(error.what, f"line {number}") from None


def _object(line: str) -> dict[str, Any]:
    import orjson

    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"is no JSON ({error})") from None
    if not isinstance(entry, dict):
        raise Malformed("is no JSON object")
    return entry


def _attributes(entry: dict[str, Any], attribute: str | None) -> tuple[str, str]:
    """The names of the picture's and the label's attribute."""
    pictures = [name for name in entry if name.endswith("-ref")]
    if len(pictures) != 1:
        raise Malformed(f"needs one attribute that ends in -ref, such as source-ref; has {_listed(pictures)}")
    if attribute:
        return pictures[0], attribute
    labels = [name for name in entry if not name.endswith(("-ref", "-metadata"))]
    if len(labels) != 1:
        remedy = "name the label's in the content type, such as application/x-image; label-attribute=class"
        raise Malformed(f"needs one attribute for the label, has {_listed(labels)}; {remedy}")
    return pictures[0], labels[0]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) or "none"


def _value(entry: dict[str, Any], name: str) -> Any:
    if name not in entry:
        raise Malformed(f"has no attribute {name!r}")
    return entry[name]


def _numbers(label: Any, name: str) -> list[float]:
    import orjson

    if isinstance(label, str):
        try:
            label = orjson.loads(label)
        except orjson.JSONDecodeError:
            raise Malformed(f"{name} {label[:40]!r} is no class number, nor a list of numbers") from None
    numbers = label if isinstance(label, list) else [label]
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers):
        raise Malformed(f"{name} is no class number, nor a list of numbers")
    return [float(number) for number in numbers]


def _class_ids(label: Sequence[float], classes: int | None) -> list[int]:
    limit = classes or 1 << 20
    for number in label:
        if not (0 <= number < limit and number == int(number)):
            raise Malformed(f"{number:.7g} is no class number below {limit} (label-format=class-id)")
    return [int(number) for number in label]


class _References:
    """References such as ``s3://bucket/prefix/a/1.jpg``: of each, the file with the longest path that it ends in."""

    def __init__(self, source: Source) -> None:
        self._channel, self._folder = source.channel, source.folder
        self._names = Names()
        self._prefixes: dict[str, int] = {}
        self._prefix = array("q")
        self._missing = 0
        self._first_missing = ""

    def add(self, reference: str) -> None:
        """Finds the file of a reference; raises ``Malformed`` for one that is no path."""
        key = reference.partition("://")[2].partition("/")[2] if "://" in reference else reference
        if len(key) > LONGEST_KEY:
            raise Malformed(f"a reference is longer than {LONGEST_KEY} characters")
        name = self._find(inside(key))
        if name is None:
            self._missing += 1
            self._first_missing = self._first_missing or reference
            name = ""
        self._names.append(name)
        prefix = reference.removesuffix(name)
        self._prefix.append(self._prefixes.setdefault(prefix, len(self._prefixes)) if name else 0)

    def resolved(self) -> Names:
        """The files, relative to the channel's folder. Raises ``ChannelError``."""
        place = f"channel {self._channel!r}, manifest"
        if not self._names:
            raise ChannelError(f"{place}: names no picture")
        if self._missing:
            raise ChannelError(
                f"{place}: {self._missing:,} of its {len(self._names):,} pictures are not in the channel, or are "
                f"empty, the first is {self._first_missing}; in File mode the S3 prefix must hold the pictures too"
            )
        if len(self._prefixes) > 1:
            self._check_distinct(place)
        return self._names

    def _find(self, key: str) -> str | None:
        name = key
        while not is_file(self._folder, name):
            _, slash, name = name.partition("/")
            if not slash:
                return None
        return name

    def _check_distinct(self, place: str) -> None:
        """Pictures of several prefixes may have one name, and then one was written over the other."""
        owners: dict[str, int] = {}
        for name, prefix in zip(self._names, np.frombuffer(self._prefix, np.int64).tolist(), strict=True):
            if owners.setdefault(name, prefix) != prefix:
                raise ChannelError(f"{place}: different references end in {name}, but the channel holds one such file")
