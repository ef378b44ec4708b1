"""Metrics of a yes-or-no prediction: label is 0 or 1, score the probability of class 1; all arrays are (n,)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from contract.metrics import classes
from contract.metrics.arrays import Array, Float64, Metric, mean
from contract.metrics.curves import operating_points

_SMALLEST_PROBABILITY = 1e-16


def logloss(label: Array, score: Array, weight: Array | None = None) -> float:
    """- E (y log s + (1 - y) log(1 - s)), with logarithms of at least 1e-16 (xgboost)."""
    right = label * _log(score) + (1 - label) * _log(1 - score)
    return -mean(right, weight)


def error(label: Array, score: Array, weight: Array | None = None, threshold: float = 0.5) -> float:
    """The share of rows on the wrong side of the threshold; a score equal to it counts as class 0 (xgboost)."""
    return mean(np.where(score > threshold, 1 - label, label), weight)


def auc(label: Array, score: Array, weight: Array | None = None) -> float:
    """The area under the ROC curve: the chance that a row of class 1 scores above one of class 0, ties counting half.

    nan where only one class occurs.
    """
    true, false = operating_points(label, score, weight)
    area = np.sum(np.diff(false) * (true[1:] + true[:-1]) / 2)
    everything = true[-1] * false[-1]
    return float(area / everything) if everything else float("nan")


def aucpr(label: Array, score: Array, weight: Array | None = None) -> float:
    """The area under the precision-recall curve; nan where only one class occurs.

    Between two operating points true and false positives grow linearly together, so precision follows a hyperbola
    (Davis and Goadrich 2006; with weights Keilwagen, Grosse and Grau 2014) and its integral has a closed form. With r
    the recall and h the false positives gained for each true one, precision is r / ((1 + h) r + b).
    """
    true, false = operating_points(label, score, weight)
    if not true[-1] * false[-1]:
        return float("nan")
    gained = np.diff(true) > 0
    step = np.diff(true)[gained]
    slope = 1 + np.diff(false)[gained] / step
    offset = false[:-1][gained] - (slope - 1) * true[:-1][gained]
    growth = _log_growth(true + false, gained)
    return float(np.sum((step - offset / slope * growth) / slope) / true[-1])


def _log_growth(called: Float64, gained: Array) -> Float64:
    """log of how much the weight called positive grows in each step; 0 from nothing, where the offset is 0 too."""
    before, after = called[:-1][gained], called[1:][gained]
    return np.log(np.divide(after, before, out=np.ones_like(after), where=before > 0))


def _log(probability: Array) -> Float64:
    return np.log(np.maximum(np.asarray(probability, np.float64), _SMALLEST_PROBABILITY))


def _at_one_half(metric: Metric) -> Metric:
    """A metric of classes as one of scores: above one half is class 1."""

    def of_scores(label: Array, score: Array, weight: Array | None = None) -> float:
        return metric(label, (score > 0.5).astype(np.int64), weight)

    return of_scores


BINARY: Mapping[str, Metric] = MappingProxyType({
    "logloss": logloss,
    "error": error,
    "auc": auc,
    "aucpr": aucpr,
    "accuracy": _at_one_half(classes.accuracy),
    "balanced_accuracy": _at_one_half(classes.balanced_accuracy),
    "f1": _at_one_half(classes.f1_macro),
    "f1_macro": _at_one_half(classes.f1_macro),
    "f1_binary": _at_one_half(classes.f1_of_positive),
    "precision": _at_one_half(classes.precision_of_positive),
    "precision_macro": _at_one_half(classes.precision_macro),
    "precision_micro": _at_one_half(classes.accuracy),
    "recall": _at_one_half(classes.recall_of_positive),
    "recall_macro": _at_one_half(classes.recall_macro),
    "recall_micro": _at_one_half(classes.accuracy),
})  # fmt: skip
"""Metrics of (n,) probabilities of class 1. ``precision`` and ``recall`` are those of class 1, ``f1`` the macro mean
(as in SageMaker's XGBoost); a row is called class 1 where its probability is above one half."""
