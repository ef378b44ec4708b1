"""The answers of a random cut forest, and the evaluation of its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.answer import Answer, RequestOptions
from contract.builtins.first_party import QualityLog, line
from contract.figures import Figure, Lines
from contract.metrics import Direction, directions
from contract.metrics.classes import accuracy, f1_of_positive, precision_of_positive, recall_of_positive
from contract.metrics.evaluation import Evaluation
from contract.scores import Scores
from contract.tables.data import Float32, Table
from contract.tables.output import TableOutput

MEAN = "mean_score"
OF_LABELS = ("accuracy", "precision", "recall", "f1")
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

    def evaluate(self, predictions: NDArray[Any], data: Table) -> Evaluation:
        values = {MEAN: float(predictions.mean(dtype=np.float64))}
        if data.label is not None:
            values = self._against(data.label, predictions) | values
        return Evaluation(values, [self._ranked(predictions)])

    def _against(self, label: Float32, scores: Float32) -> dict[str, float]:
        found = (scores > self.threshold).astype(np.int64)
        values = {}
        if "accuracy" in self.metrics:
            values["accuracy"] = accuracy(label, found)
        if "precision_recall_fscore" in self.metrics:
            values["precision"] = precision_of_positive(label, found)
            values["recall"] = recall_of_positive(label, found)
            values["f1"] = f1_of_positive(label, found)
        return values

    def _ranked(self, scores: Float32) -> Figure:
        shown = np.unique(np.linspace(0, len(scores) - 1, CURVE_POINTS).astype(np.int64))
        share, ranked = ((shown + 1) / len(scores)).tolist(), np.sort(scores)[::-1][shown].tolist()
        rule = ([share[0], share[-1]], [self.threshold, self.threshold])
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
