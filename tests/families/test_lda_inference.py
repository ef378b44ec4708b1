"""The numbers under lda: moments, tensors, mixtures and bounds against slow or published computations."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import psi
from scipy.stats import beta as beta_distribution
from sklearn.decomposition import LatentDirichletAllocation

from containers.sklearn.lda import inference
from containers.sklearn.lda.corpus import Corpus, counts
from containers.sklearn.lda.inference import ANSWERING, Topics, infer
from containers.sklearn.lda.likelihood import bound
from containers.sklearn.lda.moments import whitened_triples, whitening
from containers.sklearn.lda.special import digamma
from containers.sklearn.lda.tensor import decompose
from contract.tables.data import Table
from tests.families.lda_jobs import planted

ALPHA0 = 0.7


def sparse(documents: np.ndarray) -> object:
    return counts(Table(documents.astype(np.float32)))


def slow_moments(documents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The corrected moments of pairs and triples, from every ordered choice of different words of each document."""
    width = documents.shape[1]
    first, pairs, triples = np.zeros(width), np.zeros((width, width)), np.zeros((width, width, width))
    for document in documents.astype(int):
        words = np.repeat(np.arange(width), document)
        first += document / document.sum()
        for one, two in (chosen := list(permutations(words, 2))):
            pairs[one, two] += 1 / len(chosen)
        for one, two, three in (chosen_three := list(permutations(words, 3))):
            triples[one, two, three] += 1 / len(chosen_three)
    first, pairs, triples = (moment / len(documents) for moment in (first, pairs, triples))
    corrected = pairs - ALPHA0 / (ALPHA0 + 1) * np.outer(first, first)
    mixed = np.einsum("ab,c->abc", pairs, first)
    triples -= ALPHA0 / (ALPHA0 + 2) * (mixed + mixed.transpose(0, 2, 1) + mixed.transpose(2, 1, 0))
    cube = np.einsum("a,b,c->abc", first, first, first)
    return corrected, triples + 2 * ALPHA0**2 / ((ALPHA0 + 2) * (ALPHA0 + 1)) * cube


def test_moments_are_those_of_every_pair_and_triple_of_words() -> None:
    documents, _ = planted(np.full(3, 0.4), 6, 40, length=7)
    short = np.array([[1, 1, 0, 0, 0, 0], [0] * 6])
    pairs, triples = slow_moments(documents)
    corpus = Corpus(Table(np.concatenate([documents, short]).astype(np.float32)))
    white = whitening(corpus, 3, ALPHA0)
    into = white.into
    assert into.T @ pairs @ into == pytest.approx(np.eye(3), abs=1e-5)
    assert white.back.T @ into == pytest.approx(np.eye(3), abs=1e-5)
    expected = np.einsum("abc,ai,bj,ck->ijk", triples, into, into, into)
    assert whitened_triples(corpus, white) == pytest.approx(expected, abs=1e-5)


def test_the_leading_directions_of_a_large_vocabulary_are_those_of_the_whole_matrix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents, _ = planted(np.full(3, 0.4), 80, 200)
    corpus = Corpus(Table(documents))
    full = whitening(corpus, 3, ALPHA0)
    monkeypatch.setattr("containers.sklearn.lda.moments.SMALL", 0)
    fast = whitening(corpus, 3, ALPHA0)
    assert fast.back @ fast.back.T == pytest.approx(full.back @ full.back.T, rel=1e-3, abs=1e-6)


def test_orthogonal_parts_of_a_tensor_are_found() -> None:
    vectors = np.linalg.qr(np.random.default_rng(2).normal(size=(6, 6)))[0]
    weights = np.array([5, 4, 3, 2.5, 2, 1.0])
    tensor = np.einsum("r,ar,br,cr->abc", weights, vectors, vectors, vectors)
    found = decompose(tensor, 10, 1000, 1e-8, lambda: False)
    assert sorted(found.weights) == pytest.approx(sorted(weights), rel=1e-3)
    assert np.abs(found.vectors.T @ vectors).max(axis=1) == pytest.approx(1, abs=1e-3)
    assert found.error < 1e-3


def test_more_random_starts_leave_less_of_a_tensor_without_structure() -> None:
    random = np.random.default_rng(0).normal(size=(8, 8, 8))
    tensor = np.sum([random.transpose(order) for order in permutations(range(3))], axis=0)
    one, many = (decompose(tensor, starts, 1000, 1e-8, lambda: False) for starts in (1, 10))
    assert many.error < one.error - 0.01
    assert decompose(tensor, 10, 1000, 1e-8, lambda: True).error == one.error, "a stopping job begins no other start"


