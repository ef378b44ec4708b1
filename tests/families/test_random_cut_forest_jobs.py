"""A whole job of randomcutforest: what its log holds, and what its endpoint answers to the documented bodies."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.families.unlabelled_jobs import LONG, PREFIX, PROGRESS, SHORT, THROUGHPUT, Finished, run_job, shape
from tests.formats import samples
from tests.media_types import CSV, JSON, JSONLINES, RECORDIO

UNLABELLED, LABELLED = "text/csv;label_size=0", "text/csv;label_size=1"
TRAIN = np.random.default_rng(0).normal(10, 5, (400, 2))
TEST = np.concatenate([TRAIN[:18], [[90, 90], [-70, 80]]])
MARKED = np.column_stack([[0] * 18 + [1] * 2, TEST])
TWO = b'{"instances": [{"features": [1.5, 16.0]}, {"features": [10.0, 20.0]}]}'


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    channels = {"train": (UNLABELLED, TRAIN), "test": (LABELLED, MARKED)}
    return run_job(
        tmp_path_factory.mktemp("forest"), "randomcutforest", channels,
        feature_dim="2", num_trees="50", mini_batch_size="1000", force_dense="True",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "regex"),
    [
        ("f1", r"#quality_metric: host=\S+, test f1 <score>=(\S+)"),
        ("accuracy", r"#quality_metric: host=\S+, test accuracy <score>=(\S+)"),
        ("precision", r"#quality_metric: host=\S+, test precision <score>=(\S+)"),
        ("recall", r"#quality_metric: host=\S+, test recall <score>=(\S+)"),
    ],
)
def test_the_regexes_of_the_built_in_find_the_metrics_in_the_log(finished: Finished, metric: str, regex: str) -> None:
    [found] = re.findall(regex, finished.log)
    assert float(found) == finished.metrics("test")[metric] > 0


def test_the_regexes_of_the_built_in_find_progress_and_throughput_of_the_growing(finished: Finished) -> None:
    assert re.findall(PROGRESS, finished.log) == ["100.0"]
    assert len([float(rate) for rate in re.findall(THROUGHPUT, finished.log)]) == 1


def test_every_line_of_the_log_begins_as_those_of_the_built_in(finished: Finished) -> None:
    assert [line for line in finished.log.splitlines() if not re.match(PREFIX, line)] == []
    assert "every tree gets 8 records of 400" in finished.log


def test_a_test_channel_without_labels_has_a_line_that_tells_why_there_is_no_f1(
    finished: Finished, tmp_path: Path
) -> None:
    channels = {"train": (UNLABELLED, TRAIN), "test": (UNLABELLED, TEST)}
    without = run_job(tmp_path / "ml", "randomcutforest", channels, feature_dim="2", num_trees="50")
    told = rf"{PREFIX}the test channel has no labels, .*test:f1.*label_size=1"
    assert len(re.findall(told, without.log)) == 1
    assert list(without.metrics("test")) == ["mean_score"]
    assert not re.search(told, finished.log)


@pytest.mark.parametrize("body", [SHORT, LONG], ids=["short", "long"])
def test_a_documented_body_is_answered_as_documented(finished: Finished, body: bytes) -> None:
    answer = json.loads(finished.answer(body))
    assert shape(answer) == shape(json.loads('{"scores": [{"score": 0.02}]}'))
    assert [np.float32(row["score"]) for row in answer["scores"]] == finished.predict([[1.5, 16.0]]).tolist()


def test_every_form_of_an_answer_has_the_documented_structure(finished: Finished) -> None:
    expected = finished.predict([[1.5, 16.0], [10.0, 20.0]]).tolist()
    answer = json.loads(finished.answer(TWO))
    assert shape(answer) == shape(json.loads('{"scores": [{"score": 0.02}, {"score": 0.25}]}'))
    assert finished.answer(TWO, JSON, "*/*") == finished.answer(TWO)
    lines = [json.loads(line) for line in finished.answer(TWO, JSON, JSONLINES).splitlines()]
    assert lines == answer["scores"]
    assert np.float32(finished.answer(TWO, JSON, CSV).splitlines()).tolist() == expected
    records = [samples.framed(samples.vector(2, samples.tensor("float32", [score]), "score")) for score in expected]
    assert finished.answer(TWO, JSON, RECORDIO) == b"".join(records)


def test_the_manifest_names_the_library_that_decides_the_answers(finished: Finished) -> None:
    assert set(finished.predictor.steps.artifact.manifest.versions) == {"numpy"}
