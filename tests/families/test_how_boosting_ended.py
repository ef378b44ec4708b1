"""The line of the log that says why a booster has as many rounds as it has."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from contract.rounds import Ending
from contract.tables.data import Table
from tests.families import catboost_jobs, lightgbm_jobs, xgboost_jobs
from tests.families.job_log import Log

FAMILIES: dict[str, tuple[ModuleType, str, str]] = {
    "xgboost": (xgboost_jobs, "num_round", "eta"),
    "lightgbm": (lightgbm_jobs, "num_boost_round", "learning_rate"),
    "catboost": (catboost_jobs, "iterations", "learning_rate"),
}


@pytest.mark.parametrize(
    ("records", "improving"), [(range(17), True), ([0, 1, 2, 3, 14, 16], True), ([0, 1, 2, 3, 16], False)]
)
def test_an_early_stop_tells_the_rounds_and_whether_there_was_progress_before(
    records: Sequence[int], improving: bool
) -> None:
    line = str(Ending(asked=500, done=21, records=records, patience=4))
    assert line.startswith("early stopping after 21 of 500 rounds: round 16 is the best, then 4 without progress")
    assert ("still improving before" in line) is improving


def learned(family: str, rounds: int, held_out: Table, **context: Any) -> tuple[Any, Log]:
    jobs, name, step = FAMILIES[family]
    log = Log()
    given = jobs.params(**{name: str(rounds), step: "0.5", "early_stopping_rounds": "3"})
    return jobs.fit(given, jobs.table(), held_out, log.context(**context)), log


def best_round(family: str, model: Any) -> int:
    return int(FAMILIES[family][0].ALGORITHM.best_iteration(model))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_job_that_stopped_early_says_so_with_the_round_that_it_kept(family: str) -> None:
    data = FAMILIES[family][0].table(seed=9, rows=60)
    noisy = Table(data.features, (data.labels + np.random.default_rng(1).normal(size=60)).astype(np.float32))
    model, log = learned(family, 200, noisy)
    (line,) = log.found("early stopping after")
    best = best_round(family, model)
    assert f"after {best + 4} of 200 rounds: round {best} is the best, then 3 without progress" in line


@pytest.mark.parametrize("family", FAMILIES)
def test_a_job_that_ended_before_its_best_round_says_that_it_was_improving(family: str) -> None:
    model, log = learned(family, 4, FAMILIES[family][0].table())
    assert best_round(family, model) == 3
    (line,) = log.found("all 4 rounds are done")
    assert line.endswith("round 3 is the best; it was still improving, more rounds may find a better one")


@pytest.mark.parametrize("family", ["lightgbm", "catboost"])
def test_a_job_that_was_told_to_stop_says_how_far_it_came(family: str) -> None:
    _, log = learned(family, 50, FAMILIES[family][0].table(), stopping=lambda: True)
    assert log.found("told to stop after 1 of 50 rounds: round 0 is the best")


def test_a_job_of_xgboost_that_judges_no_round_says_only_how_far_it_came() -> None:
    log = Log()
    given = xgboost_jobs.params(num_round="50", save_model_on_termination="true")
    xgboost_jobs.fit(given, xgboost_jobs.table(), None, log.context(stopping=lambda: True))
    assert log.found("told to stop after 1 of 50 rounds") == log.lines
