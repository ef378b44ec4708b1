"""Metrics and pictures for the usual kinds of prediction, shared by every algorithm that makes them.

An evaluator is given a channel part by part, labels beside predictions, and tells in the end how good they are. What it
keeps does not grow with the channel, or goes to a file where it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from contract import metrics
from contract.figures import Bars, Figure
from contract.metrics import Array, Measurement, Metric
from contract.metrics.binary import likelier_class
from contract.metrics.displays import Confusion, PredictionErrors, floats, threshold_curves
from contract.metrics.multiclass import most_probable_class
from contract.metrics.multilabel import LabelTotals, f1_by_class
from contract.metrics.ranking import Ranking


@dataclass(frozen=True)
class Evaluation:
    """The evaluation of predictions on one channel: metrics by name and pictures for the report."""

    metrics: Mapping[str, float]
    figures: Sequence[Figure] = ()


class ArrayEvaluator(Protocol):
    """Compares predictions with labels that are arrays."""

    def add(self, label: Array, prediction: Array, weight: Array | None = None, /) -> None:
        """Compares the next n records of the channel."""

    def result(self) -> Evaluation:
        """Metrics and pictures of all records that were added."""


REGRESSION = ("rmse", "mae", "mse", "r2")
BINARY = ("auc", "aucpr", "logloss", "error", "accuracy", "balanced_accuracy", "precision", "recall", "f1_binary")
MULTICLASS = ("mlogloss", "merror", "accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro")
MULTILABEL = ("accuracy", "exact_match", "logloss", "f1_micro", "f1_macro", "precision_micro", "recall_micro")
CLASSES = ("merror", "accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro")


class Regression:
    """Values against values, all (n,); ``records`` is how many will come."""

    def __init__(self, records: int) -> None:
        self._measurement = _measurement(metrics.REGRESSION, REGRESSION)
        self._errors = PredictionErrors(records)

    def add(self, label: Array, prediction: Array, weight: Array | None = None, /) -> None:
        self._measurement.add(label, prediction, weight)
        self._errors.add(label, prediction)

    def result(self) -> Evaluation:
        return Evaluation(self._measurement.result(), self._errors.figures())


class Binary:
    """Labels 0 and 1 against the probability of class 1, all (n,)."""

    def __init__(self) -> None:
        self._measurement = _measurement(metrics.BINARY, BINARY)
        self._confusion = Confusion((0, 1))

    def add(self, label: Array, probability: Array, weight: Array | None = None, /) -> None:
        self._measurement.add(label, probability, weight)
        self._confusion.add(label, likelier_class(probability))

    def result(self) -> Evaluation:
        curves = threshold_curves(self._measurement.statistic(Ranking))
        return Evaluation(self._measurement.result(), [*self._confusion.figures(), *curves])


class Multiclass:
    """Class numbers (n,) against the probabilities of the classes (n, k), which have these names."""

    def __init__(self, names: Sequence[Any]) -> None:
        self._measurement = _measurement(metrics.MULTICLASS, MULTICLASS)
        self._confusion = Confusion(names)

    def add(self, label: Array, probabilities: Array, weight: Array | None = None, /) -> None:
        self._measurement.add(label, probabilities, weight)
        self._confusion.add(label, most_probable_class(probabilities))

    def result(self) -> Evaluation:
        return Evaluation(self._measurement.result(), self._confusion.figures())


class Multilabel:
    """Zeros and ones (n, k) against the probabilities of k classes of these names, which do not exclude each other."""

    def __init__(self, names: Sequence[Any]) -> None:
        self._names = names
        self._measurement = _measurement(metrics.MULTILABEL, MULTILABEL)

    def add(self, label: Array, probabilities: Array, weight: Array | None = None, /) -> None:
        self._measurement.add(label, probabilities, weight)

    def result(self) -> Evaluation:
        scores = floats(f1_by_class(self._measurement.statistic(LabelTotals)))
        lowest_first = dict(sorted(zip(map(str, self._names), scores, strict=True), key=lambda pair: pair[1]))
        bars = Bars("F1 of each class, lowest first", "F1", lowest_first)
        return Evaluation(self._measurement.result(), (bars,))


class Classes:
    """Class numbers against predicted class numbers, all (n,); the classes have these names."""

    def __init__(self, names: Sequence[Any]) -> None:
        self._measurement = _measurement(metrics.CLASSES, CLASSES)
        self._confusion = Confusion(names)

    def add(self, label: Array, predicted: Array, weight: Array | None = None, /) -> None:
        self._measurement.add(label, predicted, weight)
        self._confusion.add(label, predicted)

    def result(self) -> Evaluation:
        return Evaluation(self._measurement.result(), self._confusion.figures())


class Renamed:
    """Some of an evaluator's metrics, under other names and in the order of these."""

    def __init__(self, evaluator: ArrayEvaluator, names: Mapping[str, str]) -> None:
        self._evaluator, self._names = evaluator, names

    def add(self, label: Array, prediction: Array, weight: Array | None = None, /) -> None:
        self._evaluator.add(label, prediction, weight)

    def result(self) -> Evaluation:
        found = self._evaluator.result()
        chosen = {name: found.metrics[known] for known, name in self._names.items() if known in found.metrics}
        return Evaluation(chosen, found.figures)


def _measurement(kind: Mapping[str, Metric], names: Sequence[str]) -> Measurement:
    return Measurement({name: kind[name] for name in names})
