"""What a pca endpoint answers, and how a projection is judged."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from sklearn import decomposition

from containers.sklearn.projection.algorithm import ALGORITHM, Components
from containers.sklearn.projection.decomposition import slice_size
from containers.sklearn.projection.hyperparameters import PCAHyperparameters
from contract.context import Context
from contract.figures import Bars, Scatter
from contract.hyperparameters import parse
from contract.tables.data import Table
from tests.families import asking
from tests.families.evaluation import evaluate
from tests.formats import samples
from tests.media_types import CSV, JSON, JSONLINES, RECORDIO

MODEL = Components(np.array([1.0, 2.0]), np.eye(2), np.array([[0.5, 14.0]]), 5.0)
ROWS = np.array([[1.5, 16], [6.5, 21]], np.float32)
SHORT = b'{"instances": [{"features": [1.5, 16.0]}, {"features": [6.5, 21.0]}]}'
LONG = (
    b'{"instances": [{"data": {"features": {"values": [1.5, 16.0]}}}, '
    b'{"data": {"features": {"values": [6.5, 21]}}, "configuration": {}}]}'
)
REQUESTS = {
    "csv": (CSV, b"1.5,16.0\n6.5,21\n"),
    "csv that says that it has no label": ("text/csv; label_size=0", b"1.5,16.0\n6.5,21"),
    "json": (JSON, SHORT),
    "json in its long form": (JSON, LONG),
    "jsonlines": (JSONLINES, b'{"features": [1.5, 16.0]}\n{"features": [6.5, 21.0]}\n'),
    "recordio": (RECORDIO, samples.as_recordio(ROWS)),
    "sparse recordio": (RECORDIO, samples.as_sparse_recordio(ROWS)),
}


def respond(body: bytes, content_type: str, accept: str, model: Components = MODEL) -> bytes:
    """Request to answer, as an endpoint goes."""
    return asking.respond(ALGORITHM, model, model.vectors.shape[0], body, content_type, accept)


def trained(rows: Any, components: int, **given: str) -> Components:
    sizes = {"feature_dim": str(rows.shape[1]), "num_components": str(components), "mini_batch_size": "100"}
    return ALGORITHM.fit(parse(PCAHyperparameters, sizes | given), Table(rows), None, Context())


@pytest.mark.parametrize(("content_type", "body"), REQUESTS.values(), ids=REQUESTS.keys())
def test_every_request_is_answered_as_in_the_documentation(content_type: str, body: bytes) -> None:
    expected = {"projections": [{"projection": [1.0, 2.0]}, {"projection": [6.0, 7.0]}]}
    assert json.loads(respond(body, content_type, JSON)) == expected


def test_json_has_the_projections_under_their_own_key() -> None:
    assert respond(SHORT, JSON, JSON) == b'{"projections":[{"projection":[1.0,2.0]},{"projection":[6.0,7.0]}]}'


def test_jsonlines_have_an_object_a_record() -> None:
    assert respond(SHORT, JSON, JSONLINES) == b'{"projection":[1.0,2.0]}\n{"projection":[6.0,7.0]}\n'


def test_csv_has_a_cell_a_component() -> None:
    assert respond(SHORT, JSON, CSV) == b"1.0,2.0\n6.0,7.0\n"


def test_recordio_has_a_float32_tensor() -> None:
    records = [
        samples.framed(samples.vector(2, samples.tensor("float32", row), "projection")) for row in ([1, 2], [6, 7])
    ]
    assert respond(SHORT, JSON, RECORDIO) == b"".join(records)


def test_a_single_component_is_still_a_list() -> None:
    model = Components(np.ones(1), np.array([[1.0], [0.0]]), None, 1.0)
    assert respond(b"3,4\n", CSV, JSON, model) == b'{"projections":[{"projection":[3.0]}]}'


def test_wide_sparse_requests_are_zero_where_nothing_is_written() -> None:
    body = b'{"instances": [{"data": {"features": {"keys": [26, 182], "shape": [2000], "values": [1, 1]}}}]}'
    vectors = np.zeros((2000, 2))
    vectors[26, 0], vectors[182, 1], vectors[5, 1] = 1, 0.5, 9
    model = Components(np.ones(2), vectors, None, 1.0)
    assert respond(body, JSON, JSONLINES, model) == b'{"projection":[1.0,0.5]}\n'


def test_json_is_the_default_answer() -> None:
    assert ALGORITHM.output(MODEL).accepts[0] == JSON
    assert set(ALGORITHM.output(MODEL).accepts) == {JSON, JSONLINES, CSV, RECORDIO}
    assert set(ALGORITHM.input.request_types) == {CSV, JSON, JSONLINES, RECORDIO}


def test_V12_a_row_is_answered_the_same_alone_and_in_any_batch() -> None:
    random = np.random.default_rng(4)
    base = random.normal(size=(300, 20))
    rows = np.column_stack([base, base[:, :5] + base[:, 5:10], np.ones(300), 2 * base[:, 3]]).astype(np.float32)
    model = trained(rows, 27)  # seven of them hold nothing but what rounding leaves
    batch = ALGORITHM.predict(model, Table(rows))
    alone = np.concatenate([ALGORITHM.predict(model, Table(rows[row : row + 1])) for row in range(300)])
    order = random.permutation(300)
    np.testing.assert_array_equal(alone, batch)
    np.testing.assert_array_equal(ALGORITHM.predict(model, Table(rows[order])), batch[order])


def test_projections_beyond_float32_stay_finite() -> None:
    vectors = np.full((4, 1), 0.5)
    far = Table(np.full((1, 4), 3e38, np.float32))
    assert np.isfinite(ALGORITHM.predict(Components(np.ones(1), vectors, None, 1.0), far)).all()


@pytest.mark.parametrize("subtract_mean", ["true", "false"])
def test_the_metrics_are_those_of_the_reconstruction(subtract_mean: str) -> None:
    rows = (np.random.default_rng(5).normal(size=(400, 8)) * np.arange(1, 9) + 3).astype(np.float32)
    train, test = rows[:300], rows[300:]
    model = trained(train, 3, subtract_mean=subtract_mean)
    plain = decomposition.PCA(3) if subtract_mean == "true" else decomposition.TruncatedSVD(3, algorithm="arpack")
    plain.fit(train.astype(np.float64))
    lost = ((test - plain.inverse_transform(plain.transform(test.astype(np.float64)))) ** 2).sum(axis=1)
    whole = ((test - train.mean(axis=0, dtype=np.float64) * (subtract_mean == "true")) ** 2).sum(axis=1)
    metrics = evaluate(ALGORITHM, model, Table(test))[0].metrics
    assert metrics["reconstruction_error"] == pytest.approx(lost.mean(), rel=1e-5)
    assert metrics["explained_variance"] == pytest.approx(1 - lost.sum() / whole.sum(), rel=1e-5)


def test_a_table_of_several_slices_is_projected_and_judged_as_a_whole() -> None:
    rows = np.random.default_rng(5).normal(size=(4400, 2000)).astype(np.float32)
    assert slice_size(Table(rows)) < 4400
    vectors = np.eye(2000)[:, :2]
    evaluation, predictions = evaluate(ALGORITHM, Components(np.ones(2), vectors, None, 1.0), Table(rows))
    np.testing.assert_array_equal(predictions, rows[:, :2])
    lost = np.square(rows[:, 2:], dtype=np.float64).sum() / 4400
    assert evaluation.metrics["reconstruction_error"] == pytest.approx(lost, rel=1e-9)


def test_on_the_train_channel_the_explained_variance_is_what_scikit_learn_calls_its_ratio() -> None:
    rows = (np.random.default_rng(5).normal(size=(400, 8)) * np.arange(1, 9)).astype(np.float32)
    expected = decomposition.PCA(3).fit(rows).explained_variance_ratio_
    model = trained(rows, 3)
    assert evaluate(ALGORITHM, model, Table(rows))[0].metrics["explained_variance"] == pytest.approx(
        expected.sum(), rel=1e-5
    )
    (bars,) = ALGORITHM.figures(model, {})
    assert isinstance(bars, Bars)
    assert list(bars.values) == ["component 1", "component 2", "component 3"]
    np.testing.assert_allclose(list(bars.values.values()), 100 * expected, rtol=1e-5)


def test_the_picture_of_the_records_has_the_largest_component_to_the_right() -> None:
    (dots,) = evaluate(ALGORITHM, MODEL, Table(ROWS))[0].figures
    assert isinstance(dots, Scatter)
    assert (list(dots.x), list(dots.y)) == ([2, 7], [1, 6])


def test_of_many_records_some_are_drawn_and_of_one_component_none() -> None:
    (dots,) = evaluate(ALGORITHM, MODEL, Table(np.tile(ROWS, (3000, 1))))[0].figures
    assert isinstance(dots, Scatter)
    assert len(dots.x) == 2000
    assert "2,000 of 6,000 records" in dots.title
    single = Components(np.ones(1), np.array([[1.0], [0.0]]), None, 1.0)
    assert evaluate(ALGORITHM, single, Table(ROWS))[0].figures == ()


def test_the_metrics_stand_in_the_log_where_their_regexes_find_them() -> None:
    scores = {"train": {"reconstruction_error": 1.5}, "test": {"reconstruction_error": 2.5, "explained_variance": 0.9}}
    text = "\n".join(ALGORITHM.metric_log.lines("algo-1", None, scores))
    assert "#quality_metric: host=algo-1, test reconstruction_error <loss>=2.5" in text
    assert "#quality_metric: host=algo-1, test explained_variance <score>=0.9" in text
    for channel, values in scores.items():
        for name, value in values.items():
            definition = ALGORITHM.metric_log.definition(channel, name)
            assert definition is not None
            assert re.findall(definition["Regex"], text) == [str(value)]
