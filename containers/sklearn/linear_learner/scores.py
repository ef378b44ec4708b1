"""The metrics of SageMaker's Linear Learner, by the names in its log.

Labels are (n,) as in the channel. Definitions are those of scikit-learn, where what is not defined counts as 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.linear_learner.losses import Loss
from contract.metrics import BINARY, REGRESSION, Metric
from contract.metrics.arrays import Float64, ratio
from contract.metrics.multiclass import most_probable_class
from contract.scores import PARAMETER

FINAL = ":final"
"""Ends the name of a final loss: its line has no epoch, and a tuner knows it apart from that of the epochs."""
SMALLEST_PROBABILITY = 1e-16

Array = NDArray[Any]


VALUES: Mapping[str, Metric] = {
    "mse": REGRESSION["mse"],
    "absolute_loss": REGRESSION["mae"],
    "rmse": REGRESSION["rmse"],
    "r2": REGRESSION["r2"],
}
"""Metrics of values (n,) in the unit of the label."""


class Average:
    """The weighted mean of ``values(label, predicted)``, which are (n,) numbers and their weights or None."""

    def __init__(self, values: Callable[[Array, Array], tuple[Array, Float64 | None]]) -> None:
        self._values = values
        self._total = self._weight = 0.0

    def add(self, label: Array, predicted: Array, weight: Array | None) -> None:
        values, weights = self._values(label, predicted)
        self._total += float((values if weights is None else values * weights).sum(dtype=np.float64))
        self._weight += len(values) if weights is None else float(weights.sum())

    def result(self) -> float:
        return self._total / self._weight


class ClassTotals:
    """(classes,) records predicted right, of the class, and predicted as it."""

    def __init__(self, classes: int) -> None:
        self._classes = classes
        self.right, self.actual, self.given = np.zeros((3, classes))

    def add(self, label: Array, predicted: Array, weight: Array | None) -> None:
        actual, given = label.astype(np.int64), predicted.astype(np.int64)
        for sums, found in ((self.right, actual[actual == given]), (self.actual, actual), (self.given, given)):
            sums += np.bincount(found, minlength=self._classes)


def binary(labels: Callable[[Array], Array], beta: float) -> Mapping[str, Metric]:
    """Metrics of scores (n,), from which ``labels`` predicts."""

    def of_labels(value: Callable[[ClassTotals], Float64]) -> Metric:
        return Metric(start, lambda totals: float(value(totals)[1])).of(labels)

    start = partial(ClassTotals, 2)
    return {
        "binary_classification_accuracy": _average(lambda label, predicted: label == predicted).of(labels),
        f"binary_f_{beta:.3f}": of_labels(lambda totals: f_scores(totals.right, totals.actual, totals.given, beta)),
        "precision": of_labels(lambda totals: ratio(totals.right, totals.given)),
        "recall": of_labels(lambda totals: ratio(totals.right, totals.actual)),
        "roc_auc_score": BINARY["auc"],
    }


def multiclass(classes: int, beta: float, top: int) -> Mapping[str, Metric]:
    """Metrics of the probabilities (n, k) of all classes; a macro mean is over the classes in label or prediction."""

    def of_classes(value: Callable[[ClassTotals], Array]) -> Metric:
        return Metric(start, lambda totals: float(value(totals).mean())).of(most_probable_class)

    def occurring(scores: Float64, totals: ClassTotals) -> Float64:
        return scores[totals.actual + totals.given > 0]

    start = partial(ClassTotals, classes)
    return {
        "multiclass_accuracy": Metric(start, lambda totals: totals.right.sum() / totals.actual.sum()).of(
            most_probable_class
        ),
        f"multiclass_top_k_accuracy_{top}": _average(lambda label, given: places(label, given) < top),
        "dcg": _average(lambda label, given: 1 / np.log2(2 + places(label, given))),
        "macro_recall": of_classes(lambda totals: occurring(ratio(totals.right, totals.actual), totals)),
        "macro_precision": of_classes(lambda totals: occurring(ratio(totals.right, totals.given), totals)),
        f"macro_f_{beta:.3f}": of_classes(
            lambda totals: occurring(f_scores(totals.right, totals.actual, totals.given, beta), totals)
        ),
        "multiclass_balanced_accuracy": of_classes(
            lambda totals: totals.right[totals.actual > 0] / totals.actual[totals.actual > 0]
        ),
        "multiclass_log_loss": _average(lambda label, given: -np.log(of_label(label, given))),
    }


def objective(loss: Loss, class_weights: Float64) -> Mapping[str, Metric]:
    """The loss that was learned by, of labels and predictions as they are learned, weighted as in the training."""

    def values(label: Array, predicted: Array) -> tuple[Array, Float64 | None]:
        weights = class_weights[label.astype(np.int64)] if class_weights.size else None
        return _losses(loss, label, predicted), weights

    return {loss.objective + FINAL: Metric(partial(Average, values), Average.result)}


def _losses(loss: Loss, label: Array, predicted: Array) -> Array:
    if loss.name == "softmax_loss":
        return -np.log(of_label(label, predicted))
    if loss.name == "logistic":
        return -np.log(np.maximum(np.where(label == 1, predicted, 1 - predicted), SMALLEST_PROBABILITY))
    found: Array = loss(predicted.astype(np.float64)[:, None, None], label.astype(np.float64))[0][:, 0]
    return found


def _average(values: Callable[[Array, Array], Any]) -> Metric:
    return Metric(partial(Average, lambda label, predicted: (values(label, predicted), None)), Average.result)


def f_scores(right: Float64, actual: Float64, given: Float64, beta: float) -> Float64:
    """(classes,) F scores: recall weighs ``beta`` times as much as precision."""
    return ratio((1 + beta**2) * right, beta**2 * actual + given)


def places(label: Array, probabilities: Array) -> NDArray[np.int64]:
    """(n,) How many classes come before the right one; of equally probable ones the first does."""
    column = label.astype(np.int64)[:, None]
    own = np.take_along_axis(probabilities, column, axis=1)
    before = (probabilities > own) | ((probabilities == own) & (np.arange(probabilities.shape[1]) < column))
    count: NDArray[np.int64] = before.sum(axis=1)
    return count


def of_label(label: Array, probabilities: Array) -> Float64:
    """(n,) probabilities of the right classes, at least 1e-16."""
    own = np.take_along_axis(probabilities.astype(np.float64), label.astype(np.int64)[:, None], axis=1)[:, 0]
    return np.maximum(own, SMALLEST_PROBABILITY)


TUNED: Mapping[str, str] = {
    "binary_f_": "binary_f_beta",
    "multiclass_top_k_accuracy_": "multiclass_top_k_accuracy",
    "macro_f_": "macro_f_beta",
}
"""The tuner's names of metrics by how they begin in the log."""
ONLY_LOGGED = frozenset({"r2", "multiclass_balanced_accuracy", "multiclass_log_loss"})
BETTER_WHEN_LARGER = (
    "binary_classification_accuracy", f"binary_f_{PARAMETER}", "precision", "recall", "roc_auc_score",
    "multiclass_accuracy", f"multiclass_top_k_accuracy_{PARAMETER}", "dcg", "macro_recall", "macro_precision",
    f"macro_f_{PARAMETER}", "r2", "multiclass_balanced_accuracy",
)  # fmt: skip
ERRORS = frozenset({"mse", "absolute_loss", "rmse", "multiclass_log_loss"})
