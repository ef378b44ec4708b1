"""Metrics and pictures for the usual kinds of prediction, shared by every algorithm that makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract import metrics
from contract.figures import Bars, Figure, Lines, Matrix, Scatter
from contract.metrics import Array, Metric


@dataclass(frozen=True)
class Evaluation:
    """How good predictions are on one channel: metrics by name and pictures for the report."""

    metrics: Mapping[str, float]
    figures: Sequence[Figure] = ()


REGRESSION = ("rmse", "mae", "mse", "r2")
BINARY = ("auc", "aucpr", "logloss", "error", "accuracy", "balanced_accuracy", "precision", "recall", "f1_binary")
MULTICLASS = ("mlogloss", "merror", "accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro")
MULTILABEL = ("accuracy", "exact_match", "logloss", "f1_micro", "f1_macro", "precision_micro", "recall_micro")
CLASSES = ("merror", "accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro")
DOTS = 2000
"""More dots than these make a picture heavy and no clearer."""
MATRIX_CLASSES = 50
"""A confusion matrix of more classes is left out: nobody can read it."""


def regression(label: Array, prediction: Array, weight: Array | None = None) -> Evaluation:
    """Values against values, all (n,)."""
    values = _values(metrics.REGRESSION, REGRESSION, label, prediction, weight)
    return Evaluation(values, regression_figures(label, prediction))


def regression_figures(label: Array, prediction: Array) -> Sequence[Figure]:
    """Predicted values against actual ones, and what is left over, of (n,) each."""
    shown = _sample(label.size)
    actual, predicted = _floats(label[shown]), _floats(prediction[shown])
    residual = _floats(label[shown] - prediction[shown])
    part = "" if shown.size == label.size else f" ({shown.size:,} of {label.size:,} records)"
    return (
        Scatter(f"Predicted against actual{part}", "actual", "predicted", actual, predicted, diagonal=True),
        Scatter(f"Residuals{part}", "predicted", "actual − predicted", predicted, residual),
    )


def binary(label: Array, probability: Array, weight: Array | None = None) -> Evaluation:
    """Labels 0 and 1 against the probability of class 1, all (n,)."""
    predicted = (probability > 0.5).astype(np.int64)
    figures = [*confusion_figures(label, predicted, (0, 1)), *threshold_figures(label, probability, weight)]
    return Evaluation(_values(metrics.BINARY, BINARY, label, probability, weight), figures)


def threshold_figures(label: Array, score: Array, weight: Array | None = None) -> Sequence[Figure]:
    """The curves of all thresholds, of labels 0 and 1 and scores that grow with class 1; none where a class lacks."""
    if not 0 < label.sum() < label.size:
        return ()
    return _roc(label, score, weight), _precision_recall(label, score, weight)


def multiclass(
    label: Array, probabilities: NDArray[Any], weight: Array | None = None, names: Sequence[Any] = ()
) -> Evaluation:
    """Class numbers (n,) against the probabilities of the classes (n, k), which are called by number without names."""
    figures = confusion_figures(label, probabilities.argmax(axis=1), names or range(probabilities.shape[1]))
    return Evaluation(_values(metrics.MULTICLASS, MULTICLASS, label, probabilities, weight), figures)


def multilabel(label: Array, probabilities: NDArray[Any], names: Sequence[Any]) -> Evaluation:
    """Zeros and ones (n, k) against the probabilities of k classes that do not exclude each other."""
    values = _values(metrics.MULTILABEL, MULTILABEL, label, probabilities, None)
    by_class = zip(map(str, names), _floats(metrics.f1_by_class(label, probabilities)), strict=True)
    lowest_first = dict(sorted(by_class, key=lambda pair: pair[1]))
    return Evaluation(values, (Bars("F1 of each class, lowest first", "F1", lowest_first),))


def classes(label: Array, predicted: Array, names: Sequence[Any], weight: Array | None = None) -> Evaluation:
    """Class numbers against predicted class numbers, all (n,)."""
    return Evaluation(
        _values(metrics.CLASSES, CLASSES, label, predicted, weight), confusion_figures(label, predicted, names)
    )


def _values(
    kind: Mapping[str, Metric], names: Sequence[str], label: Array, prediction: Array, weight: Array | None
) -> dict[str, float]:
    values = {name: float(kind[name](label, prediction, weight)) for name in names}
    return {name: value for name, value in values.items() if np.isfinite(value)}


def confusion_figures(label: Array, predicted: Array, names: Sequence[Any]) -> Sequence[Figure]:
    """Class numbers against predicted ones, all (n,); no picture of more classes than anybody can read."""
    if len(names) > MATRIX_CLASSES:
        return ()
    counts = metrics.confusion_matrix(label, predicted, len(names)).astype(int).tolist()
    return (Matrix("Confusion matrix", "actual", "predicted", [str(name) for name in names], counts),)


def _roc(label: Array, probability: Array, weight: Array | None) -> Lines:
    x, y = metrics.roc_curve(label, probability, weight)[:2]
    return Lines("ROC", "false positive rate", "true positive rate", {"model": (_floats(x), _floats(y))}, diagonal=True)


def _precision_recall(label: Array, probability: Array, weight: Array | None) -> Lines:
    recall, precision = metrics.precision_recall_curve(label, probability, weight)[:2]
    return Lines("Precision and recall", "recall", "precision", {"model": (_floats(recall), _floats(precision))})


def _sample(records: int) -> NDArray[np.int64]:
    """Row numbers of the dots to draw: all, or the same random ones every time."""
    if records <= DOTS:
        return np.arange(records)
    return np.sort(np.random.default_rng(0).choice(records, DOTS, replace=False))


def _floats(values: Array) -> list[float]:
    found: list[float] = values.astype(np.float64).tolist()
    return found
