"""The shape that pictures have in memory: where their bytes lie, and their labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from contract.data import Int64
from contract.errors import Malformed, UserError
from contract.images.decoding import Shape, UInt8, decode
from contract.images.ragged_labels import RaggedLabels
from contract.images.stores import Held, Store

Labels: TypeAlias = NDArray[np.int32] | NDArray[np.float32]
"""(n,) int32 class numbers from 0, or (n, k) float32 zeros and ones: the classes that a picture shows."""

INDEX = np.dtype([("file", np.int32), ("record", np.int32), ("offset", np.int64), ("span", np.int64)])
"""The place of a picture: number of the file, number of its record in it from 0 (-1: the file is the picture), and for
a record the first byte and the number of bytes of its frames."""


@dataclass(frozen=True, eq=False)
class Images:
    """Encoded pictures: a training channel or a request. Held are places and labels, never a channel's pixels.

    ``store`` reads the bytes; ``index`` is an (n,) array of ``INDEX``. ``shape`` is that of the network's input
    (hyperparameter image_shape), not of the pictures, which may be of any size. ``class_count`` is the number of
    classes; ``classes`` are their names where the channel has a folder for each, else empty.

    Several threads may read at once.
    """

    store: Store
    index: NDArray[Any]
    shape: Shape
    class_count: int
    label: Labels | RaggedLabels | None = None
    classes: tuple[str, ...] = ()

    @classmethod
    def of_request(cls, body: bytes, pixels: UInt8, shape: Shape, class_count: int) -> Images:
        """One picture that is there already, encoded and decoded."""
        index = np.array([(0, -1, 0, len(body))], INDEX)
        return cls(Held(body, pixels), index, shape, class_count)

    def __len__(self) -> int:
        return len(self.index)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """The pixels (n, height, width, channels) of pictures of one size, so that users' own code may take them."""
        return np.array(np.stack([self.pixels(record) for record in range(len(self))]), dtype=dtype, copy=copy)

    @property
    def labels(self) -> Labels:
        """The labels; every channel has them, as many a picture unless its input reads ragged ones."""
        assert isinstance(self.label, np.ndarray), "requests have no labels, and ragged ones are elsewhere"
        return self.label

    @property
    def ragged_labels(self) -> RaggedLabels:
        """The labels of a channel whose input reads any number a picture."""
        assert isinstance(self.label, RaggedLabels), "the input reads as many labels for each picture"
        return self.label

    def encoded(self, record: int) -> bytes:
        """The bytes of the JPEG or PNG. Raises ``ChannelError`` where its file cannot be read any more."""
        return self.store.encoded(*self._at(record))

    def pixels(self, record: int) -> UInt8:
        """The decoded picture (height, width, ``shape.channels``). Raises ``ChannelError`` with its place."""
        file, number, offset, span = self._at(record)
        if isinstance(self.store, Held):
            return self.store.pixels
        try:
            return decode(self.store.encoded(file, number, offset, span), self.shape.channels)
        except Malformed as error:
            raise self.fault(record, error.what) from error

    def place(self, record: int) -> str:
        """Says where a picture came from, for people: ``file cat/1.png`` or ``file train.rec, record 7`` (from 1)."""
        file, number, *_ = self._at(record)
        return self.store.place(file, number)

    def fault(self, record: int, what: str) -> UserError:
        """An error about this picture, of the type of where it came from, with its place in front of ``what``."""
        return self.store.fault(self.place(record), what)

    def parts(self, records: int) -> Iterator[Images]:
        """Views of consecutive pictures, at most ``records`` at a time."""
        if len(self) <= records:
            yield self
            return
        for start in range(0, len(self), records):
            yield self._of(slice(start, start + records))

    def take(self, rows: Int64) -> Images:
        """The pictures of these numbers, in their order."""
        return self._of(rows)

    def fingerprint(self) -> str:
        """SHA-256 over the bytes of every picture, the labels and the names of the classes, in hexadecimal."""
        digest = hashlib.sha256(repr((self.class_count, self.classes)).encode())
        for record in range(len(self)):
            data = self.encoded(record)
            digest.update(len(data).to_bytes(8, "little"))
            digest.update(data)
        if isinstance(self.label, RaggedLabels):
            digest.update(self.label.content())
        elif self.label is not None:
            digest.update(np.ascontiguousarray(self.label).data.cast("B"))
        return digest.hexdigest()

    def summary(self) -> list[tuple[str, str]]:
        rows = [("images", f"{len(self):,}"), ("classes", f"{self.class_count:,}")]
        if self.label is None:
            return rows
        if isinstance(self.label, RaggedLabels):
            return [*rows, ("label numbers an image, mean", f"{self.label.counts.sum() / max(1, len(self)):.3g}")]
        if self.label.ndim == 2:
            counts = self.label.sum(axis=0, dtype=np.int64)
            rows.append(("classes an image, mean", f"{counts.sum() / max(1, len(self)):.3g}"))
        else:
            present = np.unique(self.label, return_counts=True)[1]
            counts = present if present.size == self.class_count else np.append(present, 0)
        rows.append(("images a class, fewest · most", f"{counts.min():,} · {counts.max():,}"))
        return rows

    def _at(self, record: int) -> tuple[int, int, int, int]:
        file, number, offset, span = self.index[record].item()
        return file, number, offset, span

    def _of(self, rows: Int64 | slice) -> Images:
        return replace(self, index=self.index[rows], label=None if self.label is None else self.label[rows])
