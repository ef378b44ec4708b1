"""What a kmeans endpoint answers, how it is judged, and what the log says of it."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import pairwise_distances_argmin_min

from containers.sklearn.clustering.algorithm import ALGORITHM, Clusters
from contract.figures import Bars
from contract.tables.data import Table
from tests.families import asking
from tests.families.evaluation import evaluate
from tests.formats import samples
from tests.media_types import CSV, JSON, JSONLINES, RECORDIO

CENTERS = np.array([[100, 100], [1.5, 13], [14, 17]], np.float32)
SHORT = b'{"instances": [{"features": [1.5, 16.0]}, {"features": [10.0, 20.0]}]}'
LONG = (
    b'{"instances": [{"data": {"features": {"values": [1.5, 16.0]}}}, '
    b'{"data": {"features": {"values": [10, 20]}}, "configuration": {}}]}'
)
SPARSE = (
    b'{"instances": [{"data": {"features": {"keys": [0, 1], "shape": [2], "values": [1.5, 16]}}}, '
    b'{"data": {"features": {"keys": [1, 0], "shape": [2], "values": [20, 10]}}}]}'
)
ROWS = np.array([[1.5, 16], [10, 20]], np.float32)
REQUESTS = {
    "csv": (CSV, b"1.5,16.0\n10,20\n"),
    "csv that says that it has no label": ("text/csv; label_size=0", b"1.5,16.0\n10,20"),
    "json": (JSON, SHORT),
    "json in its long form": (JSON, LONG),
    "sparse json": (JSON, SPARSE),
    "jsonlines": (JSONLINES, b'{"features": [1.5, 16.0]}\n{"features": [10.0, 20.0]}\n'),
    "recordio": (RECORDIO, samples.as_recordio(ROWS)),
    "sparse recordio": (RECORDIO, samples.as_sparse_recordio(ROWS)),
}


def respond(body: bytes, content_type: str, accept: str, model: Clusters | None = None) -> bytes:
    """Request to answer, as an endpoint goes."""
    known = model or Clusters(CENTERS, ("msd",))
    return asking.respond(ALGORITHM, known, known.centers.shape[1], body, content_type, accept)


@pytest.mark.parametrize(("content_type", "body"), REQUESTS.values(), ids=REQUESTS.keys())
def test_every_request_is_answered_as_in_the_documentation(content_type: str, body: bytes) -> None:
    expected = {
        "predictions": [
            {"closest_cluster": 1.0, "distance_to_cluster": 3.0},
            {"closest_cluster": 2.0, "distance_to_cluster": 5.0},
        ]
    }
    assert json.loads(respond(body, content_type, JSON)) == expected


def test_json_writes_the_cluster_as_a_float() -> None:
    assert respond(SHORT, JSON, JSON) == (
        b'{"predictions":[{"closest_cluster":1.0,"distance_to_cluster":3.0},'
        b'{"closest_cluster":2.0,"distance_to_cluster":5.0}]}'
    )


def test_jsonlines_have_an_object_a_record() -> None:
    assert respond(SHORT, JSON, JSONLINES) == (
        b'{"closest_cluster":1.0,"distance_to_cluster":3.0}\n{"closest_cluster":2.0,"distance_to_cluster":5.0}\n'
    )


def test_csv_has_cluster_and_distance() -> None:
    assert respond(SHORT, JSON, CSV) == b"1.0,3.0\n2.0,5.0\n"


def test_recordio_has_a_float32_tensor_for_each_of_both() -> None:
    def record(cluster: float, distance: float) -> bytes:
        entries = {"closest_cluster": cluster, "distance_to_cluster": distance}
        tensors = {name: samples.tensor("float32", [value]) for name, value in entries.items()}
        return samples.framed(b"".join(samples.vector(2, value, name) for name, value in tensors.items()))

    assert respond(SHORT, JSON, RECORDIO) == record(1, 3) + record(2, 5)


def test_wide_sparse_requests_are_zero_where_nothing_is_written() -> None:
    body = b'{"instances": [{"data": {"features": {"keys": [26, 182], "shape": [2000], "values": [1, 1]}}}]}'
    centers = np.zeros((2, 2000), np.float32)
    centers[0, 5] = 100
    assert respond(body, JSON, CSV, Clusters(centers, ("msd",))) == b"1.0,1.4142135\n"


def test_json_is_the_default_answer_and_csv_the_default_request() -> None:
    assert ALGORITHM.output(Clusters(CENTERS, ("msd",))).accepts[0] == JSON
    assert set(ALGORITHM.output(Clusters(CENTERS, ("msd",))).accepts) == {JSON, JSONLINES, CSV, RECORDIO}
    assert set(ALGORITHM.input.request_types) == {CSV, JSON, JSONLINES, RECORDIO}
    assert set(ALGORITHM.input.content_types) == {CSV, RECORDIO}


def test_the_closest_center_and_its_distance_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(3)
    rows, centers = random.normal(size=(500, 30)), random.normal(size=(70, 30))
    model = Clusters(centers.astype(np.float32), ("msd",))
    found = ALGORITHM.predict(model, Table(rows.astype(np.float32)))
    closest, distance = pairwise_distances_argmin_min(rows.astype(np.float32), model.centers)
    np.testing.assert_array_equal(found[:, 0], closest)
    np.testing.assert_allclose(found[:, 1], distance, rtol=1e-4)


@pytest.mark.parametrize(
    ("away", "apart"), [(0, 1), (1e4, 1e-2), (1e6, 0.2), (1e30, 1e20)], ids=["near", "far", "farther", "farthest"]
)
def test_centers_that_are_close_to_each_other_are_told_apart_as_scipy_does(away: float, apart: float) -> None:
    random = np.random.default_rng(0)
    centers = (away + apart * random.normal(size=(30, 40))).astype(np.float32)
    centers = np.concatenate([centers, centers[:3]])
    rows = np.concatenate([centers, (away + apart * random.normal(size=(200, 40))).astype(np.float32)])
    found = ALGORITHM.predict(Clusters(centers, ("msd",)), Table(rows))
    expected = cdist(rows.astype(np.float64), centers.astype(np.float64))
    assert found[:, 0].tolist() == expected.argmin(axis=1).tolist()
    assert found[:, 1] == pytest.approx(expected.min(axis=1), rel=1e-7, abs=0)


def test_V12_a_row_is_answered_the_same_alone_and_in_any_batch() -> None:
    random = np.random.default_rng(4)
    centers = random.integers(-3, 3, size=(9, 37)).astype(np.float32)  # many rows lie exactly between two centers
    rows = random.integers(-3, 3, size=(400, 37)).astype(np.float32) / 3
    model = Clusters(centers, ("msd",))
    batch = ALGORITHM.predict(model, Table(rows))
    alone = np.concatenate([ALGORITHM.predict(model, Table(rows[row : row + 1])) for row in range(400)])
    order = random.permutation(400)
    np.testing.assert_array_equal(alone, batch)
    np.testing.assert_array_equal(ALGORITHM.predict(model, Table(rows[order])), batch[order])


def test_a_table_of_more_distances_than_are_held_at_a_time_is_answered_in_order() -> None:
    rows = np.arange(9000, dtype=np.float32)[:, None]
    found = ALGORITHM.predict(Clusters(np.arange(1000, dtype=np.float32)[:, None], ("msd",)), Table(rows))
    np.testing.assert_array_equal(found[:, 0], np.minimum(rows[:, 0], 999))
    np.testing.assert_array_equal(found[:, 1], np.maximum(rows[:, 0] - 999, 0))


def test_distances_beyond_float32_stay_finite() -> None:
    far = np.full((1, 2), 3e38, np.float32)
    assert np.isfinite(ALGORITHM.predict(Clusters(-far, ("msd",)), Table(far))).all()


def judged(*metrics: str) -> Any:
    evaluation, _ = evaluate(ALGORITHM, Clusters(CENTERS, metrics), Table(ROWS))
    return evaluation


@pytest.mark.parametrize(
    ("metrics", "values"),
    [(("msd",), {"msd": 17.0}), (("ssd",), {"ssd": 34.0}), (("msd", "ssd"), {"msd": 17.0, "ssd": 34.0})],
)
def test_mean_and_sum_of_the_squared_distances_are_the_metrics(
    metrics: tuple[str, ...], values: dict[str, float]
) -> None:
    assert judged(*metrics).metrics == values


def test_the_picture_shows_how_many_records_each_cluster_has_the_largest_first() -> None:
    (bars,) = judged("msd").figures
    assert isinstance(bars, Bars)
    assert bars.values == {"cluster 1": 1, "cluster 2": 1, "cluster 0": 0}
    assert list(bars.values)[-1] == "cluster 0"


def test_of_many_clusters_the_largest_are_shown() -> None:
    rows = np.repeat(np.arange(50, dtype=np.float32), np.arange(1, 51))[:, None]
    evaluation, _ = evaluate(ALGORITHM, Clusters(np.arange(50, dtype=np.float32)[:, None], ("msd",)), Table(rows))
    (bars,) = evaluation.figures
    assert isinstance(bars, Bars)
    assert list(bars.values)[:2] == ["cluster 49", "cluster 48"]
    assert (len(bars.values), bars.title) == (30, "Cluster sizes (the 30 largest of 50)")


@pytest.mark.parametrize(
    ("metric", "regex"),
    [
        ("test:msd", r"#quality_metric: host=\S+, test msd <loss>=(\S+)"),
        ("test:ssd", r"#quality_metric: host=\S+, test ssd <loss>=(\S+)"),
        ("train:msd", r"#quality_metric: host=\S+, train msd <loss>=(\S+)"),
    ],
)
def test_the_declared_regexes_find_the_metrics_in_the_log(metric: str, regex: str) -> None:
    channel, _, name = metric.partition(":")
    scores = {"train": {"msd": 11.5, "ssd": 115.0}, "test": {"msd": 12.5, "ssd": 50.0}}
    text = "\n".join(ALGORITHM.metric_log.lines("algo-1", None, scores))
    assert re.findall(regex, text) == [str(scores[channel][name])]
    definition = ALGORITHM.metric_log.definition(channel, name)
    assert definition is not None
    assert definition["Name"] == metric
    assert re.findall(definition["Regex"], text) == [str(scores[channel][name])]


def test_without_a_test_channel_the_log_says_so() -> None:
    assert any("Test data is not provided." in line for line in ALGORITHM.metric_log.lines("a", None, {"train": {}}))
