"""What a tuner and a reader of the log see of catboost's metrics."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from catboost._catboost import is_maximizable_metric

from containers.catboost.boosting import ALGORITHM
from containers.catboost.metric_names import DIRECTIONS, METRICS
from contract.builtins.problem import Kind
from contract.tables.data import Table
from tests.families.catboost_jobs import BEST, KINDS, best_tests, both, logged, params

PARAMETERS = {
    "Lq": ":q=2", "Huber": ":delta=1", "Tweedie": ":variance_power=1.5", "NumErrors": ":greater_than=0.1",
    "F": ":beta=2", "Focal": ":focal_alpha=0.5;focal_gamma=1",
}  # fmt: skip
"""What some metrics need."""


@pytest.mark.parametrize(
    ("kind", "metric"),
    [(kind, metric) for kind in KINDS for metric in sorted(METRICS[kind])],
    ids="-".join,
)
def test_T12_every_eval_metric_is_logged_once_for_the_tuner(kind: Kind, metric: str) -> None:
    given = params(eval_metric=metric + PARAMETERS.get(metric, ""), iterations="3")
    train, validation = (replace(data, label=_labels_for(metric, data)) for data in both(kind))
    model, log = logged(replace(given, problem_type=kind), train, validation)
    best = ALGORITHM.best_iteration(model)
    assert best is not None
    value = log.rounds[best][1]["validation"][metric]
    lines = [line for line in log.lines if line.startswith("bestTest = ")]
    assert len(lines) == 1
    assert float(lines[0].removeprefix("bestTest = ")) == pytest.approx(value, rel=1e-8)
    assert "e" not in lines[0].removeprefix("bestTest = ")
    if value >= 0:
        assert best_tests(log) == [pytest.approx(value, rel=1e-8)]
    definition = ALGORITHM.metric_log.definition("validation", metric)
    assert definition == {"Name": metric, "Regex": r"bestTest = ([0-9\.]+)"}


@pytest.mark.parametrize("metric", sorted(frozenset[str]().union(*METRICS.values())))
def test_the_better_side_of_a_metric_is_what_the_library_takes_for_it(metric: str) -> None:
    is_maximised = is_maximizable_metric(metric + PARAMETERS.get(metric, ""))
    assert DIRECTIONS[metric] == ("Maximize" if is_maximised else "Minimize")


def _labels_for(metric: str, data: Table) -> Any:
    """Labels from 0 to 1 for the metrics of a regression that want no others."""
    assert data.label is not None
    span = np.ptp(data.label)
    return (data.label - data.label.min()) / span if metric in ("AUC", "MSLE") and span > 3 else data.label


def test_T12_the_lines_of_rounds_are_not_taken_for_the_tuners_line() -> None:
    _, log = logged(params(), *both())
    lines = [line for step, scores in log.rounds for line in ALGORITHM.metric_log.lines("algo-1", step, scores)]
    assert len(lines) == len(log.rounds)
    assert not any(BEST.search(line) for line in lines)
    assert re.fullmatch(r"0: train RMSE=[0-9.]+ validation RMSE=[0-9.]+", lines[0])


def test_a_negative_best_value_is_written_as_it_is_and_not_seen_by_a_tuner() -> None:
    train, validation = both()
    assert validation.label is not None
    shifted = replace(validation, label=validation.label + 100)
    _, log = logged(params(eval_metric="R2"), train, shifted)
    assert any(line.startswith("bestTest = -") for line in log.lines)
    assert best_tests(log) == []


@pytest.mark.parametrize(
    ("value", "text"), [(1.5e-7, "0.00000015"), (2e12, "2000000000000"), (0.123456789012, "0.123456789"), (0.0, "0")]
)
def test_numbers_have_no_exponent_which_the_tuners_regex_would_cut(value: float, text: str) -> None:
    (line,) = ALGORITHM.metric_log.lines("algo-1", 2, {"validation": {"RMSE": value}})
    assert line == f"2: validation RMSE={text}"


def test_only_the_eval_metric_on_the_validation_data_is_advertised() -> None:
    definition = ALGORITHM.metric_log.definition
    assert definition("validation", "logloss") is None
    assert definition("train", "RMSE") is None
