"""The likelihood of documents given topics: training looks at it, a server never does."""

from __future__ import annotations

from typing import Any

import numpy as np

from containers.sklearn.lda.corpus import matrix
from containers.sklearn.lda.inference import Float64, Topics, expected_logs, fit, shares
from contract.tables.data import Sparse


def bound(topics: Topics, documents: Sparse, gamma: Float64) -> float:
    """The lower bound of the log-likelihood of all words of documents, given their gammas (n, k)."""
    expected = expected_logs(gamma)
    words = float(documents.values @ np.log(_fits(topics, documents, np.exp(expected))))
    return float(
        words + ((topics.alpha - gamma) * expected).sum() + _log_norm(gamma) - _log_norm(topics.alpha) * len(gamma)
    )


def surprise(topics: Topics, documents: Sparse, gamma: Float64) -> Any:
    """The documents, as a matrix of scipy, with every count divided by how well the mixtures explain its word."""
    found = matrix(documents)
    found.data /= _fits(topics, documents, np.exp(expected_logs(gamma)))
    return found


def _fits(topics: Topics, documents: Sparse, weights: Float64) -> Float64:
    """Returns the sums of ``fit``, for any number of documents."""
    parts = (documents.take(rows) for rows in shares(np.arange(documents.shape[0]), documents, len(topics.alpha)))
    found, start = [np.empty(0)], 0
    for part in parts:
        stop = start + part.shape[0]
        found.append(fit(topics.beta[:, part.indices], part, weights[start:stop]))
        start = stop
    return np.concatenate(found)


def _log_norm(parameters: Float64) -> float:
    """The logarithm of the normalising constant of Dirichlet distributions, summed over them."""
    from scipy.special import gammaln  # a server that loads this module need not load scipy

    return float(gammaln(parameters).sum() - gammaln(parameters.sum(axis=-1)).sum())
