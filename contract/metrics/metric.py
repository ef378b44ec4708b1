"""A metric, and the statistic that it is computed from: records are added to it part by part.

A statistic is as small as its metrics allow. Most are a few sums; those that need all records in an order keep a few
numbers a record, and put them into a file where they are many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar, cast

import numpy as np

from contract.metrics.arrays import Array, weights_of

S = TypeVar("S")


class Statistic(Protocol):
    """A summary of the records that were seen so far."""

    def add(self, label: Array, prediction: Array, weight: Array | None, /) -> None:
        """Adds the next n records; ``weight`` is (n,) or None."""


@dataclass(frozen=True)
class Metric:
    """One number: ``value`` of the statistic that ``statistic`` starts; nan or inf where the data does not define it.

    It is also a function of whole arrays: ``metric(label, prediction, weight)``.
    """

    statistic: Callable[[], Any]
    value: Callable[[Any], float]

    def __call__(self, label: Array, prediction: Array, weight: Array | None = None) -> float:
        found = self.statistic()
        found.add(label, prediction, weight)
        return float(self.value(found))

    def then(self, function: Callable[[float], float]) -> Metric:
        """The metric that is this function of the number, such as a square root."""
        return Metric(self.statistic, lambda statistic: float(function(self.value(statistic))))

    def of(self, view: Callable[[Array], Array]) -> Metric:
        """Returns the same metric of what ``view`` makes of the predictions."""
        return Metric(_View(view, self.statistic), lambda viewed: self.value(viewed.statistic))


class Mean:
    """The weighted mean of a number that each record has by itself."""

    def __init__(self, values: Callable[[Array, Array], Array]) -> None:
        self._values = values
        self._total = self._weight = 0.0

    def add(self, label: Array, prediction: Array, weight: Array | None) -> None:
        with np.errstate(divide="ignore", invalid="ignore"):
            weights = weights_of(label, weight)
            self._total += float(weights @ np.asarray(self._values(label, prediction), np.float64))
            self._weight += float(weights.sum())

    def result(self) -> float:
        """The mean; nan where there is no weight at all."""
        return self._total / self._weight if self._weight else float("nan")


def mean(values: Callable[[Array, Array], Array]) -> Metric:
    """The metric that is the weighted mean of ``values(label, prediction)``, an (n,) array; a decorator."""
    return Metric(partial(Mean, values), Mean.result)


class Measurement:
    """Several metrics of the same records. Those that are computed from the same statistic share it."""

    def __init__(self, metrics: Mapping[str, Metric]) -> None:
        self._metrics = metrics
        self._statistics = {metric.statistic: metric.statistic() for metric in metrics.values()}

    def add(self, label: Array, prediction: Array, weight: Array | None = None) -> None:
        """Adds the next n records."""
        for statistic in self._statistics.values():
            statistic.add(label, prediction, weight)

    def statistic(self, start: Callable[[], S]) -> S:
        """The statistic that metrics started by ``start`` are computed from."""
        return cast(S, self._statistics[start])

    def result(self) -> dict[str, float]:
        """The metrics by name, without those that the data does not define."""
        values = {
            name: float(metric.value(self._statistics[metric.statistic])) for name, metric in self._metrics.items()
        }
        return {name: value for name, value in values.items() if np.isfinite(value)}


@dataclass(frozen=True)
class _View:
    """Starts a statistic of a view of the predictions; equal where both are the same."""

    view: Callable[[Array], Array]
    start: Callable[[], Any]

    def __call__(self) -> _Viewed:
        return _Viewed(self.view, self.start())


@dataclass(frozen=True)
class _Viewed:
    view: Callable[[Array], Array]
    statistic: Statistic

    def add(self, label: Array, prediction: Array, weight: Array | None) -> None:
        self.statistic.add(label, self.view(prediction), weight)
