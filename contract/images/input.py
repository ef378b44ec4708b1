"""Pictures as an algorithm's input: channels in four layouts, and requests of one picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from contract.algorithm import Example, Signature
from contract.errors import ChannelError, HyperparameterError, Malformed, RequestError
from contract.images import folders, labels, listing, manifest, record_files
from contract.images.decoding import Shape, decode, encode_png
from contract.images.image_index import ImageIndex
from contract.images.layout import IMAGE_TYPES, LIST, RECORDIO, Layout
from contract.images.pictures import Images
from contract.images.ragged_labels import RaggedLabels
from contract.images.stores import Files
from contract.media_type import MediaType
from contract.source import Source

GREY = 128
"""The brightness of every pixel of the picture that a manifest keeps as an example."""


@dataclass(frozen=True)
class _Wanted:
    """The demands of the hyperparameters and the train channel on a channel."""

    shape: Shape
    multi_label: bool
    num_classes: int | None
    like: Images | None

    @classmethod
    def of(cls, params: Any, like: Images | None) -> _Wanted:
        try:
            shape = Shape.of(getattr(params, "image_shape", "3,224,224"))
        except ValueError as error:
            raise HyperparameterError(f"image_shape: {error}") from None
        return cls(shape, bool(getattr(params, "multi_label", 0)), getattr(params, "num_classes", None), like)

    @property
    def classes(self) -> int | None:
        return self.num_classes if self.like is None else self.like.class_count


class ImageInput:
    """Reads pictures with labels, in any of four layouts.

    * ``application/x-recordio``: files of MXNet image RecordIO.
    * A ``.lst`` file that names pictures of the channel: in the channel ``<name>_lst``, or beside the pictures.
    * An augmented manifest (``.manifest`` or ``.jsonl``) beside the pictures.
    * A folder for each class.

    The last three are ``application/x-image``, ``image/jpeg`` or ``image/png``, whichever of both formats the pictures
    have. A channel without a content type is what its files are. Of the hyperparameters it looks at ``image_shape``
    (text ``3,224,224``), ``num_classes`` and ``multi_label``, where the algorithm has them.

    With ``ragged_labels`` a picture of a RecordIO file or a list has any number of labels, which are left as they are
    written: what they mean (boxes) the algorithm knows and checks. The other layouts are refused then.
    """

    def __init__(self, ragged_labels: bool = False) -> None:
        self._ragged = ragged_labels

    content_types = ("application/x-image", RECORDIO, "image/jpeg", "image/png")
    request_types = IMAGE_TYPES

    def arrange(self, sources: Mapping[str, Source]) -> Mapping[str, Source]:
        """Puts a channel ``<name>_lst`` beside the channel that it lists, as its companion."""
        lists = {name.removesuffix("_lst"): source for name, source in sources.items() if name.endswith("_lst")}
        for name, source in lists.items():
            if name not in sources:
                raise ChannelError(f"channel {source.channel!r} lists pictures, but there is no channel {name!r}")
        return {
            name: _with_list(source, lists[name]) if name in lists else source
            for name, source in sources.items()
            if not name.endswith("_lst")
        }

    def read(self, source: Source, params: Any, like: Images | None) -> Images:
        """Finds the pictures and labels of a channel, without decoding any. Raises ``ChannelError``."""
        wanted = _Wanted.of(params, like)
        layout = Layout.of(source)
        found = _find(source, layout, wanted, self._ragged)
        if not self._ragged:
            _check_classes(source, found, wanted)
        index, store = found.places(), Files(source.channel, source.folder, found.names)
        if isinstance(found.labels, RaggedLabels):
            return Images(store, index, wanted.shape, wanted.classes or 0, found.labels)
        expected = _expected(source, found, wanted, complete=layout.kind == "list")
        label, count = labels.check(found.labels, expected, lambda row: store.place(*index[row].item()[:2]))
        return Images(store, index, wanted.shape, count, label, found.classes)

    def decode(self, body: bytes, media_type: MediaType, signature: Signature) -> Images:
        """Reads a request of one picture, JPEG or PNG whatever its media type says. Raises ``RequestError``."""
        shape = Shape(*signature["image_shape"])
        try:
            pixels = decode(body, shape.channels)
        except Malformed as error:
            raise RequestError(f"the body {error.what}; send one JPEG or PNG") from error
        return Images.of_request(body, pixels, shape, signature["classes"])

    def configuration(self, batch: Images) -> Mapping[str, Any]:
        return {}

    def batch(self, made: Any, signature: Signature) -> Images:
        """One picture: the bytes of a JPEG or PNG, or its pixels (height, width, channels), (height, width) uint8."""
        if isinstance(made, Images):
            return made
        if isinstance(made, bytes | bytearray | memoryview):
            return self.decode(bytes(made), MediaType(IMAGE_TYPES[0]), signature)
        pixels = np.asarray(made)
        pixels = pixels[0] if pixels.ndim == 4 and len(pixels) == 1 else pixels
        if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3):
            raise TypeError(f"{type(made).__name__} is no picture: give the bytes of a JPEG or PNG, or uint8 pixels")
        return self.decode(
            encode_png(pixels if pixels.ndim == 3 else pixels[:, :, None]), MediaType("image/png"), signature
        )

    def signature(self, data: Images) -> Signature:
        return {"image_shape": list(data.shape), "classes": data.class_count}

    def example(self, data: Images) -> Example:
        """A request of a picture that is grey all over: a model that is handed on tells nobody's pictures."""
        channels, height, width = data.shape
        return Example(IMAGE_TYPES[0], encode_png(np.full((height, width, channels), GREY, np.uint8)))


