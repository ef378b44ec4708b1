"""What an lda endpoint reads and answers, its model file and its log: the documented bodies, literally."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from containers.sklearn import model_file
from containers.sklearn.lda.algorithm import ALGORITHM
from containers.sklearn.lda.answers import MixtureOutput
from containers.sklearn.lda.corpus import counts
from containers.sklearn.lda.hyperparameters import LDAHyperparameters
from containers.sklearn.lda.inference import ANSWERING, Topics, infer
from containers.sklearn.lda.likelihood import bound
from contract.answer import RequestOptions
from contract.errors import ArtifactError, ChannelError, HyperparameterError, RequestError
from contract.figures import Bars
from contract.hyperparameters import parse
from contract.source import Source
from contract.tables.data import Table
from tests.families.evaluation import evaluate, judge
from tests.families.lda_jobs import params, planted, respond, trained
from tests.families.unlabelled_jobs import SPARSE
from tests.formats import samples
from tests.media_types import CSV, JSON, JSONLINES, RECORDIO

TOPICS = Topics(np.array([0.6, 0.4]), np.array([[0.6, 0.3, 0.05, 0.05], [0.05, 0.05, 0.3, 0.6]]))
ROWS = np.array([[9, 3, 1, 0], [0, 0, 5, 15]], np.float32)
REQUESTS = {
    "csv": (CSV, b"9,3,1,0\n0,0,5,15\n"),
    "csv that says that it has no label": ("text/csv; label_size=0", b"9,3,1,0\n0,0,5,15"),
    "json": (JSON, b'{"instances": [{"features": [9, 3, 1, 0]}, {"features": [0.0, 0.0, 5.0, 15.0]}]}'),
    "json in its long form": (
        JSON,
        b'{"instances": [{"data": {"features": {"values": [9, 3, 1, 0]}}}, '
        b'{"data": {"features": {"values": [0, 0, 5, 15]}}, "configuration": {}}]}',
    ),
    "sparse json": (
        JSON,
        b'{"instances": [{"data": {"features": {"keys": [0, 1, 2], "shape": [4], "values": [9, 3, 1]}}}, '
        b'{"data": {"features": {"keys": [2, 3], "shape": [4], "values": [5, 15]}}}]}',
    ),
    "jsonlines": (JSONLINES, b'{"features": [9, 3, 1, 0]}\n{"features": [0, 0, 5, 15]}\n'),
    "recordio": (RECORDIO, samples.as_recordio(ROWS)),
    "sparse recordio": (RECORDIO, samples.as_sparse_recordio(ROWS)),
}
DOCUMENTED = np.array([[0.1, 0.7, 0.2]], np.float32)


@pytest.mark.parametrize(("content_type", "body"), REQUESTS.values(), ids=REQUESTS.keys())
def test_every_form_of_a_request_gives_a_mixture_a_record(content_type: str, body: bytes) -> None:
    answer = json.loads(respond(body, content_type, JSON, TOPICS))
    assert list(answer) == ["predictions"]
    assert [list(row) for row in answer["predictions"]] == [["topic_mixture"]] * 2
    mixtures = np.array([row["topic_mixture"] for row in answer["predictions"]], np.float32)
    assert mixtures.tobytes() == ALGORITHM.predict(TOPICS, Table(ROWS)).tobytes()
    assert mixtures.argmax(axis=1).tolist() == [0, 1]
    assert mixtures.sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_the_documented_sparse_record_is_zero_where_nothing_is_written() -> None:
    beta = np.full((2, 2000), 1e-6)
    beta[0, [26, 182]], beta[1, [0, 1]] = 0.499, 0.499
    topics = Topics(np.array([0.5, 0.5]), beta / beta.sum(axis=1, keepdims=True))
    row = np.zeros((1, 2000), np.float32)
    row[0, [26, 182]] = 1
    answer = json.loads(respond(SPARSE, JSON, JSON, topics))
    assert [list(mixture) for mixture in answer["predictions"]] == [["topic_mixture"]]
    mixture = np.array([answer["predictions"][0]["topic_mixture"]], np.float32)
    assert mixture.tobytes() == ALGORITHM.predict(topics, Table(row)).tobytes()
    assert mixture[0, 0] > 0.8


def encoded(accept: str) -> bytes:
    output = MixtureOutput(TOPICS)
    return output.encode(output.answer(DOCUMENTED, Table(ROWS), RequestOptions()), accept)


def test_json_is_the_documented_text() -> None:
    assert json.loads(encoded(JSON)) == json.loads('{"predictions": [{"topic_mixture": [0.1, 0.7, 0.2]}]}')
    assert encoded(JSON) == b'{"predictions":[{"topic_mixture":[0.1,0.7,0.2]}]}'


def test_jsonlines_have_an_object_a_line() -> None:
    assert encoded(JSONLINES) == b'{"topic_mixture":[0.1,0.7,0.2]}\n'


def test_csv_has_a_cell_a_topic() -> None:
    assert encoded(CSV) == b"0.1,0.7,0.2\n"


def test_recordio_has_a_float32_tensor_in_the_label() -> None:
    tensor = samples.tensor("float32", [0.1, 0.7, 0.2])
    assert encoded(RECORDIO) == samples.framed(samples.vector(2, tensor, "topic_mixture"))


def test_json_is_the_default_answer_and_csv_the_default_request() -> None:
    assert ALGORITHM.output(TOPICS).accepts[0] == JSON
    assert list(ALGORITHM.input.request_types) == [CSV, JSON, JSONLINES, RECORDIO]
    assert set(ALGORITHM.input.content_types) == {CSV, RECORDIO}


def test_a_document_without_words_is_as_the_prior_says() -> None:
    assert respond(b"0,0,0,0\n", CSV, CSV, TOPICS) == b"0.6,0.4\n"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"1,2,3\n", "expected 4 features a record, got 3"),
        (b"1,2,3,4\n1,2,-3,4\n", "record 2, feature 3: the count -3 of a word is below 0"),
        (b"1,2,,4\n", "record 1, feature 3: the value is missing"),
    ],
)
def test_a_request_that_holds_no_documents_is_refused_with_the_place(body: bytes, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        respond(body, CSV, JSON, TOPICS)


@pytest.mark.parametrize("channel", ["train", "test"])
def test_a_channel_with_a_negative_count_is_refused_with_the_place(tmp_path: Path, channel: str) -> None:
    file = tmp_path / "documents.csv"
    file.write_text("1,0,2,3\n0,4,-0.5,6\n")
    source = Source(channel, tmp_path, (file,), "text/csv;label_size=0")
    like = Table(ROWS) if channel == "test" else None
    with pytest.raises(ChannelError, match=rf"channel '{channel}', record 2, feature 3: the count -0.5 of a word"):
        ALGORITHM.input.read(source, params(), like)


def test_pwll_is_the_bound_of_the_mixtures_over_the_number_of_words() -> None:
    documents, _ = planted(np.full(2, 0.5), 4, 40)
    table = Table(documents)
    evaluation, mixtures = evaluate(ALGORITHM, TOPICS, table)
    assert evaluation.metrics["pwll"] == pytest.approx(
        judge(MixtureOutput(TOPICS), mixtures[::-1], Table(documents[::-1])).metrics["pwll"]
    )
    gamma = infer(TOPICS, counts(table), ANSWERING)
    direct = bound(TOPICS, counts(table), gamma) / documents.sum()
    assert evaluation.metrics["pwll"] == pytest.approx(direct, abs=1e-6)
    assert evaluation.metrics["pwll"] > judge(MixtureOutput(TOPICS), mixtures[:, ::-1], table).metrics["pwll"]


def test_a_channel_of_empty_documents_has_no_pwll() -> None:
    assert evaluate(ALGORITHM, TOPICS, Table(np.zeros((3, 4), np.float32)))[0].metrics == {}


def test_the_log_has_the_line_that_tuning_jobs_read() -> None:
    lines = ALGORITHM.metric_log.lines("algo-1", None, {"train": {"pwll": -1.5}, "test": {"pwll": -1.25}})
    assert "#quality_metric: host=algo-1, test pwll <score>=-1.25" in "\n".join(lines)
    definition = ALGORITHM.metric_log.definition("test", "pwll")
    assert definition is not None
    assert definition["Name"] == "test:pwll"
    assert [float(found[1]) for line in lines if (found := re.search(definition["Regex"], line))] == [-1.25]


def test_pictures_show_the_shares_of_topics_and_their_words_by_name() -> None:
    shares = evaluate(ALGORITHM, TOPICS, Table(ROWS))[0].figures[0]
    assert isinstance(shares, Bars)
    assert sum(shares.values.values()) == pytest.approx(1)
    first = ALGORITHM.figures(TOPICS, {"feature_names": ["apple", "pear", "car", "bus"]})[0]
    assert isinstance(first, Bars)
    assert list(first.values)[:2] == ["apple", "pear"]
    second = ALGORITHM.figures(TOPICS, {"feature_names": []})[1]
    assert isinstance(second, Bars)
    assert next(iter(second.values)) == "word 3"


def test_the_stored_model_holds_alpha_and_beta_and_answers_the_same(tmp_path: Path) -> None:
    documents, _ = planted(np.full(2, 0.5), 4, 60)
    topics, _, _ = trained(documents)
    ALGORITHM.save(topics, tmp_path)
    content = model_file.load(tmp_path)
    assert {name: array.shape for name, array in content.items()} == {"alpha": (2,), "beta": (2, 4)}
    loaded = ALGORITHM.load(tmp_path)
    assert ALGORITHM.predict(loaded, Table(ROWS)).tobytes() == ALGORITHM.predict(topics, Table(ROWS)).tobytes()


@pytest.mark.parametrize(
    "content",
    [{"beta": np.ones((2, 4))}, {"alpha": np.ones(3), "beta": np.ones((2, 4))}, {"alpha": 1, "beta": 2}],
)
def test_a_model_without_topics_is_refused(tmp_path: Path, content: dict[str, Any]) -> None:
    model_file.save(tmp_path, content)
    with pytest.raises(ArtifactError):
        ALGORITHM.load(tmp_path)


def test_the_defaults_are_those_of_the_built_in() -> None:
    found = parse(LDAHyperparameters, {"num_topics": "5", "feature_dim": "9", "mini_batch_size": "100"})
    assert (found.alpha0, found.max_restarts, found.max_iterations, found.tol) == (1.0, 10, 1000, 1e-8)


@pytest.mark.parametrize("name", ["num_topics", "feature_dim", "mini_batch_size"])
def test_what_the_built_in_requires_is_required(name: str) -> None:
    given = {"num_topics": "5", "feature_dim": "9", "mini_batch_size": "100"}
    with pytest.raises(HyperparameterError, match=name):
        parse(LDAHyperparameters, {key: value for key, value in given.items() if key != name})


@pytest.mark.parametrize(
    "given",
    [{"num_topics": "0"}, {"alpha0": "0"}, {"max_restarts": "0"}, {"max_iterations": "0"}, {"tol": "0"}, {"tol": "-1"}],
)
def test_C_values_beyond_their_range_are_refused_by_name(given: Mapping[str, str]) -> None:
    with pytest.raises(HyperparameterError, match=next(iter(given))):
        params(**given)
