"""Metrics of a predicted class: label and prediction are (n,) class numbers, weight is (n,) or None.

Defined as in scikit-learn with ``zero_division=0``: a class that is never predicted has precision 0, one that never
occurs has recall 0. "Macro" is the plain mean over the classes that occur in the label or in the prediction. "Micro"
adds the counts of all classes up first, which for one class a row is the accuracy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from contract.metrics.arrays import Array, Float64, ratio, weights_of
from contract.metrics.metric import Metric, mean


def confusion_matrix(label: Array, predicted: Array, classes: int, weight: Array | None = None) -> Array:
    """(classes, classes) sums: the entry in row i and column j counts the rows of class i predicted as j.

    Whole numbers without weights, float64 with. Labels and predictions are classes from 0 to ``classes`` - 1.
    """
    cell = np.asarray(label, np.int64) * classes + np.asarray(predicted, np.int64)
    return np.bincount(cell, weight, minlength=classes * classes).reshape(classes, classes)


class ClassPairs:
    """The weights of the records of each actual and predicted class; classes are known once they occur."""

    def __init__(self, classes: Sequence[Any] = ()) -> None:
        self.classes: Array = np.unique(np.asarray(classes))
        self.matrix: Float64 = np.zeros((len(self.classes), len(self.classes)))
        """The entry in row i and column j is the weight of class i predicted as j."""

    def add(self, label: Array, predicted: Array, weight: Array | None) -> None:
        """Adds the next n records."""
        classes, cell = np.unique(np.concatenate([label, predicted]), return_inverse=True)
        actual, given = cell[: len(label)], cell[len(label) :]
        matrix = confusion_matrix(actual, given, len(classes), weights_of(label, weight))
        union = np.union1d(self.classes, classes)
        grown = np.zeros((len(union), len(union)))
        for known, part in ((self.classes, self.matrix), (classes, matrix)):
            places = np.searchsorted(union, known)
            grown[np.ix_(places, places)] += part
        self.classes, self.matrix = union, grown

    def totals(self) -> tuple[Float64, Float64, Float64]:
        """The weight of each class predicted right, the weight that is of it, and the weight predicted as it."""
        return np.diag(self.matrix), self.matrix.sum(axis=1), self.matrix.sum(axis=0)


class PositiveTotals:
    """The weight of class 1 predicted right, the weight that is of class 1, and the weight predicted as class 1."""

    def __init__(self) -> None:
        self.totals = 0.0, 0.0, 0.0

    def add(self, label: Array, predicted: Array, weight: Array | None) -> None:
        """Adds the next n records."""
        weights = weights_of(label, weight)
        actual, given = label == 1, predicted == 1
        right, of_class, as_class = self.totals
        self.totals = (
            right + float(weights @ (actual & given)),
            of_class + float(weights @ actual),
            as_class + float(weights @ given),
        )


@mean
def accuracy(label: Array, predicted: Array) -> Array:
    """The share of rows that are predicted right."""
    return np.asarray(label == predicted)


@mean
def merror(label: Array, predicted: Array) -> Array:
    """The share of rows that are predicted wrong."""
    return np.asarray(label != predicted)


_metric: Callable[[Callable[[ClassPairs], float]], Metric] = partial(Metric, ClassPairs)
_of_positive: Callable[[Callable[[PositiveTotals], float]], Metric] = partial(Metric, PositiveTotals)


@_metric
def balanced_accuracy(pairs: ClassPairs) -> float:
    """The mean recall over the classes that occur in the label."""
    right, actual, _ = pairs.totals()
    occurs = actual > 0
    return float((right[occurs] / actual[occurs]).mean()) if occurs.any() else float("nan")


@_metric
def precision_macro(pairs: ClassPairs) -> float:
    """The mean over the classes of: right ones among the rows predicted as that class."""
    right, _, given = pairs.totals()
    return float(ratio(right, given).mean())


@_metric
def recall_macro(pairs: ClassPairs) -> float:
    """The mean over the classes of: right ones among the rows that are of that class."""
    right, actual, _ = pairs.totals()
    return float(ratio(right, actual).mean())


@_metric
def f1_macro(pairs: ClassPairs) -> float:
    """The mean over the classes of the harmonic mean of precision and recall."""
    right, actual, given = pairs.totals()
    return float(ratio(2 * right, actual + given).mean())


@_of_positive
def precision_of_positive(positive: PositiveTotals) -> float:
    """Right ones among the rows predicted as class 1; 0 where none is."""
    right, _, given = positive.totals
    return right / given if given else 0.0


@_of_positive
def recall_of_positive(positive: PositiveTotals) -> float:
    """Right ones among the rows of class 1; 0 where there is none."""
    right, actual, _ = positive.totals
    return right / actual if actual else 0.0


@_of_positive
def f1_of_positive(positive: PositiveTotals) -> float:
    """The harmonic mean of precision and recall of class 1; 0 where it neither occurs nor is predicted."""
    right, actual, given = positive.totals
    return 2 * right / (actual + given) if actual + given else 0.0


CLASSES: Mapping[str, Metric] = MappingProxyType({
    "accuracy": accuracy,
    "merror": merror,
    "balanced_accuracy": balanced_accuracy,
    "f1": f1_macro,
    "f1_macro": f1_macro,
    "precision": precision_macro,
    "precision_macro": precision_macro,
    "precision_micro": accuracy,
    "recall": recall_macro,
    "recall_macro": recall_macro,
    "recall_micro": accuracy,
})  # fmt: skip
"""Metrics of (n,) predicted classes. ``precision`` and ``recall`` are the macro means: no class is the positive one."""
