"""What lightgbm logs of its metrics, and whether the regexes of tuning jobs find the right numbers in it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from containers.lightgbm.boosting import ALGORITHM
from containers.lightgbm.hyperparameters import METRICS
from containers.lightgbm.metric_log import DIRECTIONS, DOCUMENTED, LightGBMLog
from contract.builtins.problem import Kind
from tests.families.evaluation import evaluate
from tests.families.lightgbm_jobs import KINDS, logged, params, table

SAGEMAKER = r"{}: ([0-9\.]+)"
"""The regex that SageMaker declares for a metric."""


def test_the_documented_metrics_have_the_documented_names_and_regexes() -> None:
    names = """rmse l1 l2 huber fair binary_logloss binary_error auc average_precision multi_logloss multi_error auc_mu
        cross_entropy"""
    assert set(DOCUMENTED) == set(names.split())
    for name in DOCUMENTED:
        expected = {"Name": name, "Regex": SAGEMAKER.format(name)}
        assert LightGBMLog().definition("validation", name) == expected
        assert LightGBMLog().definition("train", name) is None


def test_areas_are_maximised_and_losses_are_not_whatever_the_manual_says() -> None:
    larger = {name for name in DOCUMENTED if DIRECTIONS[name] == "Maximize"}
    assert larger == {"auc", "average_precision", "auc_mu"}


@pytest.mark.parametrize(("kind", "metric"), [(kind, metric) for kind in KINDS for metric in METRICS[kind]])
def test_T12_the_documented_regex_finds_the_value_of_the_validation_records_and_no_other(
    kind: Kind, metric: str
) -> None:
    train, validation = table(kind), table(kind, rows=60, seed=4)
    given = params(metric=metric, num_boost_round="8", early_stopping_rounds="0", verbosity="1")
    model, log = logged(given, train, validation)
    evaluation, _ = evaluate(ALGORITHM, model, validation)
    last = {"train": dict(evaluation.metrics), "validation": {**log.rounds[-1][1]["validation"], **evaluation.metrics}}
    rounds = [line for step, scores in log.rounds for line in LightGBMLog().lines("algo-1", step, scores)]
    lines = [*log.lines, *rounds, *LightGBMLog().lines("algo-1", 7, last)]
    found = [float(match.group(1)) for line in lines for match in re.finditer(SAGEMAKER.format(metric), line)]
    history = log.history(metric)
    assert len(set(history)) > 1 or history[0] in (0, 1)
    np.testing.assert_allclose(found, [*history, last["validation"][metric]], rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_T12_every_advertised_regex_finds_its_own_metric_only(kind: Kind) -> None:
    train, validation = table(kind), table(kind, rows=60, seed=4)
    for metric in METRICS[kind]:
        model, log = logged(params(metric=metric), train, validation)
        evaluation, _ = evaluate(ALGORITHM, model, validation)
        scores = {**log.rounds[-1][1]["validation"], **evaluation.metrics}
        lines = LightGBMLog().lines("algo-1", 5, {"train": scores, "validation": scores})
        for name, value in scores.items():
            definition = LightGBMLog().definition("validation", name)
            assert definition is not None
            found = [match.group(1) for line in lines for match in re.finditer(definition["Regex"], line)]
            assert [float(text) for text in found] == pytest.approx([value], rel=1e-6), name


@pytest.mark.parametrize("value", [1e-5, 1.2345678912e-12, 0.0, 1.0, 123456.789, 3.2e12, 1e30, 0.1 + 0.2])
def test_a_value_is_written_without_an_exponent_and_read_back_whole(value: float) -> None:
    (line,) = LightGBMLog().lines("algo-1", 3, {"validation": {"rmse": value}})
    assert line.startswith("[3] rmse: ")
    match = re.search(SAGEMAKER.format("rmse"), line)
    assert match is not None
    assert float(match.group(1)) == pytest.approx(value, rel=1e-7, abs=0)
    assert match.end() == len(line)


def test_a_negative_value_is_found_whole() -> None:
    definition = LightGBMLog().definition("validation", "r2")
    assert definition is not None
    (line,) = LightGBMLog().lines("algo-1", 3, {"validation": {"rmse": 1.0, "r2": -0.25}})
    match = re.search(definition["Regex"], line)
    assert match is not None
    assert match.group(1) == "-0.25"


def test_both_sets_are_logged_each_on_a_line_of_its_own() -> None:
    scores = {"train": {"auc": 0.75}, "validation": {"auc": 0.5}}
    assert LightGBMLog().lines("algo-1", 12, scores) == ["[12] train auc = 0.75", "[12] auc: 0.5"]
    assert LightGBMLog().lines("algo-1", None, {"train": {}}) == []
