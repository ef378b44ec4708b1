"""Metrics of a predicted class: label and prediction are (n,) class numbers, weight is (n,) or None.

Defined as in scikit-learn with ``zero_division=0``: a class that is never predicted has precision 0, one that never
occurs has recall 0. "Macro" is the plain mean over the classes that occur in the label or in the prediction. "Micro"
adds the counts of all classes up first, which for one class a row is the accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from contract.metrics.arrays import Array, Float64, Metric, mean, ratio, weights_of


def confusion_matrix(label: Array, predicted: Array, classes: int, weight: Array | None = None) -> Array:
    """(classes, classes) sums: the entry in row i and column j counts the rows of class i predicted as j.

    Whole numbers without weights, float64 with. Labels and predictions are classes from 0 to ``classes`` - 1.
    """
    cell = np.asarray(label, np.int64) * classes + np.asarray(predicted, np.int64)
    return np.bincount(cell, weight, minlength=classes * classes).reshape(classes, classes)


def accuracy(label: Array, predicted: Array, weight: Array | None = None) -> float:
    """The share of rows that are predicted right."""
    return mean(label == predicted, weight)


def merror(label: Array, predicted: Array, weight: Array | None = None) -> float:
    """The share of rows that are predicted wrong."""
    return mean(label != predicted, weight)


def balanced_accuracy(label: Array, predicted: Array, weight: Array | None = None) -> float:
    """The mean recall over the classes that occur in the label."""
    right, actual, _ = _totals(label, predicted, weight)
    occurs = actual > 0
    return float((right[occurs] / actual[occurs]).mean()) if occurs.any() else float("nan")


def precision_macro(label: Array, predicted: Array, weight: Array | None = None) -> float:
    """The mean over the classes of: right ones among the rows predicted as that class."""
    right, _, given = _totals(label, predicted, weight)
    return float(ratio(right, given).mean())


def recall_macro(label: Array, predicted: Array, weight: Array | None = None) -> float:
    """The mean over the classes of: right ones among the rows that are of that class."""
    right, actual, _ = _totals(label, predicted, weight)
    return float(ratio(right, actual).mean())


def f1_macro(label: Array, predicted: Array, weight: Array | None = None) -> float:
    """The mean over the classes of the harmonic mean of precision and recall."""
    right, actual, given = _totals(label, predicted, weight)
    return float(ratio(2 * right, actual + given).mean())


def precision_of_positive(label: Array, predicted: Array, weight: Array | None = None) -> float:
    """Right ones among the rows predicted as class 1; 0 where none is."""
    right, _, given = _totals_of_positive(label, predicted, weight)
    return right / given if given else 0.0


def recall_of_positive(label: Array, predicted: Array, weight: Array | None = None) -> float:
    """Right ones among the rows of class 1; 0 where there is none."""
    right, actual, _ = _totals_of_positive(label, predicted, weight)
    return right / actual if actual else 0.0


def f1_of_positive(label: Array, predicted: Array, weight: Array | None = None) -> float:
    """The harmonic mean of precision and recall of class 1; 0 where it neither occurs nor is predicted."""
    right, actual, given = _totals_of_positive(label, predicted, weight)
    return 2 * right / (actual + given) if actual + given else 0.0


def _totals(label: Array, predicted: Array, weight: Array | None) -> tuple[Float64, Float64, Float64]:
    """Of each class that occurs: the weight predicted right, the weight that is of it, the weight predicted as it."""
    names, cell = np.unique(np.concatenate([label, predicted]), return_inverse=True)
    actual, given = cell[: len(label)], cell[len(label) :]
    matrix = confusion_matrix(actual, given, len(names), weights_of(label, weight))
    return np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)


def _totals_of_positive(label: Array, predicted: Array, weight: Array | None) -> tuple[float, float, float]:
    weights = weights_of(label, weight)
    actual, given = label == 1, predicted == 1
    return float(weights @ (actual & given)), float(weights @ actual), float(weights @ given)


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
