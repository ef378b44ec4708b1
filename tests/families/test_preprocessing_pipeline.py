"""Answers of preprocessing: the formats, and that other algorithms read them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from containers.sklearn.preprocessing.algorithm import ALGORITHM
from containers.xgboost.boosting import ALGORITHM as XGBOOST
from contract.errors import RequestError
from contract.hyperparameters import parse
from contract.media_type import MediaType
from contract.source import Source
from contract.tables.data import Sparse
from contract.tables.input import TableInput
from tests.contract.subject import Subject, subjects
from tests.families.preprocessing_jobs import PEOPLE, Job, run

ANSWERS = ("text/csv", "application/json", "application/jsonlines", "application/x-recordio-protobuf")
REQUEST = "40,male,30,southwest\n20,female,,atlantis\n"
SECONDS = [
    subject
    for subject in subjects()
    if not subject.is_toy and subject.name != ALGORITHM.name and isinstance(subject.algorithm.input, TableInput)
]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return run(tmp_path, impute="mean", scale="minmax")


def test_the_default_answer_is_csv_of_plain_cells(job: Job) -> None:
    assert ALGORITHM.output(job.model).accepts[0] == "text/csv"
    assert job.answer("46,male,33.5,southwest\n19,female,22.5,atlantis\n") == (
        b"1.0,0.0,1.0,1.0,0.0,0.0,0.0,1.0\n0.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0\n"
    )


def test_records_by_name_come_as_json_lines_or_as_instances(job: Job) -> None:
    record = '{"age": 41, "sex": "female", "region": "southwest", "bmi": 27.9}'
    expected = job.answer("41,female,27.9,southwest\n")
    assert job.answer(record + "\n", content_type="application/jsonlines") == expected
    assert job.answer(f'{{"instances": [{record}]}}', content_type="application/json") == expected
    assert job.answer(record, content_type="application/json") == expected


def test_the_json_answer_is_a_json_request(job: Job) -> None:
    answer = job.answer("46,male,33.5,southwest\n", "application/json")
    assert answer == b'{"instances":[{"features":[1.0,0.0,1.0,1.0,0.0,0.0,0.0,1.0]}]}'
    lines = job.answer("46,male,33.5,southwest\n" * 2, "application/jsonlines")
    assert lines == b'{"features":[1.0,0.0,1.0,1.0,0.0,0.0,0.0,1.0]}\n' * 2


@pytest.mark.parametrize("subject", SECONDS, ids=str)
@pytest.mark.parametrize("accept", ANSWERS)
def test_every_other_algorithm_reads_the_answer_as_its_request(job: Job, subject: Subject, accept: str) -> None:
    if accept not in subject.algorithm.input.request_types:
        pytest.skip(f"{subject} does not read {accept}")
    expected = job.features(REQUEST)
    signature = {"feature_count": expected.shape[1], "feature_names": []}
    table = subject.algorithm.input.decode(job.answer(REQUEST, accept), MediaType.parse(accept), signature)
    np.testing.assert_array_equal(table.features, expected)


@pytest.mark.parametrize("accept", ANSWERS)
def test_a_missing_value_that_stays_reaches_the_next_container(accept: str, tmp_path: Path) -> None:
    job = run(tmp_path)
    signature = {"feature_count": 8, "feature_names": []}
    table = XGBOOST.input.decode(job.answer(REQUEST, accept), MediaType.parse(accept), signature)
    assert not isinstance(table.features, Sparse)
    assert np.argwhere(np.isnan(table.features)).tolist() == [[1, 3]]


@pytest.mark.parametrize("accept", ["text/csv", "application/x-recordio-protobuf"])
def test_with_the_label_the_answer_is_a_training_channel(job: Job, accept: str, tmp_path: Path) -> None:
    answer = job.answer(PEOPLE, accept, "text/csv; label_size=1", ("label", "features"))
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "train").write_bytes(answer)
    channel = Source("train", tmp_path / "next", (tmp_path / "next" / "train",), accept)
    params = parse(XGBOOST.Hyperparameters, {"num_round": "1"})
    table = XGBOOST.input.read(channel, params, None)
    assert table.label is not None
    assert table.label.tolist() == [100, 200, 300, 400, 500, 600]
    np.testing.assert_array_equal(table.features, ALGORITHM.predict(job.model, job.train))


def test_with_the_label_json_lines_have_both(job: Job) -> None:
    line = "7,46,male,33.5,southwest\n"
    answer = job.answer(line, "application/jsonlines", "text/csv; label_size=1", ("label", "features"))
    assert json.loads(answer) == {"label": 7.0, "features": [1, 0, 1, 1, 0, 0, 0, 1]}


@pytest.mark.parametrize(
    ("wanted", "content_type", "told"),
    [
        (("label", "features"), "text/csv", "label_size=1"),
        (("label",), "text/csv; label_size=1", "output=label,features"),
        (("score",), "text/csv", "unknown output score; choose from features, label"),
    ],
)
def test_an_output_that_cannot_be_given_is_refused(
    job: Job, wanted: tuple[str, ...], content_type: str, told: str
) -> None:
    body = "7,40,male,30,southwest\n" if "label_size" in content_type else REQUEST
    with pytest.raises(RequestError, match=told):
        job.answer(body, content_type=content_type, wanted=wanted)


def test_requests_of_numbers_as_recordio_and_libsvm_are_read(tmp_path: Path) -> None:
    job = run(tmp_path, "5,1,3\n6,2,4\n", schema='["a", "b"]')
    assert job.features("1 0:7 1:8\n", "text/libsvm").tolist() == [[7, 8]]
    assert job.features("1 1:8\n", "text/libsvm").tolist() == [[0, 8]]
    recordio = job.answer("7,8\n", "application/x-recordio-protobuf")
    table = ALGORITHM.input.decode(recordio, MediaType.parse("application/x-recordio-protobuf"), job.signature)
    assert ALGORITHM.predict(job.model, table).tolist() == [[7, 8]]
