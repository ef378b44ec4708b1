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
from contract.answer import Answer, RequestOptions
from contract.builtins.first_party import QualityLog
from contract.metrics import Direction, evaluation
from contract.metrics.evaluation import Evaluation
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

    def evaluate(self, predictions: NDArray[Any], data: Table) -> Evaluation:
        if self.model.predictor_type == "regressor":
            return self._of_values(predictions, data)
        return self._of_classes(predictions, data)

    def _of_values(self, predictions: NDArray[Any], data: Table) -> Evaluation:
        model, label = self.model, _label(data)
        learned = (label - model.label_shift) / model.label_scale
        given = (predictions.astype(np.float64) - model.label_shift) / model.label_scale
        values = scores.objective(model.loss, learned, given, model.class_weights)
        figures = evaluation.regression_figures(label, predictions)
        return Evaluation(values | scores.regression(label, predictions), figures)

    def _of_classes(self, predictions: NDArray[Any], data: Table) -> Evaluation:
        model, label, predicted = self.model, _label(data), self.labels(predictions)
        values = scores.objective(model.loss, label, predictions, model.class_weights)
        confusion = evaluation.confusion_figures(label, predicted, self.classes)
        if model.predictor_type == "multiclass_classifier":
            values |= scores.multiclass(label, predictions, model.f_beta, model.accuracy_top_k)
            return Evaluation(values, confusion)
        values |= scores.binary(label, predictions, predicted, model.f_beta)
        return Evaluation(values, [*confusion, *evaluation.threshold_figures(label, predictions)])


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
