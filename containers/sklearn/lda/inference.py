"""Inference of the topics of documents.

Variational inference (Blei, Ng, Jordan: Latent Dirichlet Allocation, JMLR 2003): the topic mixture of a document is
approximated by a Dirichlet distribution with parameters gamma (k,), which sum up to the number of its words plus the
sum of alpha. Its mean is the answer.

No step mixes documents: the gamma of one never depends on those that it is computed with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.lda.special import digamma
from contract.data import Int64
from contract.tables.data import Sparse

Float64 = NDArray[np.float64]
CELLS = 1 << 17
"""Entries of documents times topics that are worked on together."""


@dataclass(frozen=True)
class Topics:
    """``alpha`` (k,) is the Dirichlet prior of the mixtures, ``beta`` (k, words) holds a distribution a row, none 0."""

    alpha: Float64
    beta: Float64


@dataclass(frozen=True)
class Effort:
    """Inference ends when an iteration moves less than ``tolerance`` of a document's mixture."""

    tolerance: float
    iterations: int


ANSWERING = Effort(tolerance=1e-6, iterations=500)
LEARNING = Effort(tolerance=1e-3, iterations=50)


def infer(topics: Topics, documents: Sparse, effort: Effort) -> Float64:
    """The gammas (n, k) of documents (n, words); that of an empty document is alpha."""
    gamma = topics.alpha + lengths(documents)[:, None] / len(topics.alpha)
    for rows in shares(np.flatnonzero(np.diff(documents.indptr)), documents, len(topics.alpha)):
        gamma[rows] = _settle(topics, documents.take(rows), gamma[rows], effort)
    return gamma


def lengths(documents: Sparse) -> Float64:
    """The number of words of every document, (n,)."""
    rows = np.repeat(np.arange(documents.shape[0]), np.diff(documents.indptr))
    return np.asarray(np.bincount(rows, documents.values, documents.shape[0]), np.float64)


def expected_logs(gamma: Float64) -> Float64:
    """E[log mixture] under Dirichlet distributions with parameters ``gamma`` (n, k)."""
    found = digamma(np.column_stack([gamma, gamma.sum(axis=1)]))
    return found[:, :-1] - found[:, -1:]


def shares(rows: Int64, documents: Sparse, topics: int) -> Iterator[Int64]:
    """``rows`` in consecutive groups of documents whose entries fit into the working memory, one at least."""
    entries = np.cumsum(np.diff(documents.indptr)[rows])
    groups = entries * topics // CELLS
    yield from (group for group in np.split(rows, np.flatnonzero(np.diff(groups)) + 1) if group.size)


def fit(words: Float64, documents: Sparse, weights: Float64) -> Float64:
    """The sum, for every entry of the documents, over the topics of its word's probability times ``weights`` (n, k).

    ``words`` (k, entries) are the columns of ``beta`` of the documents' entries.
    """
    of_entries = np.repeat(weights.T, np.diff(documents.indptr), axis=1)
    of_entries *= words
    return np.asarray(of_entries.sum(axis=0))


def _settle(topics: Topics, documents: Sparse, gamma: Float64, effort: Effort) -> Float64:
    """Improves the gammas of documents with words until each stays where it is."""
    found = gamma.copy()
    rows, going = np.arange(len(gamma)), np.ones(len(gamma), bool)
    words = topics.beta[:, documents.indices]
    for _ in range(effort.iterations):
        better = _improved(topics, documents, words, gamma)
        moved = np.abs(better - gamma).sum(axis=1) / better.sum(axis=1)
        gamma = better
        found[rows[going]] = gamma[going]
        going &= moved >= effort.tolerance
        if 2 * np.count_nonzero(going) > len(going):
            continue
        if not going.any():
            break
        rows, documents, gamma = rows[going], documents.take(np.flatnonzero(going)), gamma[going]
        words, going = topics.beta[:, documents.indices], going[going]
    return found


def _improved(topics: Topics, documents: Sparse, words: Float64, gamma: Float64) -> Float64:
    """One step of coordinate ascent; ``words`` is as for ``fit``. Every document has words."""
    weights = np.exp(expected_logs(gamma))
    unexplained = words * (documents.values / fit(words, documents, weights))
    return np.asarray(topics.alpha + weights * np.add.reduceat(unexplained, documents.indptr[:-1], axis=1).T)
