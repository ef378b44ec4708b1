"""The algorithm ``mlp``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from numpy.typing import NDArray

from containers.tensorflow.mlp import model_file, training
from containers.tensorflow.mlp.hyperparameters import MLPHyperparameters
from containers.tensorflow.mlp.metric_log import DIRECTIONS, MLPLog
from containers.tensorflow.mlp.model import MLPModel
from contract.algorithm import Algorithm
from contract.answer import USUAL, RequestOptions
from contract.builtins.problem import ProblemOutput, decide, validated
from contract.builtins.tabular import tabular_input
from contract.context import Context
from contract.tables.data import Table


class MLP(Algorithm[MLPHyperparameters, Table, MLPModel]):
    """A multilayer perceptron. A model directory holds ``network.keras`` and ``mlp.json``, how it is built."""

    name: ClassVar[str] = "mlp"
    Hyperparameters = MLPHyperparameters
    libraries: Sequence[str] = ("tensorflow-cpu", "tensorflow", "keras", "numpy")
    metrics = DIRECTIONS
    metric_log = MLPLog()
    input = tabular_input()
    resumes: ClassVar[bool] = True
    distributed: ClassVar[bool] = True
    holds_out: ClassVar[bool] = True

    def fit(self, params: MLPHyperparameters, train: Table, validation: Table | None, context: Context) -> MLPModel:
        problem = decide(params.problem_type, train, context)
        params.check(problem)
        learned, held_out = validated(problem, train, validation, context)
        return training.train(params, problem, learned, held_out, context)

    def predict(self, model: MLPModel, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        return model.predict(batch)

    def output(self, model: MLPModel) -> ProblemOutput:
        return ProblemOutput(model.plan.problem)

    def save(self, model: MLPModel, directory: Path) -> None:
        model_file.save(model, directory)

    def load(self, directory: Path) -> MLPModel:
        return model_file.load(directory)

    def best_iteration(self, model: MLPModel) -> int | None:
        return model.epoch


ALGORITHM = MLP()
