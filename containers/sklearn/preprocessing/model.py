"""A fitted preprocessing: what every column becomes.

All arithmetic is in double precision and goes element by element or through ``arithmetic.product``, so that a record's
numbers are the same bits in every batch; only the answer is rounded to 32-bit floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.arithmetic import product
from contract.data import Float32, Int64
from contract.tables.data import Table

Float64: TypeAlias = NDArray[np.float64]

BLOCK = 4096
"""Rows whose double-precision numbers are in memory together."""
UNSEEN = -1
"""The number of a category without a level in an ordinal column; a one-hot record of it is all zero."""

_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Numbers:
    """The m numeric columns: empty cells become ``fill`` (NaN: stay empty), then ``(x - center) / scale``.

    ``at`` are their places among the features. The records of ``normalised`` columns are divided by their length,
    over these columns together.
    """

    at: Int64
    fill: Float64
    center: Float64
    scale: Float64
    normalised: NDArray[np.bool_]
    norm: str

    def imputed(self, features: Float32) -> Float64:
        """The columns (n, m) without empty cells."""
        cells = features[:, self.at].astype(np.float64)
        return np.where(np.isnan(cells), self.fill, cells)

    def scaled(self, features: Float32) -> Float64:
        """The columns (n, m) as they are answered."""
        with np.errstate(over="ignore"):
            cells = (self.imputed(features) - self.center) / self.scale
        if self.normalised.any():
            cells[:, self.normalised] /= self._length(cells[:, self.normalised])[:, None]
        return cells

    def _length(self, cells: Float64) -> Float64:
        """The norm of every row, 1 where it is 0."""
        ones = np.ones(cells.shape[1])
        if self.norm == "max":
            length = np.abs(cells).max(axis=1)
        else:
            length = product(np.abs(cells), ones) if self.norm == "l1" else np.sqrt(product(cells * cells, ones))
        return np.where(length == 0, 1.0, length)


@dataclass(frozen=True)
class Categories:
    """One category column, in place ``at`` among the features, with its ``levels`` in the order of the answer.

    The cells of a table are codes: ``codes[i]`` (ascending) stands for the level ``places[i]``. Empty cells become the
    level ``fill``, UNSEEN where they stay empty.
    """

    name: str
    at: int
    levels: tuple[str, ...]
    codes: Float64
    places: Int64
    fill: int
    onehot: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that it becomes."""
        return tuple(f"{self.name}_{level}" for level in self.levels) if self.onehot else (self.name,)

    def level(self, cells: Float32) -> Int64:
        """The level of each of n cells, or UNSEEN."""
        nearest = np.minimum(np.searchsorted(self.codes, cells), max(0, self.codes.size - 1))
        known = self.codes[nearest] == cells if self.codes.size else np.zeros(cells.shape, bool)
        levels = np.where(known, self.places[nearest] if self.codes.size else UNSEEN, UNSEEN)
        return np.where(np.isnan(cells), self.fill, levels)

    def unseen(self, cells: Float32) -> int:
        """The number of the n cells that hold a category that training did not know."""
        return int(np.count_nonzero((self.level(cells) == UNSEEN) & ~np.isnan(cells)))

    def encoded(self, features: Float32) -> Float64:
        """The columns (n, k) that it becomes."""
        levels = self.level(features[:, self.at])[:, None]
        return (levels == np.arange(len(self.levels)) if self.onehot else levels).astype(np.float64)


@dataclass(frozen=True)
class PrincipalComponents:
    """Principal components (d, k) around ``mean`` (d,); ``shares`` (k,) are their parts of the variance."""

    mean: Float64
    components: Float64
    shares: Float64

    def project(self, cells: Float64) -> Float64:
        """(n, d) to (n, k)."""
        return product(cells - self.mean, self.components)


@dataclass(frozen=True)
class FittedColumns:
    """``numbers`` and ``categories`` are all columns of a table; ``number_names`` name the numeric ones."""

    numbers: Numbers
    number_names: tuple[str, ...]
    categories: tuple[Categories, ...]
    projection: PrincipalComponents | None = None

    @cached_property
    def encoded_names(self) -> tuple[str, ...]:
        """The columns before the projection, in the order of the features that they come from."""
        by_place = {category.at: category.names for category in self.categories}
        by_place |= {at: (name,) for at, name in zip(self.numbers.at.tolist(), self.number_names, strict=True)}
        return tuple(name for at in sorted(by_place) for name in by_place[at])

    @property
    def width(self) -> int:
        """The number of features of a record."""
        return self.numbers.at.size + len(self.categories)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns of a request."""
        names = dict(zip(self.numbers.at.tolist(), self.number_names, strict=True))
        names |= {category.at: category.name for category in self.categories}
        return tuple(names[at] for at in sorted(names))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of an answer."""
        if self.projection is None:
            return self.encoded_names
        return tuple(f"pca{number}" for number in range(self.projection.components.shape[1]))

    @cached_property
    def _starts(self) -> Int64:
        """The first column of those that each feature becomes."""
        widths = np.ones(self.width, np.int64)
        for category in self.categories:
            widths[category.at] = len(category.names)
        return np.array([0, *accumulate(widths.tolist())], np.int64)

    def encode(self, features: Float32) -> Float64:
        """Every column imputed, scaled or encoded: (n, d), without the projection."""
        cells = np.empty((len(features), len(self.encoded_names)))
        cells[:, self._starts[self.numbers.at]] = self.numbers.scaled(features)
        for category in self.categories:
            cells[:, self._starts[category.at] : self._starts[category.at + 1]] = category.encoded(features)
        return np.clip(cells, -_LARGEST, _LARGEST)

    def transform(self, table: Table) -> Float32:
        """The answer (n, k); NaN only where an empty cell is to stay empty."""
        answers = np.empty((len(table), len(self.names)), np.float32)
        for start in range(0, len(table), BLOCK):
            cells = self.encode(table.dense[start : start + BLOCK])
            if self.projection is not None:
                cells = np.clip(self.projection.project(cells), -_LARGEST, _LARGEST)
            answers[start : start + BLOCK] = cells + 0.0  # minus zero as zero
        return answers
