"""The hyperparameters of SageMaker's CatBoost: defaults, ranges, and which of them go together."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from containers.catboost.hyperparameters import CatBoostHyperparameters
from contract.builtins.problem import Kind
from contract.errors import HyperparameterError
from contract.hyperparameters import parse
from tests.families.catboost_jobs import KINDS, fit, logged, params, table
from tests.families.job_log import Log

DOCUMENTED_DEFAULTS = {
    "iterations": "500", "early_stopping_rounds": "5", "eval_metric": "auto", "learning_rate": "0.009", "depth": "6",
    "l2_leaf_reg": "3", "random_strength": "1.0", "max_leaves": "31", "rsm": "1.0",
    "sampling_frequency": "PerTreeLevel", "min_data_in_leaf": "1", "bagging_temperature": "1.0",
    "boosting_type": "Auto", "scale_pos_weight": "1.0", "max_bin": "Auto", "grow_policy": "SymmetricTree",
    "random_seed": "1.0", "thread_count": "-1", "verbose": "1",
}  # fmt: skip
POLICIES = ("SymmetricTree", "Depthwise", "Lossguide")


def parsed(**given: str) -> CatBoostHyperparameters:
    return parse(CatBoostHyperparameters, given)


def test_H02_the_documented_defaults_are_the_defaults() -> None:
    assert parsed() == parsed(**DOCUMENTED_DEFAULTS)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_default_may_be_sent_with_every_policy_and_problem(kind: Kind, policy: str) -> None:
    given = DOCUMENTED_DEFAULTS | {"grow_policy": policy, "iterations": "3", "thread_count": "1"}
    assert fit(parsed(**given), table(kind)).tree_count >= 1


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("iterations", ["0", "-1", "1.5"]),
        ("learning_rate", ["0", "-0.1", "nan"]),
        ("depth", ["0", "17"]),
        ("l2_leaf_reg", ["-1"]),
        ("random_strength", ["-1"]),
        ("max_leaves", ["1", "65537"]),
        ("rsm", ["0", "1.1"]),
        ("sampling_frequency", ["PerForest"]),
        ("min_data_in_leaf", ["0"]),
        ("bagging_temperature", ["-0.1"]),
        ("boosting_type", ["Random"]),
        ("scale_pos_weight", ["0", "-1"]),
        ("max_bin", ["0", "65536", "many"]),
        ("grow_policy", ["Sideways"]),
        ("random_seed", ["-1", "1.5"]),
        ("thread_count", ["0", "-2"]),
        ("verbose", ["0"]),
        ("problem_type", ["ranking"]),
        ("csv_weights", ["2"]),
        ("early_stopping_rounds", ["soon"]),
        ("eval_metric", ["rmse", "Foo", "Foo:alpha=1"]),
    ],
)
def test_H04_a_value_out_of_range_is_refused_by_name(name: str, values: list[str]) -> None:
    for value in values:
        with pytest.raises(HyperparameterError, match=f"- {name}: "):
            parsed(**{name: value})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_leaves": "20"}, "max_leaves: is for grow_policy=Lossguide, it is SymmetricTree"),
        ({"max_leaves": "20", "grow_policy": "Depthwise"}, "max_leaves: is for grow_policy=Lossguide, it is Depthwise"),
        ({"min_data_in_leaf": "5"}, "min_data_in_leaf: is for grow_policy=Lossguide and Depthwise"),
        ({"boosting_type": "Ordered", "grow_policy": "Depthwise"}, "boosting_type: Ordered is for"),
        ({"boosting_type": "Ordered", "grow_policy": "Lossguide"}, "boosting_type: Ordered is for"),
        ({"scale_pos_weight": "2", "problem_type": "regression"}, "scale_pos_weight: is for a binary"),
        ({"scale_pos_weight": "2", "problem_type": "multiclass_classification"}, "scale_pos_weight: is for a binary"),
        ({"eval_metric": "NDCG"}, "'NDCG' is for ranking"),
        ({"eval_metric": "AUC", "problem_type": "multiclass_classification", "iterations": "0"}, "iterations"),
        ({"eval_metric": "R2", "problem_type": "binary_classification"}, "'R2' is not defined for a binary"),
    ],
)
def test_H05_what_does_not_go_together_is_refused_with_the_reason(given: dict[str, str], said: str) -> None:
    with pytest.raises(HyperparameterError, match=said):
        parsed(**given)


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("regression", {"scale_pos_weight": "2"}, "scale_pos_weight"),
        ("multiclass_classification", {"scale_pos_weight": "2"}, "scale_pos_weight"),
        ("binary_classification", {"eval_metric": "R2"}, "'R2' is not defined for a binary classification"),
        ("regression", {"eval_metric": "Logloss"}, "'Logloss' is not defined for a regression"),
        ("multiclass_classification", {"eval_metric": "F1"}, "'F1' is not defined for a multiclass"),
        ("regression", {"eval_metric": "Quantile:beta=1"}, "Quantile metric shouldn't have beta parameter"),
        ("regression", {"eval_metric": "Huber"}, "Huber requires delta"),
    ],
)
def test_what_does_not_fit_the_problem_of_the_labels_fails_before_training(
    kind: Kind, given: dict[str, str], said: str
) -> None:
    with pytest.raises(HyperparameterError, match=said):
        fit(params(**given), table(kind))


@pytest.mark.parametrize("policy", ["Depthwise", "Lossguide"])
def test_min_data_in_leaf_reaches_the_library(policy: str) -> None:
    data = table()
    rough = fit(params(grow_policy=policy, min_data_in_leaf="90"), data)
    fine = fit(params(grow_policy=policy), data)
    assert (
        len(rough.booster.get_leaf_values()) / rough.tree_count < len(fine.booster.get_leaf_values()) / fine.tree_count
    )


def test_max_leaves_reaches_the_library() -> None:
    model = fit(params(grow_policy="Lossguide", max_leaves="3", depth="6"), table())
    assert max(model.booster.get_tree_leaf_counts()) == 3


@pytest.mark.parametrize(
    "given",
    [
        {"learning_rate": "0.05"}, {"depth": "2"}, {"l2_leaf_reg": "50"}, {"random_strength": "10"}, {"rsm": "0.3"},
        {"sampling_frequency": "PerTree"}, {"bagging_temperature": "0"}, {"boosting_type": "Ordered"},
        {"max_bin": "4"}, {"grow_policy": "Depthwise"}, {"random_seed": "9"}, {"iterations": "2"},
    ],
    ids=str,
)  # fmt: skip
def test_every_hyperparameter_has_its_effect(given: dict[str, str]) -> None:
    data = table("binary_classification")
    usual, other = (fit(params(**more), data, data).booster.predict(data.features) for more in ({}, given))
    assert not (usual == other).all()


def test_scale_pos_weight_raises_the_probability_of_the_positive_class() -> None:
    data = table("binary_classification")
    usual, raised = (
        fit(params(scale_pos_weight=weight), data, data).predict(data)[:, 1].mean() for weight in ("1", "9")
    )
    assert raised > usual + 0.05


@pytest.mark.parametrize("seed", ["1", "1.0", "7"])
def test_F12_the_same_seed_gives_the_same_file(seed: str, tmp_path: Path) -> None:
    files = []
    for name in ("first", "second"):
        fit(params(random_seed=seed), table()).booster.save_model(str(tmp_path / name))
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("asked", "started", "told"), [("-1", 3, False), ("2", 2, False), ("3", 3, False), ("100000", 3, True)]
)
def test_no_more_threads_are_started_than_there_are_processors(asked: str, started: int, told: bool) -> None:
    """The library ends the whole process where it is asked for very many."""
    log = Log()
    model = fit(params(thread_count=asked), table(), context=log.context(threads=3))
    settings = json.loads(dict(model.booster.get_metadata())["params"])
    assert settings["system_options"]["thread_count"] == started
    assert any("thread_count" in line for line in log.lines) is told


def test_where_sampling_frequency_has_no_effect_the_log_says_so() -> None:
    for given, told in (({}, True), ({"sampling_frequency": "PerTree"}, False)):
        _, log = logged(params(grow_policy="Lossguide", **given), table())
        assert any("sampling_frequency" in line for line in log.lines) is told
    _, log = logged(params(), table())
    assert not any("sampling_frequency" in line for line in log.lines)


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("Huber", "Huber requires delta as parameter, for example Huber:delta=1.5"),
        ("Lq", "for example Lq:q=2"),
        ("Tweedie", "for example Tweedie:variance_power=1.5"),
        ("NumErrors", "for example NumErrors:greater_than=0.5"),
        ("F", "for example F:beta=2"),
        ("Focal", "for example Focal:focal_alpha=0.5;focal_gamma=1"),
        ("Focal:focal_alpha=0.5", "for example Focal:focal_alpha=0.5;focal_gamma=1"),
        ("Huber:Delta=1.5", "for example Huber:delta=1.5"),
        ("Huber:delta=x", "cannot parse float"),
        ("Huber:", "Invalid metric description"),
        ("Huber:delta=-1", "is defined for delta >= 0"),
        ("Huber:delta=\udcff", "holds a character that no metric has"),
        ("Quantile:beta=1", "Quantile metric shouldn't have beta parameter. Valid parameters are alpha"),
        ("MultiQuantile:alpha=0.1,0.5", "same number of predictions and quantiles"),
    ],
)
def test_an_eval_metric_without_the_parameters_that_it_needs_is_refused_before_data_are_read(
    metric: str, said: str
) -> None:
    with pytest.raises(HyperparameterError) as caught:
        parsed(eval_metric=metric)
    assert f"- eval_metric: {metric!r}" in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "metric",
    ["Huber:delta=1.5", "Quantile:alpha=0.3", "F:beta=2", "AUC:type=Mu", "AUC:type=Classic", "F1:use_weights=false"],
)
def test_an_eval_metric_with_its_parameters_is_accepted(metric: str) -> None:
    assert parsed(eval_metric=metric).eval_metric == metric


@pytest.mark.parametrize("weight", ["1e38", "1e300"])
def test_a_class_weight_beyond_what_the_library_can_add_up_is_told(weight: str) -> None:
    with pytest.raises(HyperparameterError, match=r"scale_pos_weight .*too large"):
        fit(params(scale_pos_weight=weight), table("binary_classification"))


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(HyperparameterError) as caught:
        parsed(depth="99", max_leaves="4", thread_count="0", learing_rate="1")
    for name in ("depth: ", "max_leaves: ", "thread_count: ", "did you mean learning_rate?"):
        assert name in str(caught.value)


def test_without_the_library_an_eval_metric_is_known_by_name_and_its_parameters_are_left_to_the_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(HyperparameterError, match="alpha"):
        params(eval_metric="Quantile:alpha=nonsense")
    for module in ("catboost", "catboost.utils"):
        monkeypatch.setitem(sys.modules, module, None)
    assert params(eval_metric="Quantile:alpha=nonsense").metric("regression") == "Quantile:alpha=nonsense"
    with pytest.raises(HyperparameterError, match="'Quantil' is not one of auto, "):
        params(eval_metric="Quantil:alpha=0.3")
