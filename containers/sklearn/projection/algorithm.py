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

    def evaluate(self, predictions: NDArray[Any], data: Table) -> Evaluation:
        lost, total, done = 0.0, 0.0, 0
        for part in data.parts(slice_size(data)):
            rows = _centered(self.model, part)
            rest = rows - predictions[done : done + len(part)].astype(np.float64) @ self.model.vectors.T
            lost, total = lost + float(np.vdot(rest, rest)), total + float(np.vdot(rows, rows))
            done += len(part)
        metrics = {"reconstruction_error": lost / len(data)}
        if total > 0:
            metrics["explained_variance"] = 1 - lost / total
        return Evaluation(metrics, _dots(predictions))


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
        fields = Fields(directory)
        values, vectors = fields.array("s", "k"), fields.array("v", "d", "k")
        mean = fields.array("mean", "one row", "d") if "mean" in fields else None
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


def _dots(projections: NDArray[Any]) -> Sequence[Figure]:
    """The two largest components of some records, evenly taken."""
    if projections.shape[1] < 2:
        return ()
    some = projections[:: -(-len(projections) // DOTS)].astype(np.float64)
    part = "" if len(some) == len(projections) else f" ({len(some):,} of {len(projections):,} records)"
    title = f"The two largest components{part}"
    return (
        Scatter(title, "largest component", "second largest component", some[:, -1].tolist(), some[:, -2].tolist()),
    )


ALGORITHM = PCA()
