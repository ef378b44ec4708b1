"""Tables in memory, between a format that read them and an algorithm that learns from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from contract.data import PART, Float32, Int64

Texts: TypeAlias = NDArray[np.object_]


def as_float32(values: NDArray[Any]) -> Float32:
    """The values as 32-bit floats; what is beyond their range becomes the largest of them."""
    largest = np.finfo(np.float32).max
    return np.asarray(np.clip(values, -largest, largest), np.float32)


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
        """Returns the same entries in a matrix of ``count`` columns (the caller knows that none lies beyond)."""
        return Sparse(self.values, self.indices, self.indptr, (self.shape[0], count))

    def rows(self, start: int, stop: int) -> Sparse:
        """The rows from ``start`` up to ``stop``."""
        bounds = self.indptr[start : stop + 1]
        entries = slice(bounds[0], bounds[-1])
        shape = (len(bounds) - 1, self.shape[1])
        return Sparse(self.values[entries], self.indices[entries], bounds - bounds[0], shape)

    def take(self, rows: Int64) -> Sparse:
        """The rows of these numbers, in their order."""
        counts = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        entries = np.repeat(self.indptr[rows] - indptr[:-1], counts) + np.arange(indptr[-1])
        return Sparse(self.values[entries], self.indices[entries], indptr, (len(rows), self.shape[1]))

    def filled(self, value: float = 0) -> Float32:
        """The dense matrix (n, d) in which entries that are not stored have this value."""
        dense = np.full(self.shape, value, np.float32)
        dense[np.repeat(np.arange(self.shape[0]), np.diff(self.indptr)), self.indices] = self.values
        return dense


@dataclass(frozen=True)
class Table:
    """Rows of numbers: a training channel or a request.

    ``features`` is an (n, d) float32 array with NaN for a missing cell, or a ``Sparse`` of that shape; ``label`` and
    ``weight`` are (n,) float32 arrays or absent; ``names`` are d column names or empty where the format has none.
    ``indexed`` says that the columns were numbered by the file itself (libsvm), from ``index_base`` on.

    The features of a large channel are a memory-mapped array: slices of rows are cheap, a copy may not fit.

    Columns of categories, by column number: ``texts`` are the cells as a format read them, "" where one is empty;
    ``levels`` are what the input made of them, with codes in the features (see ``contract.tables.categories``).
    """

    features: Float32 | Sparse
    label: Float32 | None = None
    weight: Float32 | None = None
    names: tuple[str, ...] = ()
    index_base: int = 0
    indexed: bool = False
    texts: Mapping[int, Texts] = field(default_factory=dict)
    levels: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.features.shape[0])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """The features (n, d), so that users' own code may take a table for an array; what is not stored is NaN."""
        features = self.features
        if isinstance(features, Sparse):
            features = features.filled(np.nan)
        return np.array(features, dtype=dtype, copy=copy)

    @property
    def width(self) -> int:
        """The number of feature columns."""
        return int(self.features.shape[1])

    @property
    def dense(self) -> Float32:
        """The features (n, d) where the input makes sparse records dense."""
        assert not isinstance(self.features, Sparse), "the input makes sparse records dense"
        return self.features

    @property
    def labels(self) -> Float32:
        """The labels (n,) where the input requires them."""
        assert self.label is not None, "the input requires labels"
        return self.label

    @cached_property
    def missing_cells(self) -> int:
        """The number of the n × d cells that hold no value."""
        features = self.features
        if isinstance(features, Sparse):
            return len(self) * self.width - features.values.size
        return sum(int(np.isnan(features[at : at + PART]).sum()) for at in range(0, len(self), PART))

    def parts(self, records: int) -> Iterator[Table]:
        """Views of consecutive rows, at most ``records`` at a time; the table itself where it is no longer."""
        if len(self) <= records:
            yield self
            return
        for start in range(0, len(self), records):
            yield self._of(slice(start, min(start + records, len(self))))

    def take(self, rows: Int64) -> Table:
        """A copy of the rows of these numbers, in their order."""
        return self._of(rows)

    def fingerprint(self) -> str:
        """SHA-256 over every number and the names of categories, in hexadecimal."""
        digest = hashlib.sha256()
        for part in self._arrays():
            digest.update(np.ascontiguousarray(part).data.cast("B"))
        for column, levels in sorted(self.levels.items()):
            digest.update(repr((column, levels)).encode())
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

    def _of(self, rows: Int64 | slice) -> Table:
        features = self.features
        if not isinstance(features, Sparse):
            chosen: Float32 | Sparse = features[rows]
        else:
            chosen = features.rows(rows.start, rows.stop) if isinstance(rows, slice) else features.take(rows)
        label, weight = (None if column is None else column[rows] for column in (self.label, self.weight))
        return replace(self, features=chosen, label=label, weight=weight)

    def _arrays(self) -> list[NDArray[Any]]:
        features = self.features
        parts: list[NDArray[Any] | None] = [self.label, self.weight]
        parts += [features.values, features.indices, features.indptr] if isinstance(features, Sparse) else [features]
        return [part for part in parts if part is not None and part.size]
