"""Metrics of one among k classes: label is (n,) of 0 … k - 1, prediction (n, k) probabilities, weight (n,) or None."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from contract.metrics.arrays import Array, Metric, mean
from contract.metrics.classes import CLASSES

_SMALLEST_PROBABILITY = 1e-16


def mlogloss(label: Array, probabilities: Array, weight: Array | None = None) -> float:
    """- E log of the probability given to the right class, at least 1e-16 (xgboost)."""
    column = np.asarray(label, np.int64)[:, None]
    given = np.take_along_axis(np.asarray(probabilities, np.float64), column, axis=1)[:, 0]
    return -mean(np.log(np.maximum(given, _SMALLEST_PROBABILITY)), weight)


def _of_most_probable(metric: Metric) -> Metric:
    """A metric of classes as one of probabilities: the most probable class counts, the first of equals."""

    def of_probabilities(label: Array, probabilities: Array, weight: Array | None = None) -> float:
        return metric(label, np.argmax(probabilities, axis=1), weight)

    return of_probabilities


MULTICLASS: Mapping[str, Metric] = MappingProxyType(
    {"mlogloss": mlogloss} | {name: _of_most_probable(metric) for name, metric in CLASSES.items()}
)
"""Metrics of (n, k) probabilities: ``mlogloss``, and every one of ``CLASSES`` for the most probable class."""
