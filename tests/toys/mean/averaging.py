"""The algorithm ``mean``: the mean label, corrected by a straight line through the means of the records."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from contract.algorithm import Algorithm, Evaluator
from contract.answer import USUAL, Answer, RequestOptions
from contract.context import Context
from contract.errors import ArtifactError, RequestError
from contract.hyperparameters import Hyperparameters, hyperparameter
from contract.metrics import Direction, directions, evaluation
from contract.scores import Scores
from contract.tables.data import Sparse, Table
from contract.tables.evaluation import TableEvaluator
from contract.tables.input import REQUEST_TYPES, TableInput
from contract.wire.answers import ANSWERS

MODEL_FILE = "mean.json"


@dataclass(frozen=True, kw_only=True)
class MeanHyperparameters(Hyperparameters):
    num_round: int = hyperparameter(3, bounds="[1, inf)", tunable=(1, 10), help="Steps towards the slope.")
    quantile: float | None = hyperparameter(None, bounds="[0, 1]", help="Start from this quantile, not the mean.")
    shrinkage: float = hyperparameter(0.0, bounds="[0, 1)", tunable=(0, 0.9), help="Part of the slope to leave out.")


@dataclass(frozen=True)
class MeanModel:
    """Predicts ``level + slope * (mean of the record - center)``."""

    level: float
    slope: float
    center: float


@dataclass(frozen=True)
class MeanOutput:
    task: str = "regression"
    classes: Sequence[Any] = ()
    accepts: Sequence[str] = (
        "application/json",
        "text/csv",
        "application/jsonlines",
        "application/x-recordio-protobuf",
    )

    def answer(self, predictions: NDArray[Any], batch: Table, options: RequestOptions) -> Answer:
        known = {"score": predictions, "rounded": np.rint(predictions)}
        names = options.wanted or (("score", "rounded") if options.verbose else ("score",))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise RequestError(f"unknown output {', '.join(unknown)}; choose from {', '.join(known)}")
        return Answer({name: known[name] for name in names})

    def usual_accept(self, content_type: str) -> str:
        return self.accepts[0]

    def encode(self, answer: Answer, accept: str) -> bytes:
        return ANSWERS[accept](answer)

    def evaluator(self, records: int) -> Evaluator[Table]:
        return TableEvaluator(evaluation.Regression(records))


class MeanLog:
    """Lines such as ``round 2: validation:rmse=0.4``."""

    def lines(self, host: str, step: int | None, scores: Scores) -> list[str]:
        moment = "final model" if step is None else f"round {step}"
        return [
            f"{moment}: {channel}:{metric}={value:.9g}"
            for channel, values in scores.items()
            for metric, value in values.items()
        ]

    def definition(self, channel: str, metric: str) -> Mapping[str, str]:
        return {"Name": f"{channel}:{metric}", "Regex": rf"\b{channel}:{metric}=(\S+)"}


class Mean(Algorithm[MeanHyperparameters, Table, MeanModel]):
    name: ClassVar[str] = "mean"
    Hyperparameters = MeanHyperparameters
    input = TableInput[MeanHyperparameters](content_types=REQUEST_TYPES)
    metrics: ClassVar[Mapping[str, Direction | None]] = directions(evaluation.REGRESSION)
    metric_log = MeanLog()
    libraries: Sequence[str] = ("numpy",)

    def fit(self, params: MeanHyperparameters, train: Table, validation: Table | None, context: Context) -> MeanModel:
        label, means = _label(train), row_means(train)
        level = float(label.mean() if params.quantile is None else np.quantile(label, params.quantile))
        center = float(means.mean())
        slope = float(np.dot(means - center, label) / max(np.dot(means - center, means - center), 1e-12))
        target = slope * (1 - params.shrinkage)
        model = MeanModel(level, 0.0, center)
        for step in range(params.num_round):
            if context.stopping():
                break
            model = MeanModel(level, target * (1 - 0.1 ** (step + 1)), center)
            context.log_round(step, _scores(model, {"train": train, "validation": validation}))
        return model

    def predict(self, model: MeanModel, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        return line(model, batch)

    def output(self, model: MeanModel) -> MeanOutput:
        return MeanOutput()

    def save(self, model: MeanModel, directory: Path) -> None:
        (directory / MODEL_FILE).write_text(json.dumps(asdict(model)))

    def load(self, directory: Path) -> MeanModel:
        try:
            return MeanModel(**json.loads((directory / MODEL_FILE).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise ArtifactError(f"{MODEL_FILE} cannot be read ({error}); train the model again") from error


def line(model: MeanModel, table: Table) -> NDArray[np.float32]:
    """The prediction for each record, (n,)."""
    return (model.level + model.slope * (row_means(table) - model.center)).astype(np.float32)


def row_means(table: Table) -> NDArray[np.float64]:
    """The mean of the cells that each record has, 0 where it has none; shape (n,)."""
    features = table.features
    if isinstance(features, Sparse):
        rows = np.repeat(np.arange(len(table)), np.diff(features.indptr))
        sums = np.bincount(rows, features.values, len(table))
        counts = np.bincount(rows, minlength=len(table))
    else:
        cells = np.ascontiguousarray(features, dtype=np.float64)
        sums, counts = np.nansum(cells, axis=1), np.count_nonzero(~np.isnan(cells), axis=1)
    return np.asarray(sums / np.maximum(counts, 1))


def _scores(model: MeanModel, channels: Mapping[str, Table | None]) -> Scores:
    present = {name: data for name, data in channels.items() if data is not None}
    return {name: {"rmse": _rmse(line(model, data), data)} for name, data in present.items()}


def _rmse(predictions: NDArray[Any], data: Table) -> float:
    return float(np.sqrt(np.mean((predictions - _label(data)) ** 2)))


def _label(data: Table) -> NDArray[np.float64]:
    if data.label is None:
        raise ValueError("no label")
    return data.label.astype(np.float64)


ALGORITHM = Mean()
