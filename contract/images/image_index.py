"""The pictures of a channel as its layout lists them: where each lies, and its labels as they are written."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.data import Float32
from contract.errors import Malformed
from contract.images.names import Names
from contract.images.pictures import INDEX
from contract.images.ragged_labels import RaggedLabels


@dataclass(frozen=True)
class ImageIndex:
    """Pictures of a channel before their labels are checked.

    ``names`` are files relative to the channel's folder, ``index`` an (n,) array of ``INDEX`` or None where every file
    is one picture; ``labels`` are (n, k) numbers as written, or ragged ones where the input asks for them; ``classes``
    are the names that they number, if any.
    """

    names: Names
    labels: Float32 | RaggedLabels
    index: NDArray[np.void] | None = None
    classes: tuple[str, ...] = ()

    def places(self) -> NDArray[np.void]:
        """The index, also where every file is one picture."""
        if self.index is not None:
            return self.index
        index = np.zeros(len(self.names), INDEX)
        index["file"] = np.arange(len(self.names))
        index["record"] = -1
        return index


class LabelColumns:
    """Collects k labels a record, or any number of them if ``ragged``, without keeping an object for any."""

    def __init__(self, ragged: bool = False) -> None:
        self._ragged = ragged
        self._numbers = array("f")
        self._starts = array("q", [0])
        self._width = 0

    def add(self, numbers: Sequence[float]) -> None:
        """Adds a record's labels; raises ``Malformed`` where there must be as many as in the records before."""
        if self._ragged:
            self._starts.append(self._starts[-1] + len(numbers))
        else:
            self._check(len(numbers))
        self._numbers.extend(numbers)

    def _check(self, count: int) -> None:
        if not count:
            raise Malformed("has no label")
        if self._width and count != self._width:
            raise Malformed(f"has {count} labels, the ones before have {self._width}")
        self._width = count

    def labels(self) -> Float32 | RaggedLabels:
        """The labels (n, k), or ragged ones."""
        numbers = np.frombuffer(self._numbers, np.float32)
        if self._ragged:
            return RaggedLabels(numbers, np.frombuffer(self._starts, np.int64))
        return numbers.reshape(-1, self._width or 1)


class LabelSets:
    """Collects the classes that each record shows, which become columns of zeros and ones."""

    def __init__(self) -> None:
        self._classes = array("q")
        self._counts = array("q")

    def add(self, classes: Sequence[int]) -> None:
        """Adds a record's classes, each from 0."""
        self._classes.extend(classes)
        self._counts.append(len(classes))

    def matrix(self, class_count: int | None) -> Float32:
        """Zeros and ones (n, ``class_count``), or as wide as the largest class needs."""
        classes, counts = (np.frombuffer(part, np.int64) for part in (self._classes, self._counts))
        width = max(class_count or 0, int(classes.max(initial=-1)) + 1, 1)
        hot = np.zeros((counts.size, width), np.float32)
        hot[np.repeat(np.arange(counts.size), counts), classes] = 1
        return hot
