"""The algorithm ``knn``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.knn import index as indexing
from containers.sklearn.knn import model_files
from containers.sklearn.knn.answers import DIRECTIONS, NeighbourOutput
from containers.sklearn.knn.hyperparameters import KNNHyperparameters
from containers.sklearn.knn.model import Model, Projection, TooLarge
from containers.sklearn.knn.reduction import Reduction
from containers.sklearn.records import LABELLED
from contract.algorithm import Algorithm, Channel, Example, Signature
from contract.answer import USUAL, RequestOptions
from contract.context import Context
from contract.data import Int64
from contract.errors import ChannelError, RequestError, Stopped
from contract.quality_log import ProgressLog, QualityLog, line
from contract.tables.data import Float32, Table
from contract.tables.input import check_feature_dim

SEED = 0
"""Of the sample and of the projection: the same data give the same model."""


class KNN(Algorithm[KNNHyperparameters, Table, Model]):
    """Nearest neighbours by FAISS. The files of a model are those of SageMaker's, see ``model_files``."""

    name: ClassVar[str] = "knn"
    channels: ClassVar[Sequence[Channel]] = (Channel("train", True, ("training",)), Channel("test"))
    Hyperparameters = KNNHyperparameters
    input = LABELLED
    metrics = DIRECTIONS
    metric_log = QualityLog(losses={"mse", "rmse", "mae"})
    judged_records = 10_000  # each is its own neighbour, so that the train channel says little
    libraries: Sequence[str] = ("faiss-cpu", "numpy")

    def fit(self, params: KNNHyperparameters, train: Table, validation: Table | None, context: Context) -> Model:
        check_feature_dim(params.feature_dim, train)
        indexing.set_threads(context.threads)
        rows = sample(len(train), params.sample_size)
        context.log(line(f"indexing {len(rows)} of {len(train)} records with {params.index_type}"))
        if params.k > len(rows):
            context.log(line(f"k is {params.k}, only {len(rows)} records are indexed: all of them answer"))
        projection = _projection(params)
        index = _indexed(params, train, rows, projection, context)
        return Model(index, train.labels[rows], params.k, params.predictor_type, params.feature_dim, projection)

    def predict(self, model: Model, batch: Table, options: RequestOptions = USUAL) -> NDArray[np.float32]:
        """Distances and labels of each record's neighbours, (n, 2, k)."""
        try:
            return model.neighbours(batch.dense)
        except TooLarge as error:
            raise RequestError(f"record {error.row + 1}: {_TOO_LARGE}") from error

    def output(self, model: Model) -> NeighbourOutput:
        return NeighbourOutput(model.predictor_type, model.labels)

    def save(self, model: Model, directory: Path) -> None:
        model_files.save(model, directory)

    def load(self, directory: Path) -> Model:
        return model_files.load(directory)

    def adopt(self, directory: Path) -> tuple[Signature, Example]:
        """A model directory without a manifest that holds the three files."""
        count = self.load(directory).feature_dim
        return {"feature_count": count, "feature_names": []}, Example("text/csv", ",".join(["0"] * count).encode())


_TOO_LARGE = "its values are too large for distances in single precision; scale the features"


def sample(records: int, size: int) -> Int64:
    """Numbers of ``size`` of the records, equally likely, at most once, ascending; all where there are fewer."""
    if size >= records:
        return np.arange(records)
    return np.sort(np.random.default_rng(SEED).choice(records, size, replace=False, shuffle=False))


def _projection(params: KNNHyperparameters) -> Projection:
    """Where a quantised index needs another dimension, a reduction's target grows; else zeros are added."""
    target = params.dimension_reduction_target
    normalize = params.index_metric == "COSINE"
    width = indexing.width(params, target or params.feature_dim)
    if params.dimension_reduction_type is None:
        return Projection(None, normalize, width)
    return Projection(Reduction(params.dimension_reduction_type, SEED, params.feature_dim, width), normalize, width)


def _indexed(
    params: KNNHyperparameters, table: Table, rows: Int64, projection: Projection, context: Context
) -> indexing.Index:
    """The vectors of the rows in an index. The table, read in parts, may be larger than memory; the index may not."""

    def vectors(some: Int64) -> Float32:
        try:
            return projection.vectors(table.take(some).dense)
        except TooLarge as error:
            raise ChannelError(f"channel 'train', record {some[error.row] + 1}: {_TOO_LARGE}") from error

    progress = ProgressLog(context, 1)
    index = indexing.empty(params, projection.width, len(rows))
    indexing.train(index, vectors, rows)
    for at in range(0, len(rows), params.mini_batch_size):
        if context.stopping():
            raise Stopped("the job was stopped before all records were indexed; nothing is kept")
        index.add(vectors(rows[at : at + params.mini_batch_size]))
    progress.epoch_done(len(rows))
    return index


ALGORITHM = KNN()
