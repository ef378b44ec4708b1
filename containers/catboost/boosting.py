"""The algorithm ``catboost``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from containers.catboost import metric_names, model_file
from containers.catboost.hyperparameters import CatBoostHyperparameters
from containers.catboost.model import Model
from containers.catboost.rounds import boost
from contract.algorithm import Algorithm, Example, Signature
from contract.answer import USUAL, RequestOptions
from contract.builtins.problem import Problem, ProblemOutput, decide, validated
from contract.builtins.tabular import tabular_input
from contract.context import Context
from contract.errors import ChannelError, HyperparameterError
from contract.figures import Figure, importance
from contract.tables.data import Table
from contract.tables.input import missing_example

_NUMBERED = re.compile(r"(feature_)?\d+")


class CatBoostAlgorithm(Algorithm[CatBoostHyperparameters, Table, Model]):
    """Ordered boosting of trees. A model directory holds the library's own file ``model``."""

    name: ClassVar[str] = "catboost"
    Hyperparameters = CatBoostHyperparameters
    libraries: Sequence[str] = ("catboost", "numpy")
    metrics = metric_names.DIRECTIONS
    metric_log = metric_names.CatBoostLog()
    input = tabular_input()
    holds_out: ClassVar[bool] = True

    def fit(self, params: CatBoostHyperparameters, train: Table, validation: Table | None, context: Context) -> Model:
        problem = decide(params.problem_type, train, context)
        problems = params.problems(problem.kind)
        if problems:
            raise HyperparameterError("\n".join(problems))
        _say_what_else_holds(params, train, context)
        learned, held_out = validated(problem, train, validation, context, params.random_seed)
        _check_metric(params, problem, held_out, "train" if validation is None else "validation")
        return boost(params, problem, learned, held_out, context)

    def predict(self, model: Model, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        return model.predict(batch)

    def output(self, model: Model) -> ProblemOutput:
        return ProblemOutput(model.problem)

    def save(self, model: Model, directory: Path) -> None:
        model_file.save(model, directory / model_file.NAME)

    def load(self, directory: Path) -> Model:
        return model_file.load(model_file.find(directory))

    def best_iteration(self, model: Model) -> int | None:
        return model.tree_count - 1

    def figures(self, model: Model, signature: Signature) -> Sequence[Figure]:
        values = dict(enumerate(model.booster.get_feature_importance().tolist()))
        label = "share of the changes of predictions, %"
        return (importance("Feature importance", label, values, signature.get("feature_names", ())),)

    def adopt(self, directory: Path) -> tuple[Signature, Example]:
        model = self.load(directory)
        names = list(model.booster.feature_names_)
        signature: dict[str, Any] = {
            "feature_count": model.feature_count,
            "feature_names": [] if all(_NUMBERED.fullmatch(name) for name in names) else names,
        }
        if model.levels:
            signature["categories"] = {str(column): list(levels) for column, levels in model.levels.items()}
        if model.levels and not model.knows_levels:
            signature["unlisted_categories"] = sorted(model.levels)
        return signature, missing_example(model.feature_count)


def _say_what_else_holds(params: CatBoostHyperparameters, train: Table, context: Context) -> None:
    """Logs where a setting does not do what its name says, and where memory may not suffice."""
    if params.grow_policy == "Lossguide" and params.sampling_frequency != "PerTree":
        context.log("grow_policy Lossguide draws records for each tree: sampling_frequency PerTreeLevel has no effect")
    if isinstance(train.features, np.memmap):
        context.log("the train channel is kept on disk for its size, but CatBoost needs all of it in memory")


def _check_metric(params: CatBoostHyperparameters, problem: Problem, held_out: Table, channel: str) -> None:
    """The library returns some number for metrics that the validation data do not define."""
    metric = metric_names.base(params.metric(problem.kind))
    if metric in metric_names.NEED_DIFFERENT_LABELS and np.ptp(held_out.labels) == 0:
        drawn = "the records held out of it" if channel == "train" else "its records"
        raise ChannelError(
            f"channel {channel!r}: the labels of {drawn} are all equal, which leaves eval_metric {metric} undefined; "
            "give other records, a validation channel or another eval_metric"
        )


ALGORITHM = CatBoostAlgorithm()
