"""The answers of a Linear Learner endpoint, their evaluation, and the metrics in the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.linear_learner import scores
from containers.sklearn.linear_learner.hyperparameters import LOSSES
from containers.sklearn.linear_learner.losses import Loss
from containers.sklearn.linear_learner.model import LinearModel
from contract.algorithm import Evaluator
from contract.answer import Answer, RequestOptions
from contract.metrics import Direction, Measurement, Metric
from contract.metrics.displays import Confusion, PredictionErrors, threshold_curves
from contract.metrics.evaluation import Evaluation
from contract.metrics.ranking import Ranking
from contract.quality_log import QualityLog
from contract.tables.data import Table
from contract.tables.output import TableOutput

TASKS = {
    "regressor": "regression",
    "binary_classifier": "binary classification",
    "multiclass_classifier": "multiclass classification",
}


@dataclass(frozen=True)
class LinearLearnerOutput(TableOutput):
    """``score``, and for classifiers ``predicted_label``: by the calibrated threshold, or the most probable class."""

    model: LinearModel

    @property
    def task(self) -> str:
        return TASKS[self.model.predictor_type]

    @property
    def classes(self) -> Sequence[int]:
        counts = {"regressor": 0, "binary_classifier": 2}
        return range(counts.get(self.model.predictor_type, self.model.bias.size))

    def answer(self, predictions: NDArray[Any], batch: Table, options: RequestOptions) -> Answer:
        if self.model.predictor_type == "regressor":
            return Answer({"score": predictions})
        return Answer({"score": predictions, "predicted_label": self.labels(predictions)})

    def labels(self, predictions: NDArray[Any]) -> NDArray[np.int64]:
        """The predicted classes (n,) of a classifier's scores."""
        if predictions.ndim == 2:
            return np.asarray(predictions.argmax(axis=1), np.int64)
        return (predictions.astype(np.float64) > self.model.threshold).astype(np.int64)

    def evaluator(self, records: int) -> Evaluator[Table]:
        kind = self.model.predictor_type
        if kind == "regressor":
            return ValueEvaluator(self.model, records)
        if kind == "binary_classifier":
            return BinaryEvaluator(self, scores.binary(self.labels, self.model.f_beta))
        return ClassEvaluator(self, scores.multiclass(len(self.classes), self.model.f_beta, self.model.accuracy_top_k))


class ValueEvaluator:
    """Values against labels; the loss is measured as it is learned, on shifted and scaled ones."""

    def __init__(self, model: LinearModel, records: int) -> None:
        self._model = model
        self._loss = Measurement(scores.objective(model.loss, model.class_weights))
        self._values = Measurement(scores.VALUES)
        self._errors = PredictionErrors(records)

    def add(self, predictions: NDArray[Any], data: Table) -> None:
        model, label = self._model, _label(data)
        learned = (label - model.label_shift) / model.label_scale
        self._loss.add(learned, (predictions.astype(np.float64) - model.label_shift) / model.label_scale)
        self._values.add(label, predictions)
        self._errors.add(label, predictions)

    def result(self) -> Evaluation:
        return Evaluation(self._loss.result() | self._values.result(), self._errors.figures())


class ClassEvaluator:
    """Scores or probabilities, and the labels predicted from them, against labels, by the loss and by ``metrics``."""

    def __init__(self, output: LinearLearnerOutput, metrics: Mapping[str, Metric]) -> None:
        model, self._labels = output.model, output.labels
        self._measurement = Measurement({**scores.objective(model.loss, model.class_weights), **metrics})
        self._confusion = Confusion(output.classes)

    def add(self, predictions: NDArray[Any], data: Table) -> None:
        label = _label(data)
        self._measurement.add(label, predictions)
        self._confusion.add(label, self._labels(predictions))

    def result(self) -> Evaluation:
        return Evaluation(self._measurement.result(), self._confusion.figures())


class BinaryEvaluator(ClassEvaluator):
    """The same with the curves of all thresholds."""

    def result(self) -> Evaluation:
        found, curves = super().result(), threshold_curves(self._measurement.statistic(Ranking))
        return Evaluation(found.metrics, [*found.figures, *curves])


def _label(data: Table) -> NDArray[np.float64]:
    return data.labels.astype(np.float64)


OBJECTIVES = frozenset(Loss(name).objective for names in LOSSES.values() for name in names)
FINAL = {name + scores.FINAL: name for name in sorted(OBJECTIVES)}
"""The names of the losses of the final model, and their words in the log."""
DIRECTIONS: Mapping[str, Direction] = {
    **dict.fromkeys((*sorted(OBJECTIVES), *FINAL), "Minimize"),
    **dict.fromkeys(sorted(scores.ERRORS), "Minimize"),
    **dict.fromkeys(scores.BETTER_WHEN_LARGER, "Maximize"),
}
"""The better direction of every metric."""


class LinearLearnerLog(QualityLog):
    """The log's lines; a loss is told of in every epoch, and once more of the final model."""

    def __init__(self) -> None:
        losses = OBJECTIVES | FINAL.keys() | scores.ERRORS
        super().__init__(losses=losses, tokens=FINAL, names=scores.TUNED, quiet=scores.ONLY_LOGGED)

    def definition(self, channel: str, metric: str) -> Mapping[str, str] | None:
        name, final, _ = metric.partition(scores.FINAL)
        if name not in OBJECTIVES:
            return super().definition(channel, metric)
        if channel == "test" and not final:
            return None  # it is not looked at before the model is final
        epoch = "" if final else r" epoch=\S+,"
        ending = final if channel != "test" else ""
        regex = rf"#quality_metric: host=\S+,{epoch} {channel} \S+_objective <loss>=(\S+)"
        return {"Name": f"{channel}:objective_loss{ending}", "Regex": regex}
