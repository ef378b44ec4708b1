"""Means and standard deviations of columns, of parts that are looked at one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Moments:
    """Of each column, all (d,) in double precision: how many cells have a value, their mean, the sum of the squares of
    what they differ from it, and how many cells have none.
    """

    count: NDArray[np.float64]
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]
    missing: NDArray[np.float64]

    @classmethod
    def of(cls, cells: NDArray[Any]) -> Moments:
        """Of the columns of an (n, d) array, in which NaN is no value."""
        absent = np.isnan(cells)
        values = np.where(absent, 0, cells).astype(np.float64)
        missing = absent.sum(axis=0).astype(np.float64)
        count = len(cells) - missing
        mean = values.sum(axis=0) / np.maximum(count, 1)
        squares = (np.where(absent, 0, values - mean) ** 2).sum(axis=0)
        return cls(count, mean, squares, missing)

    @classmethod
    def from_json(cls, value: Mapping[str, Sequence[float]]) -> Moments:
        """What another host has told as ``as_json``."""
        return cls(**{name: np.array(numbers, np.float64) for name, numbers in value.items()})

    def as_json(self) -> dict[str, list[float]]:
        return {name: array.tolist() for name, array in vars(self).items()}

    def joined(self, other: Moments) -> Moments:
        """Of the records of both. Chan, Golub and LeVeque, Updating formulae (1979)."""
        count = self.count + other.count
        share = other.count / np.maximum(count, 1)
        apart = other.mean - self.mean
        return Moments(
            count,
            self.mean + apart * share,
            self.squares + other.squares + apart**2 * self.count * share,
            self.missing + other.missing,
        )

    @property
    def deviation(self) -> NDArray[np.float64]:
        """Standard deviations; 1 for a column that is the same everywhere, but for what rounding leaves."""
        deviation = np.sqrt(self.squares / np.maximum(self.count, 1))
        single = np.finfo(np.float32)
        constant = deviation <= np.maximum(np.abs(self.mean) * single.eps, single.tiny)
        return np.where(constant, 1.0, deviation)
