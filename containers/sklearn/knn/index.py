"""FAISS indices: how they are built, and a search whose answer to a record never depends on its batch.

Loading this module loads faiss, which the servers of the other algorithms of the image can do without.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.knn.hyperparameters import KNNHyperparameters
from contract.data import Float32, Int64
from contract.errors import ArtifactError, ChannelError
from contract.hyperparameters import chosen

logging.getLogger("faiss.loader").setLevel(logging.WARNING)  # it tells every job of the image which processor it found
import faiss  # noqa: E402

Index: TypeAlias = Any
"""One of the three kinds; faiss has no types to import."""
Found: TypeAlias = tuple[NDArray[np.float64], Int64]
"""Distances (n, k), ascending, and the numbers (n, k) of the vectors."""
Vectors: TypeAlias = Callable[[Int64], Float32]
"""The vectors, as they are indexed, of train records by number."""

PQ_BITS = 8
TRAINING_VECTORS = 256
"""Training vectors of each centroid: k-means of faiss takes no more."""
_BLOCK_BYTES = 4 << 20
"""Bytes of indexed vectors that all queries are compared with before the next ones are: they fit into the cache."""
_LEAST = 8
"""A block has at least so many times k vectors."""
_HELD = 1 << 22
"""Neighbours, or numbers of their vectors while their distances are measured, that are held at a time."""

# For many queries faiss would multiply matrices instead of measuring distances: faster, but with errors that depend on
# the other queries of the batch, and that put near neighbours into a wrong order. Training keeps it, see ``train``.
_MATRICES_FROM = faiss.cvar.distance_compute_blas_threshold
faiss.cvar.distance_compute_blas_threshold = np.iinfo(np.int32).max


def set_threads(threads: int) -> None:
    """Sets how many threads faiss may start from the calling thread."""
    faiss.omp_set_num_threads(threads)


def lists(params: KNNHyperparameters, records: int) -> int:
    """The number of lists of an IVF index of so many records."""
    return min(records, chosen(params.faiss_index_ivf_nlists, max(1, round(math.sqrt(records)))))


def width(params: KNNHyperparameters, dimension: int) -> int:
    """The dimension of the index: for a quantised one the next multiple of its parts."""
    parts = params.faiss_index_pq_m if params.index_type == "faiss.IVFPQ" else None
    return -(-dimension // parts) * parts if parts else dimension


def empty(params: KNNHyperparameters, dimension: int, records: int) -> Index:
    """An index that is not trained. Raises ``ChannelError`` where the records are too few for its kind."""
    metric = faiss.METRIC_L2 if params.index_metric == "L2" else faiss.METRIC_INNER_PRODUCT
    if params.index_type == "faiss.Flat":
        return faiss.index_factory(dimension, "Flat", metric)
    # "np" leaves out a long search for an order of the codes that nothing here would use.
    code = "Flat" if params.index_type == "faiss.IVFFlat" else f"PQ{params.faiss_index_pq_m}x{PQ_BITS}np"
    index: Index = faiss.index_factory(dimension, f"IVF{lists(params, records)},{code}", metric)
    index.nprobe = min(params.faiss_index_nprobe, index.nlist)
    index.cp.min_points_per_centroid = 1  # fewer are no mistake here, and the warning would not name the channel
    if params.index_type == "faiss.IVFPQ":
        if records < 1 << PQ_BITS:
            raise ChannelError(
                f"index_type faiss.IVFPQ needs at least {1 << PQ_BITS} records, {records} are indexed: use faiss.Flat, "
                "which is exact, or give more records"
            )
        index.pq.cp.min_points_per_centroid = 1
    return index


def train(index: Index, vectors: Vectors, rows: Int64) -> None:
    """Finds the centroids of an IVF index from a share of the rows; a flat one has none."""
    if index.is_trained:
        return
    wanted = TRAINING_VECTORS * max(index.nlist, 1 << PQ_BITS)
    spread = np.linspace(0, len(rows) - 1, min(wanted, len(rows))).astype(np.int64)
    faiss.cvar.distance_compute_blas_threshold = _MATRICES_FROM
    try:
        index.train(vectors(rows[spread]))
    finally:
        faiss.cvar.distance_compute_blas_threshold = np.iinfo(np.int32).max


def is_euclidean(index: Index) -> bool:
    """True if distances are squared Euclidean ones, else they are minus inner products."""
    return bool(index.metric_type == faiss.METRIC_L2)


def search(index: Index, queries: Float32, k: int) -> Found:
    """The k nearest vectors of each query; k is at most the number of vectors.

    A distance is the squared Euclidean one, or minus the inner product. faiss finds the neighbours in single precision,
    their distances are then measured in double precision; of equal ones the vector with the smaller number is first.
    """
    flat = isinstance(index, faiss.IndexFlat)
    nearest = _nearest_of_flat if flat else _nearest_of_lists
    step = max(1, _HELD // (k if flat else k * index.d))
    found = [nearest(index, queries[at : at + step], k) for at in range(0, len(queries), step)]
    return np.concatenate([part[0] for part in found]), np.concatenate([part[1] for part in found])


def _nearest_of_flat(index: Index, queries: Float32, k: int) -> Found:
    vectors = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(index.ntotal, index.d)
    distances, numbers = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
    for start, block in _blocks(vectors, k):
        near, at = faiss.knn(queries, block, min(k, len(block)), metric=index.metric_type)
        near = near if is_euclidean(index) else -near
        distances, numbers = np.hstack([distances, near]), np.hstack([numbers, _all_found(at) + start])
        order = np.argsort(distances, axis=1, kind="stable")[:, :k]
        distances, numbers = np.take_along_axis(distances, order, 1), np.take_along_axis(numbers, order, 1)
    step = max(1, _HELD // (k * index.d))
    parts = (slice(at, at + step) for at in range(0, len(queries), step))
    found = [_measured(index, queries[part], vectors[numbers[part]], numbers[part]) for part in parts]
    return np.concatenate([part[0] for part in found]), np.concatenate([part[1] for part in found])


def _blocks(vectors: Float32, k: int) -> Iterator[tuple[int, Float32]]:
    """Consecutive vectors and the number of the first; so many that merging k neighbours of each costs little."""
    step = max(_LEAST * k, _BLOCK_BYTES // (4 * vectors.shape[1]))
    for start in range(0, len(vectors), step):
        yield start, vectors[start : start + step]


def _nearest_of_lists(index: Index, queries: Float32, k: int) -> Found:
    """Looks into all lists for queries whose first lists hold fewer than k vectors."""
    _, numbers, vectors = index.search_and_reconstruct(queries, k)
    short = (numbers < 0).any(axis=1)
    if short.any():
        everywhere: Any = faiss.SearchParametersIVF()
        everywhere.nprobe = index.nlist
        _, numbers[short], vectors[short] = index.search_and_reconstruct(queries[short], k, params=everywhere)
    return _measured(index, queries, vectors, _all_found(numbers))


def _all_found(numbers: Int64) -> Int64:
    """Returns the numbers as they are; faiss writes -1 where it finds none, which must not count as the last vector."""
    if (numbers < 0).any():
        raise ArtifactError("the index holds vectors that are no finite numbers: it is damaged, train the model again")
    return numbers


def _measured(index: Index, queries: Float32, vectors: Float32, numbers: Int64) -> Found:
    """Distances to the vectors (n, k, d) that were found, and their numbers, both in order."""
    wide = queries.astype(np.float64)[:, None, :]
    distances = np.square(wide - vectors).sum(axis=2) if is_euclidean(index) else -(wide * vectors).sum(axis=2)
    order = np.lexsort((numbers, distances), axis=1)
    return np.take_along_axis(distances, order, 1), np.take_along_axis(numbers, order, 1)
