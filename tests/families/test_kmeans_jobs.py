"""A whole job of kmeans: what its log holds, and what its endpoint answers to the documented bodies."""

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
        tmp_path_factory.mktemp("kmeans"), "kmeans", channels,
        k="3", feature_dim="2", mini_batch_size="20", epochs="2", eval_metrics='["msd","ssd"]', force_dense="True",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "metric", "regex"),
    [
        ("test", "msd", r"#quality_metric: host=\S+, test msd <loss>=(\S+)"),
        ("test", "ssd", r"#quality_metric: host=\S+, test ssd <loss>=(\S+)"),
        ("train", "msd", r"#quality_metric: host=\S+, train msd <loss>=(\S+)"),
    ],
)
def test_the_regexes_of_the_built_in_find_the_metrics_in_the_log(
    finished: Finished, channel: str, metric: str, regex: str
) -> None:
    assert [float(value) for value in re.findall(regex, finished.log)] == [finished.metrics(channel)[metric]]


def test_the_regexes_of_the_built_in_find_progress_and_throughput_of_every_epoch(finished: Finished) -> None:
    assert re.findall(PROGRESS, finished.log) == ["50.0", "100.0"]
    assert len([float(rate) for rate in re.findall(THROUGHPUT, finished.log)]) == 2


def test_every_line_of_the_log_begins_as_those_of_the_built_in(finished: Finished) -> None:
    assert [line for line in finished.log.splitlines() if not re.match(PREFIX, line)] == []


@pytest.mark.parametrize("body", [SHORT, LONG], ids=["short", "long"])
def test_a_documented_body_is_answered_as_documented(finished: Finished, body: bytes) -> None:
    answer = json.loads(finished.answer(body))
    assert shape(answer) == shape(json.loads('{"predictions": [{"closest_cluster": 1.0, "distance_to_cluster": 3.0}]}'))
    [[cluster, distance]] = finished.predict([[1.5, 16.0]])
    [row] = answer["predictions"]
    assert (np.float32(row["closest_cluster"]), np.float32(row["distance_to_cluster"])) == (cluster, distance)
