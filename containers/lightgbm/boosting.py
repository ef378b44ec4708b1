"""The algorithm ``lightgbm``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from containers.lightgbm import model_file
from containers.lightgbm.hyperparameters import LightGBMHyperparameters
from containers.lightgbm.metric_log import DIRECTIONS, LightGBMLog
from containers.lightgbm.model import Model
from containers.lightgbm.rounds import boost
from contract.algorithm import Algorithm, Example, Signature
from contract.answer import USUAL, RequestOptions
from contract.builtins.problem import ProblemOutput, decide, validated
from contract.builtins.tabular import tabular_input
from contract.context import Context
from contract.figures import Figure, importance
from contract.tables.data import Table
from contract.tables.input import missing_example


class LightGBM(Algorithm[LightGBMHyperparameters, Table, Model]):
    """Boosted trees. A model directory holds the library's own file ``model.txt``."""

    name: ClassVar[str] = "lightgbm"
    Hyperparameters = LightGBMHyperparameters
    libraries: Sequence[str] = ("lightgbm", "numpy")
    metrics = DIRECTIONS
    metric_log = LightGBMLog()
    input = tabular_input()
    holds_out: ClassVar[bool] = True

    def fit(self, params: LightGBMHyperparameters, train: Table, validation: Table | None, context: Context) -> Model:
        problem = decide(params.problem_type, train, context)
        params.check(problem)
        _say_what_else_holds(params, train, context)
        learned, held_out = validated(problem, train, validation, context)
        return model_file.parse(boost(params, problem, learned, held_out, context).encode())

    def predict(self, model: Model, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        return model.predict(batch)

    def output(self, model: Model) -> ProblemOutput:
        return ProblemOutput(model.problem)

    def save(self, model: Model, directory: Path) -> None:
        (directory / model_file.NAME).write_text(model.booster.model_to_string(), encoding="utf-8")

    def load(self, directory: Path) -> Model:
        return model_file.load(model_file.find(directory))

    def best_iteration(self, model: Model) -> int | None:
        return int(model.booster.current_iteration()) - 1

    def figures(self, model: Model, signature: Signature) -> Sequence[Figure]:
        gains = enumerate(model.booster.feature_importance("gain").tolist())
        used = {column: gain for column, gain in gains if gain > 0}
        names = signature.get("feature_names", ())
        return (importance("Feature importance", "total gain of its splits", used, names),)

    def adopt(self, directory: Path) -> tuple[Signature, Example]:
        header = model_file.head(model_file.find(directory))
        signature: dict[str, Any] = {"feature_count": header.feature_count, "feature_names": header.feature_names}
        if header.levels:
            signature["categories"] = {str(column): list(texts) for column, texts in header.levels.items()}
        return signature, missing_example(header.feature_count)


def _say_what_else_holds(params: LightGBMHyperparameters, train: Table, context: Context) -> None:
    """Logs where a setting does not do what its name says, and where memory may not suffice."""
    if params.boosting == "dart" and params.early_stopping_rounds > 0:
        context.log("boosting dart changes earlier trees in every round: early_stopping_rounds has no effect")
    if params.boosting == "goss" and params.bagging_freq > 0:
        context.log("boosting goss draws the records itself: bagging_freq and bagging_fraction have no effect")
    if isinstance(train.features, np.memmap):
        context.log(
            "LightGBM keeps the bins of the train channel in memory, those of the validation records too: about one "
            "byte a cell, two with max_bin over 255"
        )


ALGORITHM = LightGBM()
