"""A whole job of pca: what its log holds, and what its endpoint answers to the documented bodies."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from tests.families.unlabelled_jobs import LONG, PREFIX, PROGRESS, SHORT, THROUGHPUT, Finished, run_job, shape


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    rows = np.random.default_rng(0).normal(10, 5, (80, 2))
    channels = {"train": ("text/csv;label_size=0", rows[:60]), "test": ("text/csv;label_size=0", rows[60:])}
    return run_job(
        tmp_path_factory.mktemp("pca"), "pca", channels,
        feature_dim="2", mini_batch_size="20", num_components="2",
    )  # fmt: skip


@pytest.mark.parametrize("channel", ["train", "test"])
@pytest.mark.parametrize("metric", ["reconstruction_error <loss>", "explained_variance <score>"])
def test_both_metrics_of_a_channel_stand_in_the_log(finished: Finished, channel: str, metric: str) -> None:
    found = re.findall(rf"#quality_metric: host=\S+, {channel} {metric}=(\S+)", finished.log)
    assert [float(value) for value in found] == [finished.metrics(channel)[metric.split()[0]]]


def test_the_regexes_of_the_built_in_find_progress_and_throughput(finished: Finished) -> None:
    assert re.findall(PROGRESS, finished.log) == ["100.0"]
    assert len([float(rate) for rate in re.findall(THROUGHPUT, finished.log)]) == 1


def test_every_line_of_the_log_begins_as_those_of_the_built_in(finished: Finished) -> None:
    assert [line for line in finished.log.splitlines() if not re.match(PREFIX, line)] == []


@pytest.mark.parametrize("body", [SHORT, LONG], ids=["short", "long"])
def test_a_documented_body_is_answered_as_documented(finished: Finished, body: bytes) -> None:
    answer = json.loads(finished.answer(body))
    assert shape(answer) == shape(json.loads('{"projections": [{"projection": [1.0, 2.0]}]}'))
    [expected] = finished.predict([[1.5, 16.0]])
    assert np.float32(answer["projections"][0]["projection"]).tolist() == expected.tolist()
