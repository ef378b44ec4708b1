"""Axes: which numbers stand beside a picture, and where a value lies in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from train.report.numbers import signed

Float64: TypeAlias = NDArray[np.float64]

LARGEST = 1e300
"""Values beyond this are not drawn: the difference of two of them would not be finite."""

_NARROWEST = 1e-290
_UNITS = ((1e9, "G"), (1e6, "M"))


@dataclass(frozen=True)
class Axis:
    """A range of values laid over a range of pixels, with a number at each tick."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    start: float = 0.0
    end: float = 1.0

    def pixels(self, values: Float64) -> Float64:
        """Returns the pixels of (n,) values."""
        return self.start + (values - self.low) / (self.high - self.low) * (self.end - self.start)

    def pixel(self, value: float) -> float:
        """Returns the pixel of one value."""
        return float(self.pixels(np.array([value]))[0])

    def over(self, start: float, end: float) -> Axis:
        """Returns the axis of the same values over other pixels."""
        return replace(self, start=start, end=end)


def axis(values: Float64, wanted: int, *, margin: float | None = None) -> Axis:
    """An axis over one or more finite values with about ``wanted`` ticks, not yet laid over pixels.

    It begins and ends at a tick, or, with a ``margin``, that share of the range before and behind the data. Where all
    values are whole numbers the ticks are, too.
    """
    low, high = _extent(float(values.min()), float(values.max()))
    step = _step((high - low) / wanted, whole=bool(np.all(values == np.round(values))))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if margin is None:
        low, high = step * first, step * last
    else:
        low, high = low - margin * (high - low), high + margin * (high - low)
    inside = [step * index for index in range(first, last + 1) if low - step / 1e6 <= step * index <= high + step / 1e6]
    return Axis(low, high, tuple(zip(inside, _labels(inside, step), strict=True)))


def finite(*parts: Float64) -> NDArray[np.bool_]:
    """Marks the rows that can be drawn: those with a finite value in every one of the (n,) arrays."""
    kept = np.ones(len(parts[0]), np.bool_)
    for part in parts:
        kept &= np.abs(np.nan_to_num(part, nan=np.inf)) < LARGEST
    return kept


def _extent(low: float, high: float) -> tuple[float, float]:
    """The range itself, or one around it where it is too narrow for different numbers to stand beside it."""
    magnitude = max(abs(low), abs(high))
    if high - low > max(1e-9 * magnitude, _NARROWEST):
        return low, high
    margin = magnitude / 10 if magnitude > _NARROWEST else 1.0
    return low - margin, high + margin


def _step(rough: float, *, whole: bool) -> float:
    """The first of 1, 2, 2.5, 5 and 10 times a power of ten that is not below ``rough``; at least 1 if ``whole``."""
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return max(1.0, float(math.ceil(step))) if whole else step


def _labels(places: Sequence[float], step: float) -> list[str]:
    largest = max(abs(place) for place in places)
    if not 1e-3 <= largest < 1e13:
        return [signed(place, f"{abs(place):.3g}") for place in places]
    unit, suffix = next(((unit, suffix) for unit, suffix in _UNITS if largest >= unit), (1.0, ""))
    decimals = _decimals(step / unit)
    return [signed(place, f"{abs(place) / unit:,.{decimals}f}{suffix if place else ''}") for place in places]


def _decimals(step: float) -> int:
    """Counts the decimals that tell two neighbouring ticks apart."""
    return next((count for count in range(12) if abs(round(step, count) - step) < step * 1e-6), 12)
