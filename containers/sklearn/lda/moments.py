"""The second and third moments of a corpus, as far as they tell topics apart.

Three words of a document of LDA depend on each other through its topic mixture only. With a known sum of the Dirichlet
prior, corrections by lower moments turn the moments of pairs and triples of words into sums over the topics, without
mixed terms (Anandkumar, Foster, Hsu, Kakade, Liu: A Spectral Algorithm for Latent Dirichlet Allocation, NIPS 2012):

    pairs    sum of alpha_i / (alpha0 (alpha0 + 1))                     mu_i mu_i'
    triples  sum of 2 alpha_i / (alpha0 (alpha0 + 1) (alpha0 + 2))      mu_i x mu_i x mu_i

``whitening`` finds directions in which the mu_i are orthogonal, ``whitened_triples`` is the tensor of triples there.
Both go through the corpus in parts; no array of words × words is made for a large vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.lda.corpus import Corpus, matrix

Float64 = NDArray[np.float64]
SMALL = 512
"""Words up to which the pairs are counted in full; for more, the leading directions are found by iteration."""
SPARE = 20
"""Directions beyond twice the wanted ones that make the iteration exact."""
ROUNDS = 6
"""Iterations through the corpus."""
NEGLIGIBLE = 1e-10
"""Directions whose share of the largest one is smaller are rounding errors."""


@dataclass(frozen=True)
class Whitening:
    """``into`` (words, r) leads to the r directions; ``back`` (words, r) leads from them to distributions of words."""

    into: Float64
    back: Float64
    alpha0: float
    mean: Float64
    """(words,): the mean share of every word in a document."""


def whitening(corpus: Corpus, topics: int, alpha0: float) -> Whitening:
    """The r <= ``topics`` directions in which the pairs vary most; r is 0 where no document has three words."""
    mean = _mean(corpus)
    if corpus.words <= max(SMALL, 2 * topics + SPARE):
        basis = np.eye(corpus.words)
    else:
        basis = np.random.default_rng(0).normal(size=(corpus.words, 2 * topics + SPARE))
        for _ in range(ROUNDS):
            basis = np.linalg.qr(_pairs_times(corpus, basis, alpha0, mean))[0]
    small = basis.T @ _pairs_times(corpus, basis, alpha0, mean)
    values, vectors = np.linalg.eigh((small + small.T) / 2)
    leading = np.argsort(-values)[:topics]
    leading = leading[values[leading] > max(NEGLIGIBLE * values.max(), 0)]
    directions, scale = basis @ vectors[:, leading], np.sqrt(values[leading])
    return Whitening(directions / scale, directions * scale, alpha0, mean)


def whitened_triples(corpus: Corpus, white: Whitening) -> Float64:
    """The symmetric tensor (r, r, r) of triples in the whitened directions."""
    alpha0, rank = white.alpha0, white.into.shape[1]
    count, triples, once = 0, np.zeros((rank, rank, rank)), np.zeros(len(white.mean))
    twice, pairs = np.zeros((len(white.mean), rank)), np.zeros((rank, rank))
    for documents, length in _long_documents(corpus):
        seen = documents @ white.into
        of_pairs, of_triples = 1 / (length * (length - 1)), 1 / (length * (length - 1) * (length - 2))
        triples += _products(seen * of_triples[:, None], seen)
        twice += documents.T @ (seen * of_triples[:, None])
        once += documents.T @ of_triples
        pairs += (seen * of_pairs[:, None]).T @ seen - (white.into.T * (documents.T @ of_pairs)) @ white.into
        count += len(length)
    tensor = triples - _symmetric(_products(twice, white.into)) + 2 * _products(white.into * once[:, None], white.into)
    mean = white.into.T @ white.mean
    tensor = tensor / count - alpha0 / (alpha0 + 2) * _symmetric(np.multiply.outer(mean, pairs / count))
    cube = np.multiply.outer(np.outer(mean, mean), mean)
    return np.asarray(tensor + 2 * alpha0**2 / ((alpha0 + 2) * (alpha0 + 1)) * cube)


def _mean(corpus: Corpus) -> Float64:
    total, count = np.zeros(corpus.words), 0
    for documents, length in _long_documents(corpus):
        total += documents.T @ (1 / length)
        count += len(length)
    return total / max(1, count)


def _pairs_times(corpus: Corpus, matrix: Float64, alpha0: float, mean: Float64) -> Float64:
    """The matrix of pairs (words, words) times ``matrix`` (words, s)."""
    product, count = np.zeros_like(matrix), 0
    for documents, length in _long_documents(corpus):
        weight = 1 / (length * (length - 1))
        product += documents.T @ ((documents @ matrix) * weight[:, None])
        product -= (documents.T @ weight)[:, None] * matrix
        count += len(length)
    return product / max(1, count) - alpha0 / (alpha0 + 1) * np.outer(mean, mean @ matrix)


def _long_documents(corpus: Corpus) -> Iterator[tuple[Any, Float64]]:
    """The documents that have triples of words, in parts, with their numbers of words (n,)."""
    for documents in map(matrix, corpus):
        length = np.asarray(documents.sum(axis=1)).ravel()
        long = length >= 3
        if long.any():
            yield documents[long], length[long]


def _products(first: Float64, others: Float64) -> Float64:
    """(r, r, r): the sum over the rows of first x others x others, both (n, r)."""
    return np.stack([(others * column[:, None]).T @ others for column in first.T])


def _symmetric(tensor: Float64) -> Float64:
    """The sum over the three places for the first axis of a tensor that is symmetric in the other two."""
    return tensor + tensor.transpose(1, 0, 2) + tensor.transpose(2, 1, 0)