def test_parts_that_plain_alternating_least_squares_mixes_up_are_told_apart() -> None:
    vectors = np.linalg.qr(np.random.default_rng(2).normal(size=(40, 40)))[0]
    tensor = np.einsum("r,ar,br,cr->abc", np.linspace(1, 5, 40), vectors, vectors, vectors)
    assert decompose(tensor, 1, 1000, 1e-8, lambda: False).error < 1e-3


def test_mixtures_are_those_of_scikit_learn_for_the_same_topics() -> None:
    documents, beta = planted(np.full(4, 0.25), 30, 50)
    beta = (beta + 0.001) / (beta + 0.001).sum(axis=1, keepdims=True)
    reference = LatentDirichletAllocation(4, doc_topic_prior=0.25, max_iter=1, max_doc_update_iter=5000).fit(documents)
    reference.mean_change_tol = 1e-9
    reference.components_ = reference.exp_dirichlet_component_ = beta
    expected = reference.transform(documents.astype(np.float64))
    gamma = infer(Topics(np.full(4, 0.25), beta), sparse(documents), ANSWERING)
    assert gamma / gamma.sum(axis=1, keepdims=True) == pytest.approx(expected, abs=1e-3)


def test_digamma_is_that_of_scipy_to_the_last_digits() -> None:
    spread = np.geomspace(1e-9, 1e9, 200_000)
    for values in (spread, np.linspace(1.3, 1.6, 10_000), np.arange(1.0, 1000).reshape(27, 37)):
        expected = psi(values)
        assert digamma(values).shape == values.shape
        np.testing.assert_allclose(digamma(values), expected, rtol=2e-15, atol=3e-15)


def exact_log_likelihood(topics: Topics, document: np.ndarray) -> float:
    """Of a document of two topics, by integration over its mixture."""

    def likelihood(share: float) -> float:
        words = share * topics.beta[0] + (1 - share) * topics.beta[1]
        return float(np.prod(words**document) * beta_distribution.pdf(share, *topics.alpha))

    return float(np.log(quad(likelihood, 0, 1)[0]))


def test_the_bound_is_a_little_below_the_exact_likelihood() -> None:
    topics = Topics(np.array([1.5, 1.2]), np.array([[0.6, 0.3, 0.05, 0.05], [0.05, 0.05, 0.3, 0.6]]))
    for document in ([[3, 1, 0, 1]], [[0, 0, 2, 2]], [[2, 2, 2, 2]]):
        given = np.array(document)
        found = bound(topics, sparse(given), infer(topics, sparse(given), ANSWERING))
        exact = exact_log_likelihood(topics, given[0])
        assert exact - 0.35 < found < exact


def test_the_bound_of_a_single_topic_is_exact() -> None:
    topics = Topics(np.array([1.0]), np.array([[0.5, 0.3, 0.2]]))
    documents = np.array([[4, 1, 0], [0, 0, 2]])
    found = bound(topics, sparse(documents), infer(topics, sparse(documents), ANSWERING))
    assert found == pytest.approx(float((documents * np.log(topics.beta[0])).sum()))


def test_a_mixture_does_not_depend_on_the_batch_nor_on_how_it_is_worked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents, beta = planted(np.full(7, 0.2), 50, 300)
    documents[::11] = 0
    topics = Topics(np.full(7, 0.2), beta * 0.99 + 0.01 / 50)
    together = infer(topics, sparse(documents), ANSWERING)
    assert together.tobytes() == b"".join(infer(topics, sparse(one[None]), ANSWERING).tobytes() for one in documents)
    monkeypatch.setattr(inference, "CELLS", 1000)
    assert together.tobytes() == infer(topics, sparse(documents), ANSWERING).tobytes()


def test_topics_with_a_tiny_prior_and_rare_words_give_finite_mixtures() -> None:
    topics = Topics(np.array([1e-3, 1e-5]), np.array([[1 - 1e-9, 1e-9], [1e-9, 1 - 1e-9]]))
    gamma = infer(topics, sparse(np.array([[5, 0], [0, 7], [1e6, 1e6]])), ANSWERING)
    assert np.isfinite(gamma).all()
    assert (gamma / gamma.sum(axis=1, keepdims=True))[:2] == pytest.approx(np.eye(2), abs=1e-3)
