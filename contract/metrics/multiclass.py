"""Metrics of one among k classes: label is (n,) of 0 … k - 1, prediction (n, k) probabilities, weight (n,) or None."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from contract.metrics.arrays import Array
from contract.metrics.classes import CLASSES
from contract.metrics.metric import Metric, mean

_SMALLEST_PROBABILITY = 1e-16


@mean
def mlogloss(label: Array, probabilities: Array) -> Array:
    """- E log of the probability given to the right class, at least 1e-16 (xgboost)."""
    column = np.asarray(label, np.int64)[:, None]
    given = np.take_along_axis(probabilities, column, axis=1)[:, 0].astype(np.float64)
    return -np.log(np.maximum(given, _SMALLEST_PROBABILITY))


def most_probable_class(probabilities: Array) -> Array:
    """(n,) classes from (n, k) probabilities, the first of equals."""
    return np.asarray(probabilities.argmax(axis=1))


MULTICLASS: Mapping[str, Metric] = MappingProxyType(
    {"mlogloss": mlogloss} | {name: metric.of(most_probable_class) for name, metric in CLASSES.items()}
)
"""Metrics of (n, k) probabilities: ``mlogloss``, and every one of ``CLASSES`` for the most probable class."""
