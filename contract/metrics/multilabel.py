"""Metrics of several labels a row: label (n, k) of 0 or 1, prediction (n, k) probabilities, weight (n,) or None.

A class is predicted where its probability is above 0.5. Defined as in scikit-learn with ``zero_division=0``: a class
that neither occurs nor is predicted has F1 0. "Micro" adds the counts of all classes up first, "macro" is the plain
mean over the classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from contract.metrics.arrays import Array, Float64, ratio, weights_of
from contract.metrics.metric import Metric, mean

_SMALLEST_PROBABILITY = 1e-16


class LabelTotals:
    """The weight of each class predicted right, the weight that is of it, and the weight predicted as it; each (k,)."""

    def __init__(self) -> None:
        self.totals: tuple[Float64, Float64, Float64] = np.zeros(1), np.zeros(1), np.zeros(1)

    def add(self, label: Array, probabilities: Array, weight: Array | None) -> None:
        """Adds the next n records."""
        weights = weights_of(label, weight)
        actual, given = label > 0.5, probabilities > 0.5
        right, of_class, as_class = self.totals
        self.totals = right + weights @ (actual & given), of_class + weights @ actual, as_class + weights @ given


@mean
def accuracy(label: Array, probabilities: Array) -> Array:
    """The share of right answers to "is the row of this class", over all rows and classes: 1 - Hamming loss."""
    return np.asarray(((probabilities > 0.5) == (label > 0.5)).mean(axis=1))


@mean
def exact_match(label: Array, probabilities: Array) -> Array:
    """The share of rows of which every class is right; scikit-learn's ``accuracy_score``."""
    return np.asarray(((probabilities > 0.5) == (label > 0.5)).all(axis=1))


@mean
def logloss(label: Array, probabilities: Array) -> Array:
    """- E log of the probability given to the right answer, at least 1e-16, over all rows and classes."""
    given = np.where(label > 0.5, probabilities, 1 - np.asarray(probabilities, np.float64))
    return np.asarray(-np.log(np.maximum(given, _SMALLEST_PROBABILITY)).mean(axis=1))


_metric: Callable[[Callable[[LabelTotals], float]], Metric] = partial(Metric, LabelTotals)


@_metric
def precision_micro(classes: LabelTotals) -> float:
    """Right ones among the classes that are predicted."""
    right, _, given = classes.totals
    return _one_ratio(right.sum(), given.sum())


@_metric
def recall_micro(classes: LabelTotals) -> float:
    """Those that are predicted among the classes that rows are of."""
    right, actual, _ = classes.totals
    return _one_ratio(right.sum(), actual.sum())


@_metric
def f1_micro(classes: LabelTotals) -> float:
    """The harmonic mean of ``precision_micro`` and ``recall_micro``."""
    right, actual, given = classes.totals
    return _one_ratio(2 * right.sum(), actual.sum() + given.sum())


@_metric
def f1_macro(classes: LabelTotals) -> float:
    """The mean of ``f1_by_class``."""
    return float(f1_by_class(classes).mean())


def f1_by_class(classes: LabelTotals) -> Float64:
    """The harmonic mean of precision and recall of each class, (k,)."""
    right, actual, given = classes.totals
    return ratio(2 * right, actual + given)


def _one_ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0


MULTILABEL: Mapping[str, Metric] = MappingProxyType({
    "accuracy": accuracy,
    "exact_match": exact_match,
    "logloss": logloss,
    "f1_macro": f1_macro,
    "f1_micro": f1_micro,
    "precision_micro": precision_micro,
    "recall_micro": recall_micro,
})  # fmt: skip
"""Metrics of (n, k) probabilities of classes that do not exclude each other."""
