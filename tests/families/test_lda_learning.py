"""Topics that lda finds: against those that documents were written with, and against scikit-learn's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import LatentDirichletAllocation

from containers.sklearn.lda import corpus, learning
from containers.sklearn.lda.algorithm import ALGORITHM
from containers.sklearn.lda.corpus import Corpus
from containers.sklearn.lda.inference import Topics
from contract.context import Context
from contract.errors import ChannelError
from contract.tables.data import Table
from tests.families.evaluation import evaluate
from tests.families.lda_jobs import distances, params, planted, trained


def pwll(topics: Topics, documents: np.ndarray) -> float:
    return evaluate(ALGORITHM, topics, Table(documents))[0].metrics["pwll"]


@pytest.mark.parametrize("words", [40, 700])
def test_planted_topics_are_found_in_small_and_large_vocabularies(words: int) -> None:
    documents, beta = planted(np.full(4, 0.25), words, 1500)
    topics, _, _ = trained(documents, num_topics="4")
    assert distances(topics.beta, beta).max() < 0.1


def test_topics_are_found_that_scikit_learn_misses() -> None:
    documents, beta = planted(np.full(5, 0.2), 25, 1000, length=50)
    train, test = documents[:500], documents[500:]
    topics, _, _ = trained(train, num_topics="5")
    other = LatentDirichletAllocation(5, doc_topic_prior=0.2, max_iter=20, random_state=0).fit(train)
    theirs = Topics(np.full(5, 0.2), other.components_ / other.components_.sum(axis=1, keepdims=True))
    assert distances(topics.beta, beta).max() < 0.06 < distances(theirs.beta, beta).max()
    assert pwll(topics, test) > pwll(theirs, test)
    assert pwll(topics, test) > pwll(Topics(np.full(5, 0.2), beta + 1e-9), test) - 0.01


def test_alpha_shows_how_common_topics_are_and_sums_up_to_alpha0() -> None:
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    documents, beta = planted(2 * shares, 60, 3000)
    topics, _, _ = trained(documents, num_topics="4", alpha0="2")
    assert topics.alpha.sum() == pytest.approx(2)
    assert topics.alpha / 2 == pytest.approx(shares, abs=0.03)
    assert (np.diff(topics.alpha) <= 0).all(), "the most common topic comes first"
    assert np.abs(topics.beta - beta).sum(axis=1).max() / 2 < 0.15


def test_passes_make_the_documents_likelier_and_end_when_they_no_longer_do() -> None:
    documents, _ = planted(np.full(5, 0.2), 100, 300)
    _, lines, passes = trained(documents, num_topics="5")
    found = [scores["train"]["pwll"] for scores in passes]
    assert 2 < len(found) < learning.PASSES
    assert found[-1] > found[0]
    assert min(np.diff(found)) > -1e-3
    assert any("] tensor decomposition: " in line for line in lines)


def test_the_topics_of_the_best_bound_are_kept_where_a_pass_is_a_loss() -> None:
    documents, _ = planted(np.full(2, 0.5), 4, 20, length=5, seed=2)
    topics, _, passes = trained(documents)
    found = [scores["train"]["pwll"] for scores in passes]
    assert found[-1] < max(found) - 1e-4
    assert pwll(topics, documents) > max(found) - 1e-5


def test_max_iterations_and_tol_rule_the_tensor_decomposition() -> None:
    documents, _ = planted(np.full(8, 0.1), 60, 200, length=20)

    def log(**given: str) -> str:
        return next(line for line in trained(documents, num_topics="8", **given)[1] if "tensor" in line)

    def iterations(**given: str) -> int:
        return int(log(**given).split("decomposition: ")[1].split()[0])

    def left(**given: str) -> float:
        return float(log(**given).split("leave ")[1].split("%")[0])

    assert iterations(max_iterations="1") == 1
    assert left(max_iterations="1") > left()
    assert iterations(tol="0.5") < iterations(tol="1e-4") < iterations(tol="1e-10") < 1000


def test_mini_batch_size_truncates_nothing() -> None:
    documents, _ = planted(np.full(2, 0.5), 10, 80)
    whole, quiet, _ = trained(documents)
    small, lines, _ = trained(documents, mini_batch_size="5")
    assert small.beta.tobytes() == whole.beta.tobytes()
    assert any(line.endswith("] mini_batch_size is 5; all 80 documents are used") for line in lines)
    assert not any("mini_batch_size" in line for line in quiet)


def test_a_channel_on_disk_is_learned_from_in_parts_and_gives_the_same_topics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents, _ = planted(np.full(3, 0.3), 20, 200)
    here = trained(documents, num_topics="3")[0]
    np.save(tmp_path / "documents.npy", documents)
    mapped = np.load(tmp_path / "documents.npy", mmap_mode="r")
    monkeypatch.setattr(corpus, "CELLS", 20 * 30)
    assert [part.shape[0] for part in Corpus(Table(mapped))] == [30] * 6 + [20]
    there = trained(mapped, num_topics="3")[0]
    # the order of a sum is another one, and what it changes grows while the iteration converges
    assert there.beta == pytest.approx(here.beta, rel=1e-5)
    assert there.alpha == pytest.approx(here.alpha, rel=1e-5)


@pytest.mark.parametrize("topics", [1, 6])
def test_any_number_of_topics_is_learned_from_four_words(topics: int) -> None:
    documents, _ = planted(np.full(2, 0.5), 4, 60)
    found, lines, _ = trained(documents, num_topics=str(topics))
    assert found.beta.shape == (topics, 4)
    assert found.beta.sum(axis=1) == pytest.approx(1)
    assert (found.beta > 0).all()
    assert any("begin as random documents" in line for line in lines) is (topics > 4)
    mixtures = ALGORITHM.predict(found, Table(documents))
    assert mixtures.sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_documents_too_short_for_moments_are_learned_from_all_the_same() -> None:
    documents = np.tile(np.array([[1, 1, 0, 0], [0, 0, 1, 1]], np.float32), (30, 1))
    found, lines, _ = trained(documents)
    assert any(line.endswith("] 0 topics are found by moments, 2 begin as random documents") for line in lines)
    assert np.isfinite(found.beta).all()


@pytest.mark.parametrize(
    "documents",
    [np.full((20, 4), 3), np.eye(4)[[0] * 20] * 9, np.eye(4)[np.arange(20) % 4] * 0.5, np.tile([5, 0, 0, 0], (3, 1))],
    ids=["all alike", "one word", "halves of words", "three documents"],
)
def test_degenerate_documents_give_topics(documents: np.ndarray) -> None:
    found, _, _ = trained(documents.astype(np.float32))
    assert found.beta.sum(axis=1) == pytest.approx(1)
    assert np.isfinite(ALGORITHM.predict(found, Table(documents.astype(np.float32)))).all()


def test_empty_documents_among_others_change_nothing_but_a_corpus_of_them_is_refused() -> None:
    documents, beta = planted(np.full(2, 0.5), 10, 400)
    documents[::7] = 0
    assert distances(trained(documents)[0].beta, beta).max() < 0.05
    with pytest.raises(ChannelError, match="'train': all documents are empty"):
        trained(np.zeros((5, 4), np.float32))


def test_feature_dim_must_be_the_size_of_the_vocabulary() -> None:
    with pytest.raises(ChannelError, match="feature_dim is 5, but the records have 4 features"):
        ALGORITHM.fit(params(feature_dim="5"), Table(np.ones((9, 4), np.float32)), None, Context())


def test_training_again_gives_the_same_topics_byte_for_byte() -> None:
    documents, _ = planted(np.full(3, 0.3), 20, 100)
    first, second = (trained(documents, num_topics="5")[0] for _ in range(2))
    assert (first.alpha.tobytes(), first.beta.tobytes()) == (second.alpha.tobytes(), second.beta.tobytes())


def test_a_stopping_job_ends_after_the_pass() -> None:
    passes: list[int] = []
    context = Context(log_round=lambda step, scores: passes.append(step), stopping=lambda: True)
    documents, _ = planted(np.full(5, 0.2), 50, 100)
    chosen = params(num_topics="5", feature_dim="50", mini_batch_size="100")
    assert ALGORITHM.fit(chosen, Table(documents), None, context).beta.shape == (5, 50)
    assert passes == [0]
