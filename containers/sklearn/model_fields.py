"""The fields of a model's files, each checked as it is read."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from containers.sklearn import model_file
from contract.errors import ArtifactError


class Fields:
    """Reads the fields of one file. Every method raises ``ArtifactError`` for a field that is not as asked.

    Axes of arrays are named by letters; the same letter means the same size in all fields of a file.
    """

    def __init__(self, content: Mapping[str, Any], prefix: str = "") -> None:
        self._content = content
        self._prefix = prefix
        self._sizes: dict[str, int] = {}

    @classmethod
    def read(cls, directory: Path) -> Fields:
        """The fields of ``model_algo-1``."""
        return cls(model_file.load(directory))

    def __contains__(self, name: str) -> bool:
        return self._prefix + name in self._content

    def part(self, name: str) -> Fields:
        """The fields whose names begin with ``name`` and a dot; their axes are named on their own."""
        return Fields(self._content, f"{self._prefix}{name}.")

    def array(self, name: str, kind: DTypeLike, *axes: str) -> NDArray[Any]:
        """An array of finite numbers of this type with these axes."""
        array = self.gappy(name, kind, *axes)
        if not np.isfinite(array).all():
            raise self.wrong(name, "not finite")
        return array

    def gappy(self, name: str, kind: DTypeLike, *axes: str) -> NDArray[Any]:
        """An array like that of ``array``, whose numbers need not be finite."""
        array = self._field(name)
        if not isinstance(array, np.ndarray) or array.dtype != kind or array.ndim != len(axes):
            raise self.wrong(name, f"no array of {np.dtype(kind)} with {len(axes)} axes")
        for axis, size in zip(axes, array.shape, strict=True):
            if self._sizes.setdefault(axis, size) != size:
                raise self.wrong(name, f"{size} long where other fields have {self._sizes[axis]}")
        return array

    def number(self, name: str) -> float:
        """A finite number."""
        value = self._field(name)
        if type(value) not in (int, float) or not abs(value) < math.inf:
            raise self.wrong(name, "no finite number")
        try:
            return float(value)
        except OverflowError as error:
            raise self.wrong(name, "no finite number") from error

    def whole(self, name: str, low: int, below: int) -> int:
        """A whole number from ``low`` on, less than ``below``."""
        value = self._field(name)
        if type(value) is not int or not low <= value < below:
            raise self.wrong(name, f"{value!r}, which is no whole number from {low} to {below - 1}")
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._field(name)
        if not isinstance(value, bool):
            raise self.wrong(name, f"{value!r}, which is neither true nor false")
        return value

    def text(self, name: str, among: Collection[str] | None = None) -> str:
        """One of the texts ``among``; any text where they are not given."""
        value = self._field(name)
        if not isinstance(value, str) or not (among is None or value in among):
            wanted = "no text" if among is None else f"none of {', '.join(among)}"
            raise self.wrong(name, f"{value!r}, which is {wanted}")
        return value

    def texts(self, name: str, among: Collection[str] | None = None) -> tuple[str, ...]:
        """A list of texts, each one of ``among`` where they are given."""
        values = self._field(name)
        fits = isinstance(values, list) and all(isinstance(value, str) for value in values)
        if not fits or not (among is None or set(values) <= set(among)):
            wanted = "texts" if among is None else ", ".join(among)
            raise self.wrong(name, f"{values!r}, which is no list of {wanted}")
        return tuple(values)

    def wrong(self, name: str, what: str) -> ArtifactError:
        """The refusal of a field that is ``what``."""
        return ArtifactError(f"{model_file.NAME}: {self._prefix}{name} is {what}: upload the model archive again")

    def _field(self, name: str) -> Any:
        if name not in self:
            told = f"{model_file.NAME} has no {self._prefix}{name}"
            raise ArtifactError(f"{told}: it is of another algorithm, or damaged")
        return self._content[self._prefix + name]