def _with_list(source: Source, listed: Source) -> Source:
    return replace(source, companions={**source.companions, LIST: listed})


def _find(source: Source, layout: Layout, wanted: _Wanted, ragged: bool) -> ImageIndex:
    if layout.kind == "records":
        return record_files.find(source, layout.files, ragged)
    if layout.kind == "list":
        return listing.find(source, source.companions.get(LIST, source), layout.files[0], ragged)
    if ragged:
        raise ChannelError(
            f"channel {source.channel!r}: pictures with any number of labels are read from RecordIO files or a .lst"
        )
    if layout.kind == "manifest":
        return manifest.find(source, layout.files, _form(source, wanted))
    return folders.find(source, None if wanted.like is None else wanted.like.classes or None)


def _form(source: Source, wanted: _Wanted) -> manifest.Form:
    try:
        return manifest.Form.of(MediaType.parse(source.content_type or ""), wanted.multi_label, wanted.classes)
    except Malformed as error:
        raise ChannelError(f"channel {source.channel!r}: {error.what}") from error


def _check_classes(source: Source, found: ImageIndex, wanted: _Wanted) -> None:
    """Names of classes must be those of the train channel, and as many as num_classes says."""
    place, names, like = f"channel {source.channel!r}", found.classes, wanted.like
    if names and wanted.multi_label:
        raise ChannelError(
            f"{place}: a folder for each class gives an image one class, but multi_label is 1; use a .lst"
        )
    if like is not None and bool(names) != bool(like.classes):
        ways = ("folders", "numbers") if names else ("numbers", "folders")
        raise ChannelError(f"{place}: its classes are {ways[0]}, those of train are {ways[1]}; arrange both alike")
    if like is None and names and (len(names) == 1 or wanted.num_classes is not None):
        _check_count(place, names, wanted.num_classes)


def _check_count(place: str, names: tuple[str, ...], num_classes: int | None) -> None:
    if len(names) == num_classes:
        return
    shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    wanted = "two are needed" if num_classes is None else f"num_classes is {num_classes}"
    raise ChannelError(
        f"{place}: has {len(names)} class folder{'s' * (len(names) > 1)} ({shown}), but {wanted}; the folders of the "
        "classes must lie right below the channel's S3 prefix"
    )


def _expected(source: Source, found: ImageIndex, wanted: _Wanted, *, complete: bool) -> labels.Expected:
    if wanted.like is not None:
        count = wanted.like.class_count
        return labels.Expected(
            source.channel, wanted.multi_label, count, "the train channel's classes are", complete=False
        )
    classes = len(found.classes) or wanted.num_classes
    # A host may have been given a part of the files only, which need not show every class; a list is always whole.
    return labels.Expected(
        source.channel, wanted.multi_label, classes, "num_classes is", complete=complete or classes is None
    )
