"""Records are sampled, reduced and put into an index."""

from __future__ import annotations

import numpy as np

from containers.sklearn.knn import index as indexing
from containers.sklearn.knn.hyperparameters import KNNHyperparameters
from containers.sklearn.knn.model import TOO_LARGE, Embedding, NeighbourModel, TooLarge
from containers.sklearn.knn.reduction import Reduction
from contract.context import Context
from contract.data import Float32, Int64
from contract.errors import ChannelError, Stopped
from contract.quality_log import ProgressLog, line
from contract.tables.data import Table

SEED = 0
"""Seeds the sample and the reduction: the same data give the same model."""


def learn(params: KNNHyperparameters, train: Table, context: Context) -> NeighbourModel:
    """A model that indexes a sample of the channel. Raises ``ChannelError``, or ``Stopped`` before it is whole."""
    indexing.set_threads(context.threads)
    rows = sample(len(train), params.sample_size)
    context.log(line(f"indexing {len(rows)} of {len(train)} records with {params.index_type}"))
    if params.k > len(rows):
        context.log(line(f"k is {params.k}, only {len(rows)} records are indexed: all of them answer"))
    embedding = _embedding(params)
    index = _indexed(params, train, rows, embedding, context)
    return NeighbourModel(index, train.labels[rows], params.k, params.predictor_type, params.feature_dim, embedding)


def sample(records: int, size: int) -> Int64:
    """Numbers of ``size`` of the records, equally likely, at most once, ascending; all where there are fewer."""
    if size >= records:
        return np.arange(records)
    return np.sort(np.random.default_rng(SEED).choice(records, size, replace=False, shuffle=False))


def _embedding(params: KNNHyperparameters) -> Embedding:
    """The embedding of a job. Where the index needs more dimensions, a reduction's target grows, or zeros are added."""
    target = params.dimension_reduction_target
    normalize = params.index_metric == "COSINE"
    width = indexing.width(params, target or params.feature_dim)
    if params.dimension_reduction_type is None:
        return Embedding(None, normalize, width)
    return Embedding(Reduction(params.dimension_reduction_type, SEED, params.feature_dim, width), normalize, width)


def _indexed(
    params: KNNHyperparameters, table: Table, rows: Int64, embedding: Embedding, context: Context
) -> indexing.Index:
    """The vectors of the rows in an index. The table, read in parts, may be larger than memory; the index may not."""

    def vectors(some: Int64) -> Float32:
        try:
            return embedding.vectors(table.take(some).dense)
        except TooLarge as error:
            raise ChannelError(f"channel 'train', record {some[error.row] + 1}: {TOO_LARGE}") from error

    progress = ProgressLog(context, 1)
    index = indexing.empty(params, embedding.width, len(rows))
    indexing.train(index, vectors, rows)
    for at in range(0, len(rows), params.mini_batch_size):
        if context.stopping():
            raise Stopped("the job was stopped before all records were indexed; nothing is kept")
        index.add(vectors(rows[at : at + params.mini_batch_size]))
    progress.epoch_done(len(rows))
    return index
