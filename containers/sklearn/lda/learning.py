"""Learning of topics: found by moments, then improved by expectation maximisation.

The moments lead close to the best topics wherever there are enough documents, in a fixed number of passes and without
bad local optima; a few passes of variational expectation maximisation make up for what moments lose to chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.lda.corpus import Corpus
from containers.sklearn.lda.hyperparameters import LDAHyperparameters
from containers.sklearn.lda.inference import LEARNING, Topics, expected_logs, infer
from containers.sklearn.lda.likelihood import bound, surprise
from containers.sklearn.lda.moments import whitened_triples, whitening
from containers.sklearn.lda.tensor import decompose
from contract.context import Context
from contract.errors import ChannelError
from contract.quality_log import ProgressLog, line

Float64 = NDArray[np.float64]
PASSES = 20
"""Most passes of expectation maximisation: each judges the topics that it finds, and makes the next ones."""
ENOUGH = 1e-4
"""Topics that add less to the log-likelihood of a word are the last ones."""
UNSEEN = 0.01
"""The count that is added to every word of every topic, so that none is impossible."""
BY_MOMENTS = 150
"""Most topics that are found by moments: the tensor grows with their third power."""
LEAST_ALPHA = 0.01
"""The least share of the mean of alpha: no topic becomes rarer, it would never come back."""


def learn(params: LDAHyperparameters, corpus: Corpus, context: Context) -> Topics:
    """Topics in the order of their shares, the most common first. Raises ``ChannelError`` where there are no words."""
    best = _best(_start(params, corpus, context), params.alpha0, corpus, context)
    order = np.argsort(-best.alpha, kind="stable")
    return Topics(best.alpha[order], best.beta[order])


def _best(topics: Topics, alpha0: float, corpus: Corpus, context: Context) -> Topics:
    """Improves topics pass by pass. Those of the best bound are kept: smoothing and alpha can make a pass a loss."""
    best, reached = topics, -np.inf
    progress = ProgressLog(context, PASSES)
    for number in range(PASSES):
        following, likelihood = _improved(topics, corpus, alpha0)
        context.log_round(number, {"train": {"pwll": likelihood}})
        progress.epoch_done(len(corpus))
        gained = likelihood - reached
        if gained > 0:
            best, reached = topics, likelihood
        if gained < ENOUGH or context.stopping():
            break
        topics = following
    return best


def _start(params: LDAHyperparameters, corpus: Corpus, context: Context) -> Topics:
    """The topics that the moments show; topics that they do not show begin as random documents."""
    mean = _word_shares(corpus)
    beta, alpha = _by_moments(params, corpus, context)
    missing = params.num_topics - len(beta)
    if missing:
        context.log(line(f"{len(beta)} topics are found by moments, {missing} begin as random documents"))
        beta = np.concatenate([beta, _random_documents(corpus, missing)])
        alpha = np.concatenate([alpha, np.full(missing, alpha.mean() if len(alpha) else 1)])
    return Topics(_prior(alpha, params.alpha0), 0.99 * beta + 0.01 * mean)


def _by_moments(params: LDAHyperparameters, corpus: Corpus, context: Context) -> tuple[Float64, Float64]:
    """Word distributions (r, words) and alphas (r,), r <= num_topics."""
    white = whitening(corpus, min(params.num_topics, BY_MOMENTS), params.alpha0)
    if not white.into.shape[1]:
        return np.empty((0, corpus.words)), np.empty(0)
    triples = whitened_triples(corpus, white)
    found = decompose(triples, params.max_restarts, params.max_iterations, params.tol, context.stopping)
    left = f"{found.error:.3%} of the third moment"
    context.log(line(f"tensor decomposition: {found.iterations} iterations leave {left}"))
    words = (white.back @ found.vectors).T
    words = np.maximum(words * np.sign(words.sum(axis=1, keepdims=True)), 0)
    seen = (words.sum(axis=1) > 0) & (found.weights > 0)
    return np.asarray(words[seen] / words[seen].sum(axis=1, keepdims=True)), found.weights[seen] ** -2.0


def _improved(topics: Topics, corpus: Corpus, alpha0: float) -> tuple[Topics, float]:
    """The topics after one pass, and the log-likelihood of a word before it."""
    gained, mixtures = np.zeros(topics.beta.shape[::-1]), np.zeros_like(topics.alpha)
    likelihood = words = 0.0
    for documents in corpus:
        gamma = infer(topics, documents, LEARNING)
        gained += surprise(topics, documents, gamma).T @ np.exp(expected_logs(gamma))
        mixtures += (gamma / gamma.sum(axis=1, keepdims=True)).sum(axis=0)
        likelihood += bound(topics, documents, gamma)
        words += float(documents.values.sum(dtype=np.float64))
    beta = topics.beta * gained.T + UNSEEN
    return Topics(_prior(mixtures, alpha0), beta / beta.sum(axis=1, keepdims=True)), likelihood / words


def _prior(shares: Float64, alpha0: float) -> Float64:
    """Alphas in proportion to the shares of the topics, which sum up to ``alpha0``."""
    shares = np.maximum(shares, LEAST_ALPHA * shares.mean())
    return np.asarray(shares * (alpha0 / shares.sum()))


def _word_shares(corpus: Corpus) -> Float64:
    counts = np.sum([np.bincount(part.indices, part.values, corpus.words) for part in corpus], axis=0)
    total = float(counts.sum())
    if total == 0:
        raise ChannelError("channel 'train': all documents are empty, every count is 0")
    smoothed = counts / total + UNSEEN / corpus.words
    return np.asarray(smoothed / smoothed.sum())


def _random_documents(corpus: Corpus, count: int) -> Float64:
    """The word distributions (count, words) of random documents, the same ones every time."""
    random = np.random.default_rng(1)
    documents = next(part for part in corpus if part.values.size)
    rows = random.choice(np.flatnonzero(np.diff(documents.indptr)), count)
    chosen = documents.take(rows).filled() + random.random((count, corpus.words)) * UNSEEN
    return np.asarray(chosen / chosen.sum(axis=1, keepdims=True))
