"""Count, mean, spread and range of columns, gathered from one part of a channel after another.

Scikit-learn's scalers learn in parts too, but a column that is empty in one part makes their results NaN for good.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from containers.sklearn.preprocessing.model import Float64


@dataclass(frozen=True)
class Moments:
    """Of m columns, NaN left out: all (m,). ``squares`` is the sum of squared distances from the mean.

    ``low`` and ``high`` are NaN where there is no value.
    """

    count: Float64
    mean: Float64
    squares: Float64
    low: Float64
    high: Float64

    @classmethod
    def none(cls, columns: int) -> Moments:
        """Of no rows."""
        return cls(*np.zeros((3, columns)), *np.full((2, columns), np.nan))

    @classmethod
    def of(cls, cells: Float64) -> Moments:
        """Of some rows (n, m)."""
        present = ~np.isnan(cells)
        count = present.sum(axis=0).astype(np.float64)
        mean = np.where(present, cells, 0).sum(axis=0) / np.maximum(count, 1)
        squares = np.square(np.where(present, cells - mean, 0)).sum(axis=0)
        return cls(count, mean, squares, np.fmin.reduce(cells), np.fmax.reduce(cells))

    @classmethod
    def of_copies(cls, value: Float64, count: Float64) -> Moments:
        """Of the same value again and again, (m,) values and counts."""
        bound = np.where(count > 0, value, np.nan)
        return cls(count, value, np.zeros(count.size), bound, bound)

    def __add__(self, other: Moments) -> Moments:
        """Of the rows of both (Chan, Golub and LeVeque, 1979: two sums of squares become one without cancellation)."""
        count = self.count + other.count
        share = other.count / np.maximum(count, 1)
        step = other.mean - self.mean
        squares = self.squares + other.squares + step * step * self.count * share
        low, high = np.fmin(self.low, other.low), np.fmax(self.high, other.high)
        return Moments(count, self.mean + step * share, squares, low, high)

    def filled(self, rows: int, fill: Float64) -> Moments:
        """Of ``rows`` rows whose missing cells were replaced; nothing is where ``fill`` is NaN."""
        missing = np.where(np.isnan(fill), 0, rows - self.count)
        return self + Moments.of_copies(np.where(np.isnan(fill), 0, fill), missing)

    @property
    def deviation(self) -> Float64:
        """The standard deviation of the values themselves (divided by their number), 0 for a constant column."""
        return np.where(self.low == self.high, 0, np.sqrt(self.squares / np.maximum(self.count, 1)))
