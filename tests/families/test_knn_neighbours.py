"""What knn finds: the neighbours, votes and means of scikit-learn, and the same for a record in every batch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors

from containers.sklearn.knn.algorithm import ALGORITHM
from containers.sklearn.knn.answers import vote
from containers.sklearn.knn.model import NeighbourModel
from contract.errors import ChannelError, RequestError
from contract.tables.data import Table
from tests.families.knn_jobs import (
    EVERYWHERE,
    FJLT,
    KINDS,
    LISTS,
    QUANTISED,
    SIGNS,
    fit,
    logged,
    predicted,
    respond,
    table,
)
from tests.formats import samples

ROWS, COLUMNS = 300, 6
QUERIES = table(records=150, seed=11)
EXACT = pytest.mark.parametrize("given", [{}, EVERYWHERE], ids=["flat", "lists, all of them searched"])


def distances(model: NeighbourModel, queries: Table = QUERIES) -> Any:
    return ALGORITHM.predict(model, queries)[:, 0]


def valued(data: Any) -> Any:
    """The same records with values as labels, none twice."""
    return replace(data, label=data.features[:, 0] - 0.5 * data.features[:, 1])


def wide(some: Any) -> Any:
    return some.features.astype(np.float64)


@EXACT
@pytest.mark.parametrize("k", [1, 5, 33, ROWS])
def test_the_neighbours_are_those_of_scikit_learn_with_squared_distances(given: dict[str, str], k: int) -> None:
    train = table()
    reference = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(wide(train))
    expected, rows = reference.kneighbors(wide(QUERIES))
    found = ALGORITHM.predict(fit(train, k=str(k), **given), QUERIES)
    np.testing.assert_allclose(found[:, 0], expected**2, rtol=1e-6)
    np.testing.assert_array_equal(found[:, 1], train.label[rows])


@EXACT
def test_cosine_is_one_minus_the_similarity(given: dict[str, str]) -> None:
    train = table()
    expected, rows = NearestNeighbors(n_neighbors=5, metric="cosine").fit(wide(train)).kneighbors(wide(QUERIES))
    found = ALGORITHM.predict(fit(train, index_metric="COSINE", **given), QUERIES)
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-6)
    np.testing.assert_array_equal(found[:, 1], train.label[rows])


@EXACT
def test_an_inner_product_is_negated_so_that_the_nearest_comes_first(given: dict[str, str]) -> None:
    train = table()
    products = wide(QUERIES) @ wide(train).T
    found = ALGORITHM.predict(fit(train, index_metric="INNER_PRODUCT", **given), QUERIES)
    rows = np.argsort(-products, axis=1)[:, :5]
    np.testing.assert_allclose(found[:, 0], np.take_along_axis(-products, rows, 1), rtol=1e-5)
    np.testing.assert_array_equal(found[:, 1], train.label[rows])


@EXACT
@pytest.mark.parametrize("metric", ["L2", "COSINE", "INNER_PRODUCT"])
@pytest.mark.parametrize("k", [1, 9])
def test_a_classifier_predicts_as_that_of_scikit_learn(given: dict[str, str], metric: str, k: int) -> None:
    train = table()
    near, far = by_metric(metric, train)
    expected = KNeighborsClassifier(k, metric="precomputed").fit(near, train.label).predict(far)
    np.testing.assert_array_equal(predicted(fit(train, k=str(k), index_metric=metric, **given), QUERIES), expected)


@EXACT
@pytest.mark.parametrize("metric", ["L2", "COSINE", "INNER_PRODUCT"])
@pytest.mark.parametrize("k", [1, 50])
def test_a_regressor_predicts_as_that_of_scikit_learn(given: dict[str, str], metric: str, k: int) -> None:
    train = valued(table())
    near, far = by_metric(metric, train)
    expected = KNeighborsRegressor(k, metric="precomputed").fit(near, train.label).predict(far)
    model = fit(train, k=str(k), index_metric=metric, predictor_type="regressor", **given)
    np.testing.assert_allclose(predicted(model, QUERIES), expected, rtol=1e-5, atol=1e-6)


def by_metric(metric: str, train: Any) -> tuple[Any, Any]:
    """Distances among the train records, and from the queries to them; none is below 0, as scikit-learn wants it."""
    known, asked = wide(train), wide(QUERIES)
    if metric == "L2":
        return tuple(np.square(rows[:, None] - known).sum(axis=2) for rows in (known, asked))
    if metric == "COSINE":
        known, asked = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (known, asked))
    return 1000 - known @ known.T, 1000 - asked @ known.T


def test_a_record_of_zeros_is_at_cosine_distance_one_of_everything() -> None:
    model = fit(table(), index_metric="COSINE")
    assert (distances(model, Table(np.zeros((1, COLUMNS), np.float32))) == 1).all()


@pytest.mark.parametrize("given", KINDS.values(), ids=KINDS)
def test_distances_ascend_and_every_record_has_k_of_them(given: dict[str, str]) -> None:
    found = ALGORITHM.predict(fit(table(), **given), QUERIES)
    assert found.shape == (len(QUERIES), 2, int(given.get("k", "5")))
    assert found.dtype == np.float32
    assert (np.diff(found[:, 0], axis=1) >= 0).all()


@pytest.mark.parametrize("given", KINDS.values(), ids=KINDS)
def test_V12_an_answer_does_not_depend_on_its_batch(given: dict[str, str]) -> None:
    """faiss would go another way from 20 queries on."""
    model = fit(table(), **given)
    whole = ALGORITHM.predict(model, QUERIES)
    for size in (1, 7, 19, 20, 21, 64):
        parts = [ALGORITHM.predict(model, part) for part in QUERIES.parts(size)]
        assert np.concatenate(parts).tobytes() == whole.tobytes()


@pytest.mark.parametrize("given", KINDS.values(), ids=KINDS)
def test_V12_nor_where_many_records_are_equally_far(given: dict[str, str]) -> None:
    random = np.random.default_rng(5)
    features = random.integers(-2, 3, size=(ROWS, COLUMNS)).astype(np.float32) / np.float32(3)
    model = fit(Table(features, random.integers(0, 9, ROWS).astype(np.float32)), **given)
    body, accept = samples.as_csv(features[:25]), "application/jsonlines; verbose=true"
    alone = [respond(line, "text/csv", accept, model) for line in body.splitlines(keepends=True)]
    assert b"".join(alone) == respond(body, "text/csv", accept, model)


@EXACT
def test_of_equally_near_records_those_that_came_first_answer_in_their_order(given: dict[str, str]) -> None:
    corners = np.array(np.meshgrid(*[[0.0, 1.0]] * 5)).reshape(5, -1).T.astype(np.float32)
    train = Table(np.tile(corners, (20, 1)), np.arange(640, dtype=np.float32))
    queries = Table(np.repeat(np.full((1, 5), 0.5, np.float32), 40, axis=0))
    model = fit(train, sample_size="640", k="640", **given)
    found = ALGORITHM.predict(model, queries)
    assert (found[:, 0] == 1.25).all()
    np.testing.assert_array_equal(found[:, 1], np.tile(np.arange(640), (40, 1)))
    if not given:
        few = ALGORITHM.predict(fit(train, sample_size="640", k="30"), queries)
        np.testing.assert_array_equal(few[:, 1], np.tile(np.arange(30), (40, 1)))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0, 1], 0),
        ([1, 0], 1),
        ([2, 0, 0], 0),
        ([2, 0, 0, 2], 2),
        ([5, 1, 1, 3, 3], 1),
        ([7], 7),
        ([-1, 0.5, 0.5], 0.5),
    ],
)
def test_of_equally_frequent_labels_that_of_the_nearest_neighbour_wins(labels: list[float], expected: float) -> None:
    assert vote(np.array([labels], np.float32)).tolist() == [expected]


def test_close_neighbours_far_from_the_origin_are_told_apart() -> None:
    """Distances by products of matrices in single precision would all be zero or worse here."""
    features = (10_000 + np.arange(40)[:, None] * 0.01 * np.ones(COLUMNS)).astype(np.float32)
    train = Table(features, np.arange(40, dtype=np.float32))
    np.testing.assert_array_equal(predicted(fit(train, k="1", predictor_type="regressor"), train), np.arange(40))


@pytest.mark.parametrize("given", [{}, LISTS, QUANTISED], ids=["flat", "lists", "quantised"])
def test_several_threads_of_a_server_may_search_at_once(given: dict[str, str]) -> None:
    model = fit(table(), **given)
    expected = ALGORITHM.predict(model, QUERIES).tobytes()
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: ALGORITHM.predict(model, QUERIES).tobytes(), range(12))) == {expected}


@pytest.mark.parametrize("given", [{}, {**LISTS, "_faiss_index_nprobe": "1"}], ids=["flat", "lists"])
def test_k_above_the_indexed_records_lets_all_of_them_answer(given: dict[str, str]) -> None:
    train = valued(table(records=7))
    model, log = logged(train, k="10", predictor_type="regressor", **given)
    assert ALGORITHM.predict(model, QUERIES).shape == (len(QUERIES), 2, 7)
    np.testing.assert_allclose(predicted(model, QUERIES), train.label.mean(dtype=np.float64), rtol=1e-6)
    assert "k is 10, only 7 records are indexed" in log


def test_lists_find_nearly_all_of_the_true_neighbours_and_all_with_every_list_probed() -> None:
    exact, some, every = (distances(fit(table(), **given)) for given in ({}, LISTS, EVERYWHERE))
    assert np.isclose(exact, some).mean() > 0.9
    assert every.tobytes() == exact.tobytes()


@pytest.mark.parametrize("parts", ["3", "4"])
def test_quantised_vectors_find_most_of_the_true_neighbours(parts: str) -> None:
    train = valued(table(records=3000))
    given = {"index_type": "faiss.IVFPQ", "faiss_index_ivf_nlists": "4", "_faiss_index_nprobe": "4"}
    exact = ALGORITHM.predict(fit(train, sample_size="3000", k="10"), QUERIES)
    found = ALGORITHM.predict(fit(train, sample_size="3000", k="10", faiss_index_pq_m=parts, **given), QUERIES)
    hits = [len(np.intersect1d(*pair)) for pair in zip(exact[:, 1], found[:, 1], strict=True)]  # labels are unique
    assert np.mean(hits) / 10 > 0.7
    assert np.corrcoef(exact[:, 0].ravel(), found[:, 0].ravel())[0, 1] > 0.95


@pytest.mark.parametrize("given", [SIGNS, FJLT], ids=["signs", "fjlt"])
def test_a_classifier_of_projected_records_is_about_as_good(given: dict[str, str]) -> None:
    train, test = (table(records=rows, columns=300, seed=seed) for rows, seed in ((600, 1), (200, 2)))
    for part in (train, test):
        part.features[:] += 0.5 * part.label[:, None]
    given = {**given, "dimension_reduction_target": "100", "sample_size": "600"}
    whole, reduced = (
        (predicted(fit(train, **some), test) == test.label).mean() for some in ({"sample_size": "600"}, given)
    )
    assert whole > 0.9
    assert reduced > whole - 0.1


@pytest.mark.parametrize("given", [{}, SIGNS, LISTS], ids=["plain", "reduced", "lists"])
def test_values_whose_distances_are_beyond_single_precision_are_refused(given: dict[str, str]) -> None:
    train = table()
    train.features[17, 2] = 1e19
    with pytest.raises(ChannelError, match="channel 'train', record 18: its values are too large"):
        fit(train, **given)
    with pytest.raises(RequestError, match="record 18: its values are too large"):
        ALGORITHM.predict(fit(table(), **given), train)


def test_large_values_that_have_distances_are_answered() -> None:
    train = table()
    train.features[:, 0] *= 3e17
    assert np.isfinite(ALGORITHM.predict(fit(train), train)).all()
