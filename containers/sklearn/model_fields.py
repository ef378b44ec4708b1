"""The fields of a model file, each checked as it is read."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn import model_file
from contract.errors import ArtifactError


class Fields:
    """Reads ``model_algo-1`` of a directory. Every method raises ``ArtifactError`` for a field that is not as asked.

    Axes of arrays are named by letters; the same letter means the same size in all fields of a file.
    """

    def __init__(self, directory: Path) -> None:
        content = model_file.load(directory)
        self._content: dict[str, Any] = content if isinstance(content, dict) else {}
        self._sizes: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._content

    def array(self, name: str, *axes: str) -> NDArray[Any]:
        """An array of finite numbers with these axes, of the type that it was written with."""
        array = self._field(name)
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub" or array.ndim != len(axes):
            raise self._wrong(name, f"no array of numbers with {len(axes)} axes")
        if not np.isfinite(array).all():
            raise self._wrong(name, "not finite")
        for axis, size in zip(axes, array.shape, strict=True):
            if self._sizes.setdefault(axis, size) != size:
                raise self._wrong(name, f"{size} long where other fields have {self._sizes[axis]}")
        return array

    def number(self, name: str) -> float:
        """A finite number."""
        value = self._field(name)
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not math.isfinite(value):
            raise self._wrong(name, "no finite number")
        return float(value)

    def text(self, name: str, among: Collection[str]) -> str:
        """One of the texts ``among``."""
        value = self._field(name)
        if not isinstance(value, str) or value not in among:
            raise self._wrong(name, f"{value!r}, which is none of {', '.join(among)}")
        return value

    def texts(self, name: str, among: Collection[str]) -> tuple[str, ...]:
        """A list of texts, each one of ``among``."""
        values = self._field(name)
        if not isinstance(values, list) or any(value not in among for value in values):
            raise self._wrong(name, f"{values!r}, which is no list of {', '.join(among)}")
        return tuple(values)

    def _field(self, name: str) -> Any:
        if name not in self._content:
            raise ArtifactError(f"{model_file.NAME} has no {name}: it is of another algorithm, or damaged")
        return self._content[name]

    def _wrong(self, name: str, what: str) -> ArtifactError:
        return ArtifactError(f"{model_file.NAME}: {name} is {what}: upload the model archive again")
