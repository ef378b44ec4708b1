"""The algorithm ``mlp``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from numpy.typing import NDArray

from containers.tensorflow.mlp import model_file, training
from containers.tensorflow.mlp.hyperparameters import MLPHyperparameters
from containers.tensorflow.mlp.metric_log import DIRECTIONS, EpochLog
from containers.tensorflow.mlp.model import Model
from contract.algorithm import Algorithm
from contract.answer import USUAL, RequestOptions
from contract.builtins.problem import ProblemOutput, decide, validated
from contract.builtins.tabular import tabular_input
from contract.context import Context
from contract.tables.data import Table


class MLP(Algorithm[MLPHyperparameters, Table, Model]):
    """A multilayer perceptron. A model directory holds ``network.keras`` and ``mlp.json``, how it is built."""

    name: ClassVar[str] = "mlp"
    Hyperparameters = MLPHyperparameters
    libraries: Sequence[str] = ("tensorflow-cpu", "tensorflow", "keras", "numpy")
    metrics = DIRECTIONS
    metric_log = EpochLog()
    input = tabular_input()
    resumes: ClassVar[bool] = True
    distributed: ClassVar[bool] = True
    holds_out: ClassVar[bool] = True

    def fit(self, params: MLPHyperparameters, train: Table, validation: Table | None, context: Context) -> Model:
        problem = decide(params.problem_type, train, context)
        params.check(problem)
        learned, held_out = validated(problem, train, validation, context)
        return training.train(params, problem, learned, held_out, context)

    def predict(self, model: Model, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        return model.predict(batch)

    def output(self, model: Model) -> ProblemOutput:
        return ProblemOutput(model.plan.problem)

    def save(self, model: Model, directory: Path) -> None:
        model_file.save(model, directory)

    def load(self, directory: Path) -> Model:
        return model_file.load(directory)

    def best_iteration(self, model: Model) -> int | None:
        return model.epoch


ALGORITHM = MLP()
