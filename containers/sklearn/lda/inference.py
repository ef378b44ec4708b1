"""Which topics a document is about, and how likely topics make it.

Variational inference (Blei, Ng, Jordan: Latent Dirichlet Allocation, JMLR 2003): the topic mixture of a document is
approximated by a Dirichlet distribution with parameters gamma (k,), which sum up to the number of its words plus the
sum of alpha. Its mean is the answer, and it gives a lower bound of the document's log-likelihood.

No step mixes documents: the gamma of one never depends on those that it is computed with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, psi

from contract.data import Int64

Float64 = NDArray[np.float64]
CELLS = 1 << 17
"""Entries of documents times topics that are worked on together."""


@dataclass(frozen=True)
class Topics:
    """``alpha`` (k,) is the Dirichlet prior of the mixtures, ``beta`` (k, words) holds a distribution a row, none 0."""

    alpha: Float64
    beta: Float64

    @cached_property
    def by_word(self) -> Float64:
        return np.ascontiguousarray(self.beta.T)


@dataclass(frozen=True)
class Effort:
    """Inference ends when an iteration moves less than ``tolerance`` of a document's mixture."""

    tolerance: float
    iterations: int


ANSWERING = Effort(tolerance=1e-6, iterations=500)
LEARNING = Effort(tolerance=1e-3, iterations=50)


def infer(topics: Topics, documents: Any, effort: Effort) -> Float64:
    """The gammas (n, k) of sparse documents (n, words); that of an empty document is alpha."""
    lengths = np.asarray(documents.sum(axis=1)).ravel()
    gamma = topics.alpha + lengths[:, None] / len(topics.alpha)
    for rows in _shares(np.flatnonzero(np.diff(documents.indptr)), documents, len(topics.alpha)):
        gamma[rows] = _settle(topics, documents[rows], gamma[rows], effort)
    return gamma


def bound(topics: Topics, documents: Any, gamma: Float64) -> float:
    """The lower bound of the log-likelihood of all words of sparse documents, given their gammas."""
    expected = expected_logs(gamma)
    words = sum(
        documents[rows].data @ np.log(_fit(topics, documents[rows], np.exp(expected[rows])))
        for rows in _shares(np.arange(documents.shape[0]), documents, len(topics.alpha))
    )
    return float(
        words + ((topics.alpha - gamma) * expected).sum() + _log_norm(gamma) - _log_norm(topics.alpha) * len(gamma)
    )


def expected_logs(gamma: Float64) -> Float64:
    """E[log mixture] under Dirichlet distributions with parameters ``gamma`` (n, k)."""
    return np.asarray(psi(gamma) - psi(gamma.sum(axis=1))[:, None])


def surprise(topics: Topics, documents: Any, gamma: Float64) -> Any:
    """The documents with every count divided by how well the mixtures explain its word."""
    found, weights = documents.copy(), np.exp(expected_logs(gamma))
    for rows in _shares(np.arange(documents.shape[0]), documents, len(topics.alpha)):
        entries = slice(documents.indptr[rows[0]], documents.indptr[rows[-1] + 1])
        found.data[entries] /= _fit(topics, documents[rows], weights[rows])
    return found


def _settle(topics: Topics, documents: Any, gamma: Float64, effort: Effort) -> Float64:
    """Improves the gammas of documents with words until each stays where it is."""
    found = gamma.copy()
    rows, going = np.arange(len(gamma)), np.ones(len(gamma), bool)
    words, unexplained = topics.by_word[documents.indices], documents.copy()
    for _ in range(effort.iterations):
        better = _improved(topics, documents, unexplained, words, gamma)
        moved = np.abs(better - gamma).sum(axis=1) / better.sum(axis=1)
        gamma = better
        found[rows[going]] = gamma[going]
        going &= moved >= effort.tolerance
        if 2 * np.count_nonzero(going) > len(going):
            continue
        if not going.any():
            break
        rows, documents, gamma, going = rows[going], documents[going], gamma[going], going[going]
        words, unexplained = topics.by_word[documents.indices], documents.copy()
    return found


def _improved(topics: Topics, documents: Any, unexplained: Any, words: Float64, gamma: Float64) -> Float64:
    """One step of coordinate ascent; ``words`` (entries, k) are the rows of ``by_word`` of the documents' entries.

    ``unexplained`` is a matrix of the documents' form, whose content is lost: making a new one would take longer.
    """
    weights = np.exp(expected_logs(gamma))
    fit = np.einsum("ek,ek->e", words, np.repeat(weights, np.diff(documents.indptr), axis=0))
    unexplained.data = documents.data / fit
    return np.asarray(topics.alpha + weights * (unexplained @ topics.by_word))


def _fit(topics: Topics, documents: Any, weights: Float64) -> Float64:
    """For every entry of the documents, the sum over the topics of its word's probability times ``weights`` (n, k)."""
    of_entries = np.repeat(weights, np.diff(documents.indptr), axis=0)
    return np.asarray(np.einsum("ek,ek->e", topics.by_word[documents.indices], of_entries))


def _shares(rows: Int64, documents: Any, topics: int) -> Iterator[Int64]:
    """``rows`` in consecutive groups of documents whose entries fit into the working memory, one at least."""
    entries = np.cumsum(np.diff(documents.indptr)[rows])
    groups = entries * topics // CELLS
    yield from (group for group in np.split(rows, np.flatnonzero(np.diff(groups)) + 1) if group.size)


def _log_norm(parameters: Float64) -> float:
    """The logarithm of the normalising constant of Dirichlet distributions, summed over them."""
    return float(gammaln(parameters).sum() - gammaln(parameters.sum(axis=-1)).sum())
