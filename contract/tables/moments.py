"""Count, mean, spread and range of columns, gathered from one part of a channel after another, or from several hosts.

Scikit-learn's scalers learn in parts too, but a column that is empty in one part makes their results NaN for good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Statistics of m columns, all (m,): how many cells hold a value and how many none, and what the values are like.

    ``squares`` is the sum of their squared distances from the mean. ``low`` and ``high`` are NaN where there is none.
    """

    count: Float64
    missing: Float64
    mean: Float64
    squares: Float64
    low: Float64
    high: Float64

    @classmethod
    def none(cls, columns: int) -> Moments:
        """The moments of no rows."""
        return cls(*np.zeros((4, columns)), *np.full((2, columns), np.nan))

    @classmethod
    def of(cls, cells: NDArray[Any]) -> Moments:
        """The moments of some rows (n, m), in which NaN is no value."""
        cells = np.asarray(cells, np.float64)
        present = ~np.isnan(cells)
        count = present.sum(axis=0).astype(np.float64)
        mean = np.where(present, cells, 0).sum(axis=0) / np.maximum(count, 1)
        squares = np.square(np.where(present, cells - mean, 0)).sum(axis=0)
        return cls(count, len(cells) - count, mean, squares, np.fmin.reduce(cells), np.fmax.reduce(cells))

    @classmethod
    def of_copies(cls, value: Float64, count: Float64) -> Moments:
        """The moments of the same value again and again, (m,) values and counts."""
        bound, zeros = np.where(count > 0, value, np.nan), np.zeros(count.size)
        return cls(count, zeros, value, zeros, bound, bound)

    @classmethod
    def from_json(cls, value: Mapping[str, Sequence[float]]) -> Moments:
        """Reads what another host has told as ``as_json``."""
        return cls(**{name: np.array(numbers, np.float64) for name, numbers in value.items()})

    def as_json(self) -> dict[str, list[float]]:
        """Lists of numbers, some of them NaN."""
        return {name: array.tolist() for name, array in vars(self).items()}

    def __add__(self, other: Moments) -> Moments:
        """The moments of all rows of both.

        Two sums of squares become one without cancellation (Chan, Golub and LeVeque, 1979).
        """
        count = self.count + other.count
        share = other.count / np.maximum(count, 1)
        step = other.mean - self.mean
        squares = self.squares + other.squares + step * step * self.count * share
        low, high = np.fmin(self.low, other.low), np.fmax(self.high, other.high)
        return Moments(count, self.missing + other.missing, self.mean + step * share, squares, low, high)

    def filled(self, fill: Float64) -> Moments:
        """The moments of the same rows with their missing cells replaced; none is where ``fill`` is NaN."""
        kept = np.isnan(fill)
        found = self + Moments.of_copies(np.where(kept, 0, fill), np.where(kept, 0, self.missing))
        return Moments(**{**vars(found), "missing": np.where(kept, self.missing, 0)})

    @property
    def deviation(self) -> Float64:
        """The standard deviation of the values themselves (divided by their number), 0 for a constant column."""
        return np.where(self.low == self.high, 0, np.sqrt(self.squares / np.maximum(self.count, 1)))
