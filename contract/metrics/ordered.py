"""Values of every record in ascending order, for quantiles and medians."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from contract.metrics.arrays import Array
from contract.metrics.metric import Metric
from contract.metrics.storage import NumberFile, most_bytes


class OrderedValues:
    """Values (n,) of one type, added in any order. Too many for the memory are sorted in a file."""

    def __init__(self) -> None:
        self._parts: list[Array] = []
        self._bytes = 0
        self._file: NumberFile | None = None
        self._sorted: Array | None = None

    def add(self, values: Array) -> None:
        """Adds some values."""
        self._sorted = None
        self._parts.append(np.array(values))
        self._bytes += values.nbytes
        if self._bytes > most_bytes():
            self._file = self._file or NumberFile(self._parts[0].dtype)
            for part in self._parts:
                self._file.append(part)
            self._parts, self._bytes = [], 0

    def ascending(self) -> Array:
        """All values (n,) in ascending order, a mapped array where they are many."""
        if self._sorted is None:
            if self._file is None:
                self._sorted = np.concatenate(self._parts) if self._parts else np.empty(0)
            else:
                for part in self._parts:
                    self._file.append(part)
                self._parts, self._bytes = [], 0
                self._sorted = self._file.mapped()
            self._sorted.sort()
        return self._sorted

    def quantile(self, share: float) -> float:
        """The value below which this share of the values lies, between two neighbours in proportion; nan of none."""
        values = self.ascending()
        if not len(values):
            return float("nan")
        place = share * (len(values) - 1)
        low = int(place)
        lower, upper = float(values[low]), float(values[min(low + 1, len(values) - 1)])
        return lower + (upper - lower) * (place - low)


class _Quantile:
    def __init__(self, values: Callable[[Array, Array], Array]) -> None:
        self._values = values
        self.found = OrderedValues()

    def add(self, label: Array, prediction: Array, weight: Array | None) -> None:
        self.found.add(np.asarray(self._values(label, prediction), np.float64))


def median(values: Callable[[Array, Array], Array]) -> Metric:
    """The metric that is the median of ``values(label, prediction)``, an (n,) array, whatever the weights."""
    return Metric(partial(_Quantile, values), lambda statistic: float(statistic.found.quantile(0.5)))
