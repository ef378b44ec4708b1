"""Metrics of predictions: those that SageMaker's XGBoost names, on numpy arrays, for every algorithm.

A metric is a function of ``(label, prediction, weight)`` that returns one float; where the records come in parts, they
are added to its statistic instead (``contract.metrics.metric``), and the result is the same:

- ``label`` and ``weight`` are (n,) arrays of numbers; ``weight`` may be None, then every row counts once;
- ``prediction`` is (n,) values (``REGRESSION``), (n,) probabilities of class 1 (``BINARY``), (n, k) probabilities of
  the classes 0 … k - 1 (``MULTICLASS``) or (n,) predicted classes (``CLASSES``). Only of ``MULTILABEL`` the label is
  (n, k) too, and the classes do not exclude each other.

Sums are made in float64 whatever the arrays hold. A metric that the data does not define (the area under the curve
where only one class occurs, a percentage of a label that is zero) is nan or inf and no error: leave it out where only
finite numbers may be shown. Metrics that the xgboost library has are defined as it defines them, the others as
scikit-learn does; the tests compare.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from contract.metrics.arrays import Array
from contract.metrics.binary import BINARY
from contract.metrics.classes import CLASSES, confusion_matrix
from contract.metrics.curves import precision_recall_curve, roc_curve, thin
from contract.metrics.metric import Measurement, Metric, Statistic, mean
from contract.metrics.multiclass import MULTICLASS
from contract.metrics.multilabel import MULTILABEL
from contract.metrics.ordered import median
from contract.metrics.regression import REGRESSION

__all__ = [
    "BINARY",
    "CLASSES",
    "MAXIMISE",
    "MULTICLASS",
    "MULTILABEL",
    "REGRESSION",
    "Array",
    "Direction",
    "Measurement",
    "Metric",
    "Statistic",
    "confusion_matrix",
    "directions",
    "mean",
    "median",
    "precision_recall_curve",
    "roc_curve",
    "thin",
]

Direction: TypeAlias = Literal["Minimize", "Maximize"]
"""The better side of a metric, in the words of SageMaker's tuner."""

MAXIMISE = frozenset({
    "accuracy", "auc", "aucpr", "balanced_accuracy", "exact_match", "f1", "f1_binary", "f1_macro", "f1_micro", "map",
    "ndcg", "precision", "precision_macro", "precision_micro", "r2", "recall", "recall_macro", "recall_micro",
    "top_k_accuracy",
})  # fmt: skip
"""Names of which the larger value is the better one; of every other metric it is the smaller."""


def directions(names: Iterable[str]) -> dict[str, Direction]:
    """The better side of each of these metrics, by ``MAXIMISE``; in the order of their names."""
    return {name: "Maximize" if name in MAXIMISE else "Minimize" for name in sorted(set(names))}
