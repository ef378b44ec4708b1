"""The algorithm ``pca``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from containers.sklearn import model_file
from containers.sklearn.arithmetic import product
from containers.sklearn.model_fields import Fields
from containers.sklearn.projection.decomposition import Components, decompose, slice_size
from containers.sklearn.projection.hyperparameters import PCAHyperparameters
from containers.sklearn.records import UNLABELLED
from contract.algorithm import Algorithm, Channel, Signature
from contract.answer import USUAL, Answer, RequestOptions
from contract.context import Context
from contract.figures import Bars, Figure, Scatter
from contract.metrics import Direction
from contract.metrics.evaluation import Evaluation
from contract.quality_log import QualityLog
from contract.tables.data import Table, as_float32
from contract.tables.input import check_feature_dim
from contract.tables.output import TableOutput

DOTS = 2000
BARS = 30


@dataclass(frozen=True)
class ProjectionOutput(TableOutput):
    """Predictions are (n, k): where a record lies along each component, the largest component last."""

    model: Components
    task: str = "dimension reduction"
    classes: Sequence[Any] = ()

    def answer(self, predictions: NDArray[Any], batch: Table, options: RequestOptions) -> Answer:
        return Answer({"projection": predictions}, envelope="projections")

    def evaluator(self, records: int) -> ProjectionEvaluator:
        return ProjectionEvaluator(self.model, records)


class ProjectionEvaluator:
    """Sums up how far records lie from their projections; some records, evenly taken, become dots."""

    def __init__(self, model: Components, records: int) -> None:
        self._model, self._records = model, records
        self._lost = self._total = 0.0
        self._seen = 0
        self._dots: list[NDArray[np.float64]] = []

    def add(self, predictions: NDArray[Any], data: Table) -> None:
        done = 0
        for part in data.parts(slice_size(data)):
            rows = _centered(self._model, part)
            rest = rows - predictions[done : done + len(part)].astype(np.float64) @ self._model.vectors.T
            self._lost += float(np.vdot(rest, rest))
            self._total += float(np.vdot(rows, rows))
            done += len(part)
        step = max(1, -(-self._records // DOTS))
        self._dots.append(predictions[-self._seen % step :: step, -2:].astype(np.float64))
        self._seen += len(data)

    def result(self) -> Evaluation:
        metrics = {"reconstruction_error": self._lost / self._seen}
        if self._total > 0:
            metrics["explained_variance"] = 1 - self._lost / self._total
        return Evaluation(metrics, _scatter(np.concatenate(self._dots), self._seen))


class PCA(Algorithm[PCAHyperparameters, Table, Components]):
    """Principal components. ``model_algo-1`` holds ``s`` (k,), ``v`` (d, k), ``mean`` (1, d) and ``total``."""

    name: ClassVar[str] = "pca"
    channels: ClassVar[Sequence[Channel]] = (Channel("train", True, ("training",)), Channel("test"))
    Hyperparameters = PCAHyperparameters
    input = UNLABELLED
    metrics: ClassVar[Mapping[str, Direction]] = {"explained_variance": "Maximize", "reconstruction_error": "Minimize"}
    metric_log = QualityLog(losses={"reconstruction_error"})
    libraries: Sequence[str] = ("scipy", "numpy")

    def fit(self, params: PCAHyperparameters, train: Table, validation: Table | None, context: Context) -> Components:
        check_feature_dim(params.feature_dim, train)
        return decompose(params, train, context)

    def predict(self, model: Components, batch: Table, options: RequestOptions = USUAL) -> NDArray[np.float32]:
        """``(x - mean) @ v`` of each row, (n, k)."""
        parts = [product(_centered(model, part), model.vectors) for part in batch.parts(slice_size(batch))]
        return as_float32(np.concatenate(parts))

    def output(self, model: Components) -> ProjectionOutput:
        return ProjectionOutput(model)

    def save(self, model: Components, directory: Path) -> None:
        mean = {} if model.mean is None else {"mean": model.mean}
        model_file.save(directory, {"s": model.values, "v": model.vectors, **mean, "total": model.total})

    def load(self, directory: Path) -> Components:
        fields = Fields.read(directory)
        values, vectors = fields.array("s", np.float64, "k"), fields.array("v", np.float64, "d", "k")
        mean = fields.array("mean", np.float64, "one row", "d") if "mean" in fields else None
        return Components(values, vectors, mean, fields.number("total"))

    def figures(self, model: Components, signature: Signature) -> Sequence[Figure]:
        if not model.total:
            return ()
        shares = 100 * model.values[::-1] ** 2 / model.total
        shown = {f"component {number + 1}": float(share) for number, share in enumerate(shares[:BARS])}
        return (Bars(f"Explained share, {shares.sum():.4g} % in all", "% of the variance of the train channel", shown),)


def _centered(model: Components, table: Table) -> NDArray[np.float64]:
    rows = table.dense.astype(np.float64)
    return rows if model.mean is None else rows - model.mean


def _scatter(dots: NDArray[np.float64], records: int) -> Sequence[Figure]:
    """The two largest components of some records, (m, 2) with the largest last."""
    if dots.shape[1] < 2:
        return ()
    part = "" if len(dots) == records else f" ({len(dots):,} of {records:,} records)"
    title = f"The two largest components{part}"
    return (
        Scatter(title, "largest component", "second largest component", dots[:, -1].tolist(), dots[:, -2].tolist()),
    )


ALGORITHM = PCA()
