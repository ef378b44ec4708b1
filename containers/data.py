"""The shapes that data has in memory, between a format that read it and an algorithm that learns from it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float32: TypeAlias = NDArray[np.float32]
Int64: TypeAlias = NDArray[np.int64]


class Data(Protocol):
    """What ``train`` and ``serve`` need of data, whatever its kind: tables here; images, series and text later."""

    def __len__(self) -> int:
        """The number of records."""

    def fingerprint(self) -> str:
        """A short text that changes whenever the content does (for the manifest)."""

    def summary(self) -> Sequence[tuple[str, str]]:
        """Pairs of label and text that describe the data in a report."""


@dataclass(frozen=True)
class Sparse:
    """A matrix in compressed sparse row form: row ``i`` holds ``values[indptr[i]:indptr[i + 1]]`` at ``indices[...]``.

    Entries that are not stored are missing, not zero, as in SageMaker's XGBoost.
    """

    values: Float32
    indices: Int64
    indptr: Int64
    shape: tuple[int, int]

    def with_columns(self, count: int) -> Sparse:
        """The same entries in a matrix that is ``count`` columns wide (the caller knows that none lies beyond)."""
        return Sparse(self.values, self.indices, self.indptr, (self.shape[0], count))


@dataclass(frozen=True)
class Table:
    """Rows of numbers: a training channel or a request.

    ``features`` is an (n, d) float32 array with NaN for a missing cell, or a ``Sparse`` of that shape; ``label`` and
    ``weight`` are (n,) float32 arrays or absent; ``names`` are d column names or empty where the format has none.
    ``indexed`` says that the columns were numbered by the file itself (libsvm), from ``index_base`` on.
    """

    features: Float32 | Sparse
    label: Float32 | None = None
    weight: Float32 | None = None
    names: tuple[str, ...] = ()
    index_base: int = 0
    indexed: bool = False

    def __len__(self) -> int:
        return int(self.features.shape[0])

    @property
    def width(self) -> int:
        """The number of feature columns."""
        return int(self.features.shape[1])

    @cached_property
    def missing_cells(self) -> int:
        """How many of the n × d cells hold no value."""
        if isinstance(self.features, Sparse):
            return len(self) * self.width - self.features.values.size
        return int(np.isnan(self.features).sum())

    def fingerprint(self) -> str:
        """SHA-256 over every number, in hexadecimal."""
        digest = hashlib.sha256()
        for part in self._arrays():
            digest.update(np.ascontiguousarray(part).data.cast("B"))
        return digest.hexdigest()

    def summary(self) -> list[tuple[str, str]]:
        rows = [
            ("rows", f"{len(self):,}"),
            ("feature columns", f"{self.width:,}"),
            ("missing cells", f"{self.missing_cells:,} ({self.missing_cells / max(1, len(self) * self.width):.1%})"),
        ]
        if self.label is not None:
            low, mean, high = self.label.min(), self.label.mean(dtype=np.float64), self.label.max()
            rows.append(("label, lowest · mean · highest", f"{low:.6g} · {mean:.6g} · {high:.6g}"))
        if self.weight is not None:
            rows.append(("sum of instance weights", f"{self.weight.sum(dtype=np.float64):.6g}"))
        return rows

    def _arrays(self) -> list[NDArray[Any]]:
        features = self.features
        parts: list[NDArray[Any] | None] = [self.label, self.weight]
        parts += [features.values, features.indices, features.indptr] if isinstance(features, Sparse) else [features]
        return [part for part in parts if part is not None and part.size]
