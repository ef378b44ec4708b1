"""K-means over a stream: mini-batches move more centers than are asked for, then Lloyd's algorithm merges these.

After the web-scale k-means of Sculley (WWW 2010). The rows may lie in a memory-mapped file: one mini-batch of them is
looked at at a time. The update of the centers is written out here because scikit-learn's ``MiniBatchKMeans`` cannot
forget (``half_life_time_size``); without forgetting both move their centers alike. All that is random is drawn from a
fixed seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.data import PART, Float32
from contract.errors import ChannelError
from contract.tables.data import Table

SEED = 0
LEAST_WEIGHT = 1e-12
"""The least weight as a share of the heaviest: a center that the stream forgot can be chosen, but moves no other."""


@dataclass
class Centers:
    """Centers (m, d) of a stream and how many rows each has seen, (m,), older ones counting less."""

    places: NDArray[np.float64]
    counts: NDArray[np.float64]

    def move(self, rows: Float32, half_life: int) -> None:
        """Moves every center to the mean of what it has seen and those of ``rows`` that are closest to it."""
        from scipy.sparse import csr_matrix
        from sklearn.metrics import pairwise_distances_argmin

        closest = pairwise_distances_argmin(rows, self.places.astype(np.float32))
        members = csr_matrix((np.ones(len(rows)), (closest, np.arange(len(rows)))), (len(self.places), len(rows)))
        if half_life:
            self.counts *= 0.5 ** (len(rows) / half_life)
        seen = np.bincount(closest, minlength=len(self.places))
        moved = seen > 0
        totals = self.places[moved] * self.counts[moved, None] + (members @ rows)[moved]
        self.counts += seen
        self.places[moved] = totals / self.counts[moved, None]


def start(table: Table, count: int, least: int, batch: int, method: str) -> Centers:
    """Up to ``count`` different rows, at least ``least``, from a random sample of about one mini-batch.

    Raises ``ChannelError`` where the whole table has fewer different rows than ``least``.
    """
    rows = _sample(table, max(batch, 3 * count))
    if len(rows) < least:
        rows = _different_rows(table, least)
    count = min(count, len(rows))
    return Centers(_chosen(rows, count, method).astype(np.float64), np.zeros(count))


def merge(centers: Centers, k: int, method: str, trials: int, max_iter: int, tol: float) -> Float32:
    """The ``k`` centers (k, d) that describe those of a stream best, each by its weight."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    weights = np.maximum(centers.counts, LEAST_WEIGHT * max(1.0, centers.counts.max()))
    init = {"random": "random", "kmeans++": "k-means++"}[method]
    lloyd = KMeans(k, init=init, n_init=trials, max_iter=max_iter, tol=tol, random_state=SEED)
    with threadpool_limits(1):  # the order in which threads add up their sums is not always the same
        lloyd.fit(centers.places, sample_weight=weights)
    return np.asarray(lloyd.cluster_centers_, np.float32)


def _sample(table: Table, size: int) -> Float32:
    """The different ones among ``size`` random rows, in their order."""
    if len(table) <= size:
        return _different(table.dense)
    numbers = np.random.default_rng(SEED).choice(len(table), size, replace=False)
    return _different(table.dense[np.sort(numbers)])


def _different_rows(table: Table, wanted: int) -> Float32:
    found = np.empty((0, table.width), np.float32)
    for part in table.parts(PART):
        found = _different(np.concatenate([found, part.dense]))
        if len(found) >= wanted:
            return found
    raise ChannelError(
        f"k is {wanted}, but the train channel has {len(table)} records, {len(found)} of them different: "
        f"set k to {len(found)} or less, or bring more records"
    )


def _different(rows: Float32) -> Float32:
    """Every row once, in the order of the first of each."""
    cells = np.ascontiguousarray(rows + np.float32(0))  # -0.0 is 0.0
    keys = cells.view(np.dtype((np.void, cells.itemsize * cells.shape[1]))).ravel()
    return rows[np.sort(np.unique(keys, return_index=True)[1])]


def _chosen(rows: Float32, count: int, method: str) -> Float32:
    if method == "random":
        return rows[np.random.default_rng(SEED).choice(len(rows), count, replace=False)]
    from sklearn.cluster import kmeans_plusplus

    return np.asarray(kmeans_plusplus(rows, count, random_state=SEED)[0], np.float32)
