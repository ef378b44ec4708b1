"""The answers of neighbours, and their evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.answer import Answer, RequestOptions
from contract.data import Float32
from contract.metrics import CLASSES, Array, Direction, Measurement, directions
from contract.metrics.classes import ClassPairs
from contract.metrics.displays import matrices
from contract.metrics.evaluation import Evaluation, Regression, Renamed
from contract.tables.data import Table
from contract.tables.evaluation import TableEvaluator
from contract.tables.output import TableOutput

METRICS = {
    "accuracy": "accuracy",
    "f1_macro": "macro_f_1.000",
    "balanced_accuracy": "balanced_accuracy",
    "precision_macro": "precision_macro",
    "recall_macro": "recall_macro",
}
"""The metrics of a classifier, and their names in SageMaker's log: those that its k-NN knows first."""
VALUES = ("mse", "rmse", "mae", "r2")
"""The metrics of a regressor."""
DIRECTIONS: Mapping[str, Direction] = {**dict.fromkeys(METRICS.values(), "Maximize"), **directions(VALUES)}
"""The better direction of every metric, by its name in the log."""


@dataclass(frozen=True)
class NeighbourOutput(TableOutput):
    """Predictions are (n, 2, k): the distances of the neighbours, and their labels. ``labels`` are all indexed ones."""

    predictor_type: str
    labels: Float32

    @property
    def task(self) -> str:
        if self.predictor_type == "regressor":
            return "regression"
        return "binary classification" if len(self.classes) == 2 else "multiclass classification"

    @property
    def classes(self) -> Sequence[float]:
        """The labels that a vote chooses from; none where labels are averaged."""
        found: list[float] = np.unique(self.labels).tolist() if self.predictor_type == "classifier" else []
        return found

    def answer(self, predictions: NDArray[Any], batch: Table, options: RequestOptions) -> Answer:
        columns = {"predicted_label": self.predicted(predictions)}
        if options.verbose:
            columns |= {"distances": predictions[:, 0], "labels": predictions[:, 1]}
        return Answer(columns)

    def predicted(self, predictions: NDArray[Any]) -> Float32:
        """The label of each record, (n,)."""
        labels = predictions[:, 1]
        if self.predictor_type == "classifier":
            return vote(labels)
        return np.asarray(labels.mean(axis=1, dtype=np.float64), np.float32)

    def evaluator(self, records: int) -> TableEvaluator:
        if self.predictor_type == "regressor":
            values = {name: name for name in VALUES}
            return TableEvaluator(Renamed(Regression(records), values), self.predicted)
        return TableEvaluator(Votes(self.classes), self.predicted)


class Votes:
    """Labels against predicted labels, whatever numbers they are; ``classes`` have a row in the matrix in any case."""

    def __init__(self, classes: Sequence[float]) -> None:
        self._measurement = Measurement({METRICS[name]: CLASSES[name] for name in METRICS})
        self._pairs = ClassPairs(classes)

    def add(self, label: Array, predicted: Array, weight: Array | None = None) -> None:
        self._measurement.add(label, predicted)
        self._pairs.add(label, predicted, None)

    def result(self) -> Evaluation:
        names = [f"{name:g}" for name in self._pairs.classes]
        return Evaluation(self._measurement.result(), matrices(self._pairs.matrix, names))


def vote(labels: Float32) -> Float32:
    """The most frequent label of each row, (n,) from (n, k); of equally frequent ones that of the nearest neighbour."""
    rows, k = labels.shape
    order = np.argsort(labels, axis=1, kind="stable")
    ordered = np.take_along_axis(labels, order, 1)
    starts = np.ones((rows, k), bool)
    starts[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    run = np.cumsum(starts) - 1
    votes = np.empty((rows, k), np.int64)
    np.put_along_axis(votes, order, np.bincount(run)[run].reshape(rows, k), 1)
    return np.asarray(labels[np.arange(rows), votes.argmax(axis=1)])
