"""Metrics of a yes-or-no prediction: label is 0 or 1, score the probability of class 1; all arrays are (n,)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from contract.metrics import classes
from contract.metrics.arrays import Array, Float64
from contract.metrics.curves import Points, pieces
from contract.metrics.metric import Metric, mean
from contract.metrics.ranking import Ranking

_SMALLEST_PROBABILITY = 1e-16


@mean
def logloss(label: Array, score: Array) -> Array:
    """- E (y log s + (1 - y) log(1 - s)), with logarithms of at least 1e-16 (xgboost)."""
    return -(label * _log(score) + (1 - label) * _log(1 - score))


def error_at(threshold: float) -> Metric:
    """The share of rows on the wrong side of the threshold; a score equal to it counts as class 0 (xgboost)."""
    return mean(lambda label, score: np.where(score > threshold, 1 - label, label))


def _over_points(value: Callable[[Points], float]) -> Metric:
    """A metric of the operating points; nan where only one class occurs."""

    def of_ranking(ranking: Ranking) -> float:
        true, false = ranking.points
        return value((true, false)) if true[-1] * false[-1] else float("nan")

    return Metric(Ranking, of_ranking)


@_over_points
def auc(points: Points) -> float:
    """The area under the ROC curve: the chance that a row of class 1 scores above one of class 0, ties counting half.

    nan where only one class occurs.
    """
    area = sum(float(np.sum(np.diff(false) * (true[1:] + true[:-1]) / 2)) for true, false in pieces(points))
    return float(area / (points[0][-1] * points[1][-1]))


@_over_points
def aucpr(points: Points) -> float:
    """The area under the precision-recall curve; nan where only one class occurs.

    Between two operating points true and false positives grow linearly together, so precision follows a hyperbola
    (Davis and Goadrich 2006; with weights Keilwagen, Grosse and Grau 2014) and its integral has a closed form. With r
    the recall and h the false positives gained for each true one, precision is r / ((1 + h) r + b).
    """
    return float(sum(_area_below_precision(true, false) for true, false in pieces(points)) / points[0][-1])


def _area_below_precision(true: Float64, false: Float64) -> float:
    """The area below consecutive points, where recall is measured as the weight of true positives."""
    gained = np.diff(true) > 0
    step = np.diff(true)[gained]
    slope = 1 + np.diff(false)[gained] / step
    offset = false[:-1][gained] - (slope - 1) * true[:-1][gained]
    growth = _log_growth(true + false, gained)
    return float(np.sum((step - offset / slope * growth) / slope))


def _log_growth(called: Float64, gained: Array) -> Float64:
    """log of how much the weight called positive grows in each step; 0 from nothing, where the offset is 0 too."""
    before, after = called[:-1][gained], called[1:][gained]
    return np.log(np.divide(after, before, out=np.ones_like(after), where=before > 0))


def _log(probability: Array) -> Float64:
    return np.log(np.maximum(np.asarray(probability, np.float64), _SMALLEST_PROBABILITY))


def likelier_class(score: Array) -> Array:
    """(n,) classes: 1 where the score is above one half."""
    return (score > 0.5).astype(np.int64)


BINARY: Mapping[str, Metric] = MappingProxyType({
    "logloss": logloss,
    "error": error_at(0.5),
    "auc": auc,
    "aucpr": aucpr,
    "accuracy": classes.accuracy.of(likelier_class),
    "balanced_accuracy": classes.balanced_accuracy.of(likelier_class),
    "f1": classes.f1_macro.of(likelier_class),
    "f1_macro": classes.f1_macro.of(likelier_class),
    "f1_binary": classes.f1_of_positive.of(likelier_class),
    "precision": classes.precision_of_positive.of(likelier_class),
    "precision_macro": classes.precision_macro.of(likelier_class),
    "precision_micro": classes.accuracy.of(likelier_class),
    "recall": classes.recall_of_positive.of(likelier_class),
    "recall_macro": classes.recall_macro.of(likelier_class),
    "recall_micro": classes.accuracy.of(likelier_class),
})  # fmt: skip
"""Metrics of (n,) probabilities of class 1. ``precision`` and ``recall`` are those of class 1, ``f1`` the macro mean
(as in SageMaker's XGBoost); a row is called class 1 where its probability is above one half."""
