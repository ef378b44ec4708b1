"""Metrics that the xgboost library has give the library's own values, with and without weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
import xgboost

from contract.metrics import BINARY, CLASSES, MULTICLASS, REGRESSION, Array, Metric
from contract.metrics.binary import error_at
from contract.metrics.regression import tweedie_nloglik

ROWS = 400
WEIGHTED = [False, True]


def features(rng: np.random.Generator) -> Array:
    return rng.normal(size=(ROWS, 4)).astype(np.float32)


def weights(rng: np.random.Generator, weighted: bool) -> Array | None:
    return rng.uniform(0.1, 3, ROWS).astype(np.float32) if weighted else None


def value(kind: Mapping[str, Metric], name: str, label: Array, prediction: Array, weight: Array | None) -> float:
    """The metric of that name; a parameter behind @ is passed on."""
    base, _, parameter = name.partition("@")
    if not parameter:
        return kind[base](label, prediction, weight)
    parametrised: Callable[[float], Metric] = {"error": error_at, "tweedie-nloglik": tweedie_nloglik}[base]
    return parametrised(float(parameter))(label, prediction, weight)


def ours_and_theirs(
    kind: Mapping[str, Metric], names: list[str], objective: dict[str, object], label: Array, weighted: bool
) -> tuple[dict[str, float], dict[str, float]]:
    """Our metrics by name and the library's final evaluation, both of the predictions after three rounds."""
    rng = np.random.default_rng(3)
    weight = weights(rng, weighted)
    data = xgboost.DMatrix(features(rng), label=label, weight=weight)
    parameters = {**objective, "eval_metric": names, "nthread": 1, "max_depth": 3}
    results: dict[str, dict[str, list[float]]] = {}
    booster = xgboost.train(
        parameters, data, num_boost_round=3, evals=[(data, "train")], evals_result=results, verbose_eval=False
    )
    prediction = booster.predict(data)
    theirs = {name: history[-1] for name, history in results["train"].items()}
    assert len(theirs) == len(names), "the library was asked for each of them"
    return {name: value(kind, name, label, prediction, weight) for name in theirs}, theirs


@pytest.mark.parametrize("weighted", WEIGHTED)
def test_regression_metrics_equal_the_library_s(weighted: bool) -> None:
    label = np.random.default_rng(0).gamma(2, 30, ROWS).astype(np.float32)
    names = ["rmse", "mae", "mape", "rmsle", "mphe"]
    ours, theirs = ours_and_theirs(
        REGRESSION, names, {"objective": "reg:squarederror", "base_score": 60}, label, weighted
    )
    assert ours == pytest.approx(theirs, rel=2e-5)


@pytest.mark.parametrize("weighted", WEIGHTED)
@pytest.mark.parametrize("objective", ["count:poisson", "reg:gamma", "reg:tweedie"])
def test_likelihoods_of_positive_numbers_equal_the_library_s(objective: str, weighted: bool) -> None:
    label = np.random.default_rng(1).poisson(9, ROWS).astype(np.float32) + 1
    names = ["poisson-nloglik", "gamma-nloglik", "gamma-deviance", "tweedie-nloglik@1.5", "tweedie-nloglik@1.2"]
    ours, theirs = ours_and_theirs(REGRESSION, names, {"objective": objective}, label, weighted)
    assert ours == pytest.approx(theirs, rel=2e-5)


@pytest.mark.parametrize("weighted", WEIGHTED)
def test_count_likelihood_equals_the_library_s_also_for_zero_and_for_large_counts(weighted: bool) -> None:
    label = np.append(np.random.default_rng(2).poisson(2, ROWS - 2), [0, 5000]).astype(np.float32)
    ours, theirs = ours_and_theirs(REGRESSION, ["poisson-nloglik"], {"objective": "count:poisson"}, label, weighted)
    assert ours == pytest.approx(theirs, rel=2e-5)


@pytest.mark.parametrize("weighted", WEIGHTED)
def test_binary_metrics_equal_the_library_s_with_many_equal_scores(weighted: bool) -> None:
    label = (np.random.default_rng(4).random(ROWS) < 0.3).astype(np.float32)
    names = ["logloss", "error", "error@0.3", "auc", "aucpr"]
    ours, theirs = ours_and_theirs(BINARY, names, {"objective": "binary:logistic"}, label, weighted)
    assert ours == pytest.approx(theirs, rel=2e-5)


@pytest.mark.parametrize("weighted", WEIGHTED)
def test_multiclass_metrics_equal_the_library_s(weighted: bool) -> None:
    label = np.random.default_rng(5).integers(0, 4, ROWS).astype(np.float32)
    objective: dict[str, object] = {"objective": "multi:softprob", "num_class": 4}
    ours, theirs = ours_and_theirs(MULTICLASS, ["mlogloss", "merror"], objective, label, weighted)
    assert ours == pytest.approx(theirs, rel=2e-5)


def test_error_of_predicted_classes_equals_the_library_s() -> None:
    label = np.random.default_rng(5).integers(0, 4, ROWS).astype(np.float32)
    ours, theirs = ours_and_theirs(CLASSES, ["merror"], {"objective": "multi:softmax", "num_class": 4}, label, True)
    assert ours == pytest.approx(theirs, rel=2e-5)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_certain_and_wrong_probability_costs_what_it_costs_in_the_library(score: float) -> None:
    label = np.array([0, 1, 1, 0], np.float32)
    data = xgboost.DMatrix(np.zeros((4, 1), np.float32), label=label)
    margin = np.full(4, -1e4 if score == 0 else 1e4, np.float32)
    data.set_base_margin(margin)
    booster = xgboost.Booster({"objective": "binary:logistic", "eval_metric": "logloss", "nthread": 1}, [data])
    expected = float(booster.eval_set([(data, "train")]).split(":")[-1])
    assert BINARY["logloss"](label, booster.predict(data), None) == pytest.approx(expected, rel=1e-4)
