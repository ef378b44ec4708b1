"""The algorithm ``linear-learner``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.linear_learner import labels
from containers.sklearn.linear_learner.answers import DIRECTIONS, LinearLearnerLog, LinearLearnerOutput
from containers.sklearn.linear_learner.calibration import calibrated, select
from containers.sklearn.linear_learner.candidates import candidates
from containers.sklearn.linear_learner.hyperparameters import LinearLearnerHyperparameters
from containers.sklearn.linear_learner.losses import Float64, Loss
from containers.sklearn.linear_learner.model import LinearModel, load_model
from containers.sklearn.linear_learner.records import RECORDS
from containers.sklearn.linear_learner.scaling import measure
from containers.sklearn.linear_learner.steps import steps_of
from containers.sklearn.linear_learner.task import Task
from containers.sklearn.linear_learner.training import train as descend
from contract.algorithm import Algorithm, Channel, Signature
from contract.answer import USUAL, RequestOptions
from contract.context import Context
from contract.figures import Bars, Figure
from contract.quality_log import line
from contract.tables.data import Table
from contract.tables.idle_columns import tell_of_idle_columns
from contract.tables.input import check_feature_dim

COEFFICIENT_BARS = 25


class LinearLearner(Algorithm[LinearLearnerHyperparameters, Table, LinearModel]):
    """Linear models by mini-batch gradient descent; the best of several is kept in ``model_algo-1``."""

    name: ClassVar[str] = "linear-learner"
    channels: ClassVar[Sequence[Channel]] = (
        Channel("train", True, ("training",)),
        Channel("validation"),
        Channel("test"),
    )
    Hyperparameters = LinearLearnerHyperparameters
    libraries: Sequence[str] = ("scikit-learn", "numpy")
    metrics = DIRECTIONS
    metric_log = LinearLearnerLog()
    input = RECORDS

    def fit(
        self, params: LinearLearnerHyperparameters, train: Table, validation: Table | None, context: Context
    ) -> LinearModel:
        check_feature_dim(None if isinstance(params.feature_dim, str) else params.feature_dim, train)
        if params.predictor_type == "binary_classifier":
            _tell_of_one_class({"train": train, "validation": validation}, context)
        task = _task(params, train, validation is not None)
        tell_of_idle_columns(np.flatnonzero(task.scaling.idle).tolist(), train, lambda text: context.log(line(text)))
        context.log(line(f"{len(task.candidates)} models are trained side by side, loss {task.loss.name}"))
        trained = descend(task, train, validation, context)
        judge = train if validation is None else validation
        chosen = select(task, trained, judge)
        kept = _finished(task, trained.parameters[:, chosen], chosen)
        kept = calibrated(params, kept, judge, context)
        threshold = f", threshold {kept.threshold:.6g}" if params.predictor_type == "binary_classifier" else ""
        context.log(line(f"model {chosen} is kept: {task.candidates.text(chosen)}{threshold}"))
        return kept

    def predict(self, model: LinearModel, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        return model.predict(batch)

    def output(self, model: LinearModel) -> LinearLearnerOutput:
        return LinearLearnerOutput(model)

    def save(self, model: LinearModel, directory: Path) -> None:
        model.save(directory)

    def load(self, directory: Path) -> LinearModel:
        return load_model(directory)

    def figures(self, model: LinearModel, signature: Signature) -> Sequence[Figure]:
        effects = model.weights * model.spread[:, None]
        values = effects[:, 0] if effects.shape[1] == 1 else np.abs(effects).mean(axis=1)
        meaning = "coefficient" if effects.shape[1] == 1 else "mean size of the coefficients over the classes"
        top = np.argsort(-np.abs(values), kind="stable")[:COEFFICIENT_BARS].tolist()
        names = signature.get("feature_names") or {index: f"feature {index}" for index in top}
        bars = {names[index]: float(values[index]) for index in top}
        return (Bars("Coefficients", f"{meaning}, for one standard deviation of the feature", bars),)


def _task(params: LinearLearnerHyperparameters, train: Table, is_judged: bool) -> Task:
    scaling = measure(params, train)
    needs_balance = params.predictor_type == "binary_classifier" and isinstance(
        params.positive_example_weight_mult, str
    )
    imbalance = labels.negatives_to_positives(train) if needs_balance else 1.0
    models = candidates(params, scaling, steps_of(params, len(train)), imbalance, is_judged)
    weights = labels.class_weights(params, train, models.positive)
    return Task(params, Loss(params.loss_name, params.loss_parameter), scaling, models, weights)


def _tell_of_one_class(channels: Mapping[str, Table | None], context: Context) -> None:
    for name, table in channels.items():
        if table is None or table.label is None or (only := labels.only_class(table.label)) is None:
            continue
        text = f"channel {name!r}: all {len(table)} records have label {only}, so roc_auc_score is not defined"
        context.log(line(text))


def _finished(task: Task, parameters: Float64, number: int) -> LinearModel:
    """The model of parameters (width, k), not yet calibrated."""
    params, scaling = task.params, task.scaling
    weights, bias = scaling.undone(parameters)
    return LinearModel(
        predictor_type=params.predictor_type,
        loss=task.loss,
        weights=weights,
        bias=bias,
        threshold=task.loss.natural_threshold,
        class_weights=task.class_weights[:, number],
        label_shift=scaling.label_shift,
        label_scale=scaling.label_scale,
        spread=scaling.spread,
        f_beta=params.f_beta,
        accuracy_top_k=params.accuracy_top_k,
    )


ALGORITHM = LinearLearner()
