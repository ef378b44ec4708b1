"""The answers of a random cut forest, and the evaluation of its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.answer import Answer, RequestOptions
from contract.data import Float32
from contract.figures import Figure, Lines
from contract.metrics import Array, Direction, Measurement, Metric, directions
from contract.metrics.classes import accuracy, f1_of_positive, precision_of_positive, recall_of_positive
from contract.metrics.evaluation import Evaluation
from contract.metrics.ordered import OrderedValues
from contract.quality_log import QualityLog, line
from contract.scores import Scores
from contract.tables.data import Table
from contract.tables.output import TableOutput

MEAN = "mean_score"
OF_ANOMALIES: Mapping[str, Metric] = {
    "accuracy": accuracy,
    "precision": precision_of_positive,
    "recall": recall_of_positive,
    "f1": f1_of_positive,
}
"""Metrics of labels and found anomalies, both 0 or 1."""
OF_LABELS = tuple(OF_ANOMALIES)
CHOICES = {"accuracy": ("accuracy",), "precision_recall_fscore": ("precision", "recall", "f1")}
"""The values of ``eval_metrics``, and what is measured for each."""
DIRECTIONS: Mapping[str, Direction | None] = {**directions(OF_LABELS), MEAN: None}
"""The better direction of every metric; a mean of scores is neither good nor bad."""
CURVE_POINTS = 500


@dataclass(frozen=True)
class ScoreOutput(TableOutput):
    """One anomaly score a record; on labelled channels, records that score above ``threshold`` count as anomalies."""

    threshold: float
    metrics: Sequence[str]
    """``accuracy``, ``precision_recall_fscore`` or both: what is measured where there are labels."""
    task: str = "anomaly detection"
    classes: Sequence[Any] = ()

    def answer(self, predictions: NDArray[Any], batch: Table, options: RequestOptions) -> Answer:
        return Answer({"score": predictions}, envelope="scores")

    def evaluator(self, records: int) -> ScoreEvaluator:
        return ScoreEvaluator(self.threshold, self.metrics)


class ScoreEvaluator:
    """Compares what scores above the threshold with the labels, if there are any, and puts all scores in order."""

    def __init__(self, threshold: float, metrics: Sequence[str]) -> None:
        self._threshold = threshold
        names = [name for choice in CHOICES if choice in metrics for name in CHOICES[choice]]
        self._against = Measurement({name: OF_ANOMALIES[name].of(self._anomalies) for name in names})
        self._labelled = False
        self._scores = OrderedValues()
        self._sum, self._records = 0.0, 0

    def add(self, predictions: Float32, data: Table) -> None:
        self._sum += float(predictions.sum(dtype=np.float64))
        self._records += len(predictions)
        self._scores.add(predictions)
        if data.label is not None:
            self._labelled = True
            self._against.add(data.label, predictions)

    def result(self) -> Evaluation:
        values = self._against.result() if self._labelled else {}
        return Evaluation({**values, MEAN: self._sum / self._records}, [self._ranked()])

    def _anomalies(self, scores: Array) -> Array:
        return (scores > self._threshold).astype(np.int64)

    def _ranked(self) -> Figure:
        records, ascending = self._records, self._scores.ascending()
        shown = np.unique(np.linspace(0, records - 1, CURVE_POINTS).astype(np.int64))
        share, ranked = ((shown + 1) / records).tolist(), np.asarray(ascending[records - 1 - shown]).tolist()
        rule = ([share[0], share[-1]], [self._threshold, self._threshold])
        title = "Anomaly scores, highest first"
        return Lines(title, "share of the records", "score", {"score": (share, ranked), "threshold": rule})


class ScoreLog(QualityLog):
    """Tells why a test channel without labels has none of the metrics that a tuner waits for.

    The train channel never has them: its labels are not looked at.
    """

    def lines(self, host: str, step: int | None, scores: Scores) -> Sequence[str]:
        lines = super().lines(host, step, scores)
        return [*lines, line(_UNLABELLED)] if set(scores.get("test", ())) == {MEAN} else lines

    def definition(self, channel: str, metric: str) -> Mapping[str, str] | None:
        return None if channel == "train" and metric in OF_LABELS else super().definition(channel, metric)


_UNLABELLED = (
    "the test channel has no labels, so that eval_metrics (test:f1 and the others) are not measured: "
    "put 1 for an anomaly and 0 for all others into its first column and send text/csv;label_size=1"
)
