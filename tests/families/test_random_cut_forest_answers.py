"""What a randomcutforest endpoint reads and answers: the bodies of SageMaker's documentation, literally."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from containers.sklearn.random_cut_forest.algorithm import ALGORITHM, AnomalyModel
from containers.sklearn.random_cut_forest.answers import ScoreOutput
from contract.answer import RequestOptions
from contract.errors import RequestError
from contract.tables.data import Table
from tests.families.evaluation import judge
from tests.families.random_cut_forest_jobs import respond, trained
from tests.families.unlabelled_jobs import SPARSE
from tests.formats import samples
from tests.media_types import CSV, JSON, JSONLINES, RECORDIO

ROWS = np.array([[1.5, 16], [10, 20]], np.float32)
REQUESTS = {
    "csv": (CSV, b"1.5,16.0\n10,20\n"),
    "csv that says that it has no label": ("text/csv; label_size=0", b"1.5,16.0\n10,20"),
    "json": (JSON, b'{"instances": [{"features": [1.5, 16.0]}, {"features": [10, 20]}]}'),
    "json in its long form": (
        JSON,
        b'{"instances": [{"data": {"features": {"values": [1.5, 16.0]}}}, '
        b'{"data": {"features": {"values": [10, 20]}}, "configuration": {}}]}',
    ),
    "sparse json": (
        JSON,
        b'{"instances": [{"data": {"features": {"keys": [0, 1], "shape": [2], "values": [1.5, 16]}}}, '
        b'{"data": {"features": {"keys": [1, 0], "shape": [2], "values": [20, 10]}}}]}',
    ),
    "jsonlines": (JSONLINES, b'{"features": [1.5, 16.0]}\n{"features": [10.0, 20.0]}\n'),
    "recordio": (RECORDIO, samples.as_recordio(ROWS)),
    "sparse recordio": (RECORDIO, samples.as_sparse_recordio(ROWS)),
}
SCORES = np.array([0.02, 0.25], np.float32)


@pytest.fixture(scope="module")
def model() -> AnomalyModel:
    return trained(np.random.default_rng(1).normal(10, 4, (300, 2)).astype(np.float32))[0]


@pytest.mark.parametrize(("content_type", "body"), REQUESTS.values(), ids=REQUESTS.keys())
def test_every_form_of_a_request_gives_a_score_a_record(model: AnomalyModel, content_type: str, body: bytes) -> None:
    expected = ALGORITHM.predict(model, Table(ROWS))
    answer = json.loads(respond(body, content_type, JSON, model))
    assert [list(row) for row in answer["scores"]] == [["score"], ["score"]]
    assert [np.float32(row["score"]) for row in answer["scores"]] == expected.tolist()
    assert list(answer) == ["scores"]


def test_the_documented_sparse_record_is_zero_where_nothing_is_written() -> None:
    wide, _ = trained(np.random.default_rng(1).normal(size=(400, 2000)).astype(np.float32))
    row = np.zeros((2, 2000), np.float32)
    row[0, [26, 182]] = 1
    written, empty = ALGORITHM.predict(wide, Table(row))
    answer = json.loads(respond(SPARSE, JSON, JSON, wide))
    assert [list(score) for score in answer["scores"]] == [["score"]]
    assert np.float32(answer["scores"][0]["score"]) == written != empty


def encoded(accept: str) -> bytes:
    output = ScoreOutput(1.0, ())
    return output.encode(output.answer(SCORES, Table(ROWS), RequestOptions()), accept)


def test_json_is_the_documented_text() -> None:
    assert json.loads(encoded(JSON)) == json.loads('{"scores": [{"score": 0.02}, {"score": 0.25}]}')
    assert encoded(JSON) == b'{"scores":[{"score":0.02},{"score":0.25}]}'


def test_jsonlines_have_an_object_a_line_without_commas() -> None:
    assert encoded(JSONLINES) == b'{"score":0.02}\n{"score":0.25}\n'


def test_recordio_has_a_float32_score_in_the_label() -> None:
    def record(score: float) -> bytes:
        return samples.framed(samples.vector(2, samples.tensor("float32", [score]), "score"))

    assert encoded(RECORDIO) == record(0.02) + record(0.25)


def test_csv_has_a_score_a_line() -> None:
    assert encoded(CSV) == b"0.02\n0.25\n"


def test_json_is_the_default_answer_and_csv_the_default_request(model: AnomalyModel) -> None:
    assert ALGORITHM.output(model).accepts[0] == JSON
    assert set(ALGORITHM.output(model).accepts) == {JSON, JSONLINES, CSV, RECORDIO}
    assert list(ALGORITHM.input.request_types) == [CSV, JSON, JSONLINES, RECORDIO]
    assert set(ALGORITHM.input.content_types) == {CSV, RECORDIO}


@pytest.mark.parametrize(
    ("body", "told"), [(b"1,2,3\n", "expected 2 features a record, got 3"), (b"1,\n", "record 1, feature 2")]
)
def test_a_request_that_does_not_fit_is_refused(model: AnomalyModel, body: bytes, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        respond(body, CSV, JSON, model)


def judged(scores: Any, label: Any, *metrics: str) -> dict[str, float]:
    table = Table(np.zeros((len(scores), 1), np.float32), None if label is None else np.array(label, np.float32))
    return dict(judge(ScoreOutput(2.0, metrics), np.array(scores, np.float32), table).metrics)


def test_scores_above_the_threshold_are_taken_for_anomalies() -> None:
    scores, label = [3, 2, 2.5, 1], [1, 1, 0, 0]
    assert judged(scores, label, "accuracy") == {"accuracy": 0.5, "mean_score": 2.125}
    every = judged(scores, label, "accuracy", "precision_recall_fscore")
    assert every == {"accuracy": 0.5, "precision": 0.5, "recall": 0.5, "f1": 0.5, "mean_score": 2.125}
    assert list(judged(scores, label, "precision_recall_fscore")) == ["precision", "recall", "f1", "mean_score"]


def test_a_channel_without_labels_has_a_mean_score_only() -> None:
    assert judged([3, 1], None, "accuracy", "precision_recall_fscore") == {"mean_score": 2}


def test_the_picture_shows_the_scores_in_order_beside_the_threshold() -> None:
    table = Table(np.zeros((1000, 1), np.float32))
    scores = np.arange(1000, dtype=np.float32)
    figure = judge(ScoreOutput(2.0, ()), scores, table).figures[0]
    shares, ranked = figure.series["score"]  # type: ignore[union-attr]
    assert len(shares) <= 500
    assert (ranked[0], ranked[-1]) == (999, 0)
    assert (shares[0], shares[-1]) == (0.001, 1)
    assert figure.series["threshold"][1] == [2, 2]  # type: ignore[union-attr]


def test_the_log_has_the_lines_that_tuning_jobs_read() -> None:
    log = ALGORITHM.metric_log
    lines = log.lines("algo-1", None, {"train": {"mean_score": 0.9}, "test": {"f1": 0.8, "mean_score": 1.0}})
    assert "#quality_metric: host=algo-1, test f1 <score>=0.8" in "\n".join(lines)
    definition = log.definition("test", "f1")
    assert definition is not None
    assert definition["Name"] == "test:f1"
    assert [float(found[1]) for line in lines if (found := re.search(definition["Regex"], line))] == [0.8]
