"""The algorithm ``kmeans``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from containers.sklearn import model_file
from containers.sklearn.arithmetic import product
from containers.sklearn.clustering import stream
from containers.sklearn.clustering.hyperparameters import EVAL_METRICS, KMeansHyperparameters
from containers.sklearn.model_fields import Fields
from containers.sklearn.records import UNLABELLED
from contract.algorithm import Algorithm, Channel
from contract.answer import USUAL, Answer, RequestOptions
from contract.context import Context
from contract.data import Float32
from contract.figures import Bars, Figure
from contract.metrics import Direction
from contract.metrics.evaluation import Evaluation
from contract.quality_log import ProgressLog, QualityLog, line
from contract.tables.data import Table, as_float32
from contract.tables.input import check_feature_dim
from contract.tables.output import TableOutput

CELLS = 1 << 22
"""Numbers of a matrix that is held while predicting: 32 MiB in double precision."""
SIZE_BARS = 30
ROUNDING = 8 * float(np.finfo(np.float64).eps)
"""The error of a product of two numbers, summed up with others, is at most this share of their sizes."""


@dataclass(frozen=True)
class Clusters:
    """Cluster centers (k, d) and the metrics by which they are judged."""

    centers: Float32
    eval_metrics: tuple[str, ...]


@dataclass(frozen=True)
class ClusterOutput(TableOutput):
    """Predictions are (n, 2): the number of the closest center, and the Euclidean distance to it."""

    model: Clusters
    task: str = "clustering"
    classes: Sequence[Any] = ()

    def answer(self, predictions: NDArray[Any], batch: Table, options: RequestOptions) -> Answer:
        return Answer({"closest_cluster": predictions[:, 0], "distance_to_cluster": predictions[:, 1]})

    def evaluator(self, records: int) -> ClusterEvaluator:
        return ClusterEvaluator(self.model)


class ClusterEvaluator:
    """Sums the squared distances up, and counts how many records are in each cluster."""

    def __init__(self, model: Clusters) -> None:
        self._metrics = model.eval_metrics
        self._sizes = np.zeros(len(model.centers), np.int64)
        self._squares = 0.0

    def add(self, predictions: NDArray[Any], data: Table) -> None:
        self._squares += float((predictions[:, 1].astype(np.float64) ** 2).sum())
        self._sizes += np.bincount(predictions[:, 0].astype(np.int64), minlength=len(self._sizes))

    def result(self) -> Evaluation:
        values = {"msd": self._squares / int(self._sizes.sum()), "ssd": self._squares}
        return Evaluation({name: values[name] for name in self._metrics}, (_size_bars(self._sizes),))


class KMeans(Algorithm[KMeansHyperparameters, Table, Clusters]):
    """Clusters around means. ``model_algo-1`` holds ``centers`` (k, d) float32 and ``eval_metrics``."""

    name: ClassVar[str] = "kmeans"
    channels: ClassVar[Sequence[Channel]] = (Channel("train", True, ("training",)), Channel("test"))
    Hyperparameters = KMeansHyperparameters
    input = UNLABELLED
    metrics: ClassVar[Mapping[str, Direction]] = {"msd": "Minimize", "ssd": "Minimize"}
    metric_log = QualityLog(losses=metrics.keys())
    libraries: Sequence[str] = ("scikit-learn", "scipy", "numpy")

    def fit(self, params: KMeansHyperparameters, train: Table, validation: Table | None, context: Context) -> Clusters:
        check_feature_dim(params.feature_dim, train)
        centers = _streamed(params, train, context)
        context.log(line(f"merging {len(centers.places)} centers of the stream into {params.k}"))
        merged = stream.merge(
            centers,
            params.k,
            params.local_lloyd_init_method,
            params.trials,
            params.local_lloyd_max_iter,
            params.local_lloyd_tol,
        )
        return Clusters(merged, tuple(dict.fromkeys(params.eval_metrics)))

    def predict(self, model: Clusters, batch: Table, options: RequestOptions = USUAL) -> NDArray[np.float32]:
        """Cluster number and distance of each row, (n, 2)."""
        parts = batch.parts(max(1, CELLS // max(model.centers.shape)))
        return np.concatenate([_closest(part.dense, model.centers) for part in parts])

    def output(self, model: Clusters) -> ClusterOutput:
        return ClusterOutput(model)

    def save(self, model: Clusters, directory: Path) -> None:
        model_file.save(directory, {"centers": model.centers, "eval_metrics": list(model.eval_metrics)})

    def load(self, directory: Path) -> Clusters:
        fields = Fields.read(directory)
        centers = fields.array("centers", np.float32, "k", "d")
        if not centers.size:
            raise fields.wrong("centers", "empty")
        return Clusters(centers, fields.texts("eval_metrics", EVAL_METRICS))


def _streamed(params: KMeansHyperparameters, train: Table, context: Context) -> stream.Centers:
    centers = stream.start(train, params.stream_centers, params.k, params.mini_batch_size, params.init_method)
    progress = ProgressLog(context, params.epochs)
    for _ in range(params.epochs):
        for part in train.parts(params.mini_batch_size):
            if context.stopping():
                return centers
            centers.move(part.dense, params.half_life_time_size)
        progress.epoch_done(len(train))
    return centers


def _closest(rows: Float32, centers: Float32) -> NDArray[np.float32]:
    """Cluster number and distance of each row, (n, 2). The answer to a row does not depend on the other rows.

    A product of matrices tells quickly which centers are far. Those that it cannot tell apart are measured one by one.
    """
    wide, places = rows.astype(np.float64), centers.astype(np.float64)
    squares = np.square(places).sum(axis=1)
    near = squares - 2 * product(wide, places.T)  # squared distances, less the squared length of the row
    closest = near.argmin(axis=1)
    error = places.shape[1] * ROUNDING * (np.square(wide).sum(axis=1) + squares.max())
    unsure = np.flatnonzero(np.count_nonzero(near <= (near.min(axis=1) + error)[:, None], axis=1) > 1)
    together = max(1, CELLS // places.size)
    for some in (unsure[at : at + together] for at in range(0, len(unsure), together)):
        closest[some] = np.square(wide[some, None] - places).sum(axis=2).argmin(axis=1)
    distances = np.sqrt(np.square(wide - places[closest]).sum(axis=1))
    return as_float32(np.column_stack([closest, distances]))


def _size_bars(sizes: NDArray[np.int64]) -> Figure:
    k = len(sizes)
    largest = np.argsort(-sizes, kind="stable")[:SIZE_BARS]
    title = "Cluster sizes" if k <= SIZE_BARS else f"Cluster sizes (the {SIZE_BARS} largest of {k})"
    return Bars(title, "records", {f"cluster {number}": float(sizes[number]) for number in largest})


ALGORITHM = KMeans()
