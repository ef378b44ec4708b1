"""A whole job of lda: what its log holds, and what its endpoint answers to the documented bodies."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from tests.families.unlabelled_jobs import LONG, PREFIX, PROGRESS, SHORT, THROUGHPUT, Finished, run_job, shape
from tests.formats import samples
from tests.media_types import CSV, JSON, JSONLINES, RECORDIO


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Three topics of two words."""
    documents = np.random.default_rng(0).integers(0, 9, (80, 2))
    channels = {"train": ("text/csv;label_size=0", documents[:60]), "test": ("text/csv;label_size=0", documents[60:])}
    return run_job(
        tmp_path_factory.mktemp("lda"), "lda", channels,
        num_topics="3", feature_dim="2", mini_batch_size="50",
    )  # fmt: skip


def test_the_regex_of_the_built_in_finds_the_likelihood_of_a_word_in_the_log(finished: Finished) -> None:
    found = re.findall(r"#quality_metric: host=\S+, test pwll <score>=(\S+)", finished.log)
    assert [float(value) for value in found] == [finished.metrics("test")["pwll"]]


def test_the_regexes_of_the_built_in_find_progress_and_throughput_of_every_pass(finished: Finished) -> None:
    passes = re.findall(r"#quality_metric: host=\S+, epoch=(\d+), train pwll <score>=\S+", finished.log)
    assert re.findall(PROGRESS, finished.log) == [f"{5 * (int(number) + 1):.1f}" for number in passes]
    assert len([float(rate) for rate in re.findall(THROUGHPUT, finished.log)]) == len(passes) > 0


def test_every_line_of_the_log_begins_as_those_of_the_built_in(finished: Finished) -> None:
    lines = finished.log.splitlines()
    assert [line for line in lines if not re.match(PREFIX, line)] == []
    for text in ("mini_batch_size is 50", "tensor decomposition", "begin as random documents"):
        assert any(text in line for line in lines)


@pytest.mark.parametrize("body", [SHORT, LONG], ids=["short", "long"])
def test_a_documented_body_is_answered_as_documented(finished: Finished, body: bytes) -> None:
    answer = json.loads(finished.answer(body))
    assert shape(answer) == shape(json.loads('{"predictions": [{"topic_mixture": [0.1, 0.7, 0.2]}]}'))
    [expected] = finished.predict([[1.5, 16.0]])
    assert np.float32(answer["predictions"][0]["topic_mixture"]).tolist() == expected.tolist()


def test_every_other_form_of_an_answer_has_the_documented_structure(finished: Finished) -> None:
    [expected] = finished.predict([[1.5, 16.0]])
    assert finished.answer(SHORT, JSON, "*/*") == finished.answer(SHORT)
    [line] = finished.answer(SHORT, JSON, JSONLINES).splitlines()
    assert shape(json.loads(line)) == shape(json.loads('{"topic_mixture": [0.1, 0.7, 0.2]}'))
    assert np.float32(finished.answer(SHORT, JSON, CSV).split(b",")).tolist() == expected.tolist()
    tensor = samples.tensor("float32", expected.tolist())
    assert finished.answer(SHORT, JSON, RECORDIO) == samples.framed(samples.vector(2, tensor, "topic_mixture"))


def test_the_manifest_names_the_libraries_that_decide_the_answers(finished: Finished) -> None:
    assert set(finished.predictor.steps.artifact.manifest.versions) == {"numpy", "scipy"}
