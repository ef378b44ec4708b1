"""The metrics of SageMaker's Linear Learner, by the names in its log.

Labels are (n,) as in the channel. Definitions are those of scikit-learn, where what is not defined counts as 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.linear_learner.losses import Loss
from contract.metrics import BINARY, REGRESSION
from contract.metrics.arrays import Float64, ratio
from contract.scores import PARAMETER

FINAL = ":final"
"""Ends the name of a final loss: its line has no epoch, and a tuner knows it apart from that of the epochs."""
SMALLEST_PROBABILITY = 1e-16

Array = NDArray[Any]


def regression(label: Array, predicted: Array) -> dict[str, float]:
    """Measures predicted values (n,), which have the unit of the label."""
    kinds = {"mse": "mse", "absolute_loss": "mae", "rmse": "rmse", "r2": "r2"}
    return {name: REGRESSION[kind](label, predicted) for name, kind in kinds.items()}


def binary(label: Array, score: Array, predicted: Array, beta: float) -> dict[str, float]:
    """Measures scores (n,) and the labels (n,) predicted from them."""
    right, actual, given = class_totals(label, predicted, 2)
    return {
        "binary_classification_accuracy": float((label == predicted).mean()),
        f"binary_f_{beta:.3f}": float(f_scores(right, actual, given, beta)[1]),
        "precision": float(ratio(right, given)[1]),
        "recall": float(ratio(right, actual)[1]),
        "roc_auc_score": BINARY["auc"](label, score),
    }


def multiclass(label: Array, probabilities: Array, beta: float, top: int) -> dict[str, float]:
    """Measures the probabilities (n, k) of all classes; a macro mean is over the classes in label or prediction."""
    right, actual, given = class_totals(label, probabilities.argmax(axis=1), probabilities.shape[1])
    occurs, is_actual = actual + given > 0, actual > 0
    place = places(label, probabilities)
    return {
        "multiclass_accuracy": float(right.sum() / len(label)),
        f"multiclass_top_k_accuracy_{top}": float((place < top).mean()),
        "dcg": float((1 / np.log2(2 + place)).mean()),
        "macro_recall": float(ratio(right, actual)[occurs].mean()),
        "macro_precision": float(ratio(right, given)[occurs].mean()),
        f"macro_f_{beta:.3f}": float(f_scores(right, actual, given, beta)[occurs].mean()),
        "multiclass_balanced_accuracy": float((right[is_actual] / actual[is_actual]).mean()),
        "multiclass_log_loss": float(-np.log(of_label(label, probabilities)).mean()),
    }


def objective(loss: Loss, label: Array, predicted: Array, class_weights: Float64) -> dict[str, float]:
    """The loss that was learned by, from label and prediction as they are learned, weighted as in the training."""
    if loss.name == "softmax_loss":
        values = -np.log(of_label(label, predicted))
    elif loss.name == "logistic":
        values = -np.log(np.maximum(np.where(label == 1, predicted, 1 - predicted), SMALLEST_PROBABILITY))
    else:
        values = loss(predicted.astype(np.float64)[:, None, None], label.astype(np.float64))[0][:, 0]
    weights = class_weights[label.astype(np.int64)] if class_weights.size else None
    return {loss.objective + FINAL: float(np.average(values, weights=weights))}


def class_totals(label: Array, predicted: Array, classes: int) -> tuple[Float64, Float64, Float64]:
    """(classes,) records predicted right, of the class, and predicted as it."""
    actual, given = label.astype(np.int64), predicted.astype(np.int64)
    groups = actual[actual == given], actual, given
    right, of_class, as_class = (np.bincount(group, minlength=classes).astype(np.float64) for group in groups)
    return right, of_class, as_class


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
