"""The hyperparameters of xgboost: names as documented, ranges as in the library where wider."""

from __future__ import annotations

import pytest

from containers.xgboost.hyperparameters import OBJECTIVES, XGBoostHyperparameters
from contract.errors import HyperparameterError
from contract.hyperparameters import parse, specs

# name: (values that are accepted, values that are refused)
NUMBERS: dict[str, tuple[list[str], list[str]]] = {
    "num_round": (["1", "4000"], ["0", "-1", "1.5"]),
    "num_class": (["2", "100"], ["1"]),
    "early_stopping_rounds": (["1"], ["0"]),
    "csv_weights": (["0", "1"], ["2"]),
    "verbosity": (["0", "3"], ["4", "-1"]),
    "nthread": (["1", "0", "-1"], ["-2"]),
    "eta": (["0", "1"], ["-0.1", "1.1"]),
    "gamma": (["0", "5"], ["-1"]),
    "max_depth": (["0", "10"], ["-1"]),
    "min_child_weight": (["0", "120"], ["-1"]),
    "max_delta_step": (["0", "2.5"], ["-1"]),
    "subsample": (["0.001", "1"], ["0", "1.1"]),
    "colsample_bytree": (["0.001", "1"], ["0", "1.1"]),
    "colsample_bylevel": (["0.001", "1"], ["0", "1.1"]),
    "colsample_bynode": (["0.001", "1"], ["0", "1.1"]),
    "lambda": (["0", "1000"], ["-1"]),
    "alpha": (["0", "1000"], ["-1"]),
    "sketch_eps": (["0.03"], ["0", "1"]),
    "scale_pos_weight": (["0", "10"], ["-1"]),
    "refresh_leaf": (["0", "1"], ["2"]),
    "max_leaves": (["0", "64"], ["-1"]),
    "max_bin": (["2", "256"], ["-1"]),
    "rate_drop": (["0", "1"], ["1.1"]),
    "skip_drop": (["0", "1"], ["1.1"]),
    "one_drop": (["0", "1"], ["2"]),
    "lambda_bias": (["0", "1"], ["1.1"]),
    "tweedie_variance_power": (["1.01", "1.99"], ["1", "2"]),
    "base_score": (["-1", "0", "0.5", "7"], ["inf"]),
    "seed": (["-2147483647", "2147483647"], ["-2147483648", "2147483648"]),
    "num_parallel_tree": (["1"], ["0"]),
    "aft_loss_distribution_scale": (["0.5"], ["-1"]),
    "prob_buffer_row": (["2"], ["1"]),
    "_kfold": (["2"], ["1"]),
    "_num_cv_round": (["1"], ["0"]),
}
CHOICES: dict[str, list[str]] = {
    "objective": [name for name in OBJECTIVES if not name.startswith("multi:")],
    "booster": ["gbtree", "gblinear", "dart"],
    "tree_method": ["auto", "exact", "approx", "hist"],
    "dsplit": ["row", "col"],
    "grow_policy": ["depthwise", "lossguide"],
    "predictor": ["auto", "cpu_predictor", "gpu_predictor"],
    "sample_type": ["uniform", "weighted"],
    "normalize_type": ["tree", "forest"],
    "save_model_on_termination": ["true", "false"],
    "aft_loss_distribution": ["normal", "logistic", "extreme"],
    "deterministic_histogram": ["true", "false"],
    "sampling_method": ["uniform", "gradient_based"],
    "use_dask_gpu_training": ["false"],
    "updater": [
        "grow_colmaker",
        "grow_histmaker",
        "grow_quantile_histmaker",
        "grow_colmaker,prune",
        "grow_histmaker,sync,refresh",
    ],
    "process_type": ["default"],
}
DOCUMENTED_OBJECTIVES = """
    reg:squarederror reg:linear reg:logistic reg:gamma reg:tweedie reg:pseudohubererror reg:squaredlogerror
    reg:absoluteerror binary:logistic binary:logitraw binary:hinge count:poisson multi:softmax multi:softprob
    rank:pairwise rank:ndcg rank:map survival:aft survival:cox
"""
LISTS = {"eval_metric", "monotone_constraints", "interaction_constraints"}
ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}
TUNABLE = {
    "num_round": (1, 4000), "max_depth": (0, 10), "max_delta_step": (0, 10), "eta": (0.1, 0.5), "gamma": (0, 5),
    "min_child_weight": (0, 120), "subsample": (0.5, 1), "colsample_bytree": (0.5, 1), "colsample_bylevel": (0.1, 1),
    "colsample_bynode": (0.1, 1), "lambda": (0, 1000), "alpha": (0, 1000),
}  # fmt: skip


def _parse(**given: str) -> XGBoostHyperparameters:
    return parse(XGBoostHyperparameters, {"num_round": "5", **given})


def test_every_documented_hyperparameter_is_declared_and_no_other() -> None:
    documented = set(NUMBERS) | set(CHOICES) | LISTS | {"_tuning_objective_metric"}
    assert {spec.name for spec in specs(XGBoostHyperparameters)} == documented


def test_the_objectives_are_the_documented_ones() -> None:
    assert set(OBJECTIVES) == set(DOCUMENTED_OBJECTIVES.split())


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, (good, _) in NUMBERS.items() for value in good])
def test_a_number_at_the_edge_of_its_range_is_accepted(name: str, value: str) -> None:
    assert _parse(**{name: value}).settings()[name] == float(value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, (_, bad) in NUMBERS.items() for value in bad])
def test_a_number_beyond_its_range_is_refused(name: str, value: str) -> None:
    with pytest.raises(HyperparameterError, match=rf"{name}: .*{value}"):
        _parse(**{name: value})


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, good in CHOICES.items() for value in good])
def test_every_documented_choice_is_accepted(name: str, value: str) -> None:
    assert name in _parse(**{name: value}).settings()


@pytest.mark.parametrize("name", [name for name in CHOICES if name != "use_dask_gpu_training"])
def test_any_other_choice_is_refused(name: str) -> None:
    with pytest.raises(HyperparameterError, match=f"{name}: 'other'"):
        _parse(**{name: "other"})


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_means_its_name(alias: str, name: str) -> None:
    assert _parse(**{alias: "0.25"}).settings()[name] == 0.25


def test_the_tunable_ranges_are_the_documented_ones() -> None:
    found = {spec.name: spec.declaration.tunable for spec in specs(XGBoostHyperparameters) if spec.declaration.tunable}
    assert found == TUNABLE


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"objective": "multi:softprob"}, "num_class"),
        ({"eval_metric": "rmse,nonsense"}, "nonsense"),
        ({"eval_metric": "rmse@3"}, "rmse@3"),
        ({"eval_metric": "auc", "objective": "reg:logistic"}, "auc"),
        ({"eval_metric": "aft-nloglik"}, "survival:aft"),
        ({"eval_metric": "accuracy"}, "classification"),
        ({"eval_metric": "mlogloss", "objective": "binary:logistic"}, "multi"),
        ({"updater": "grow_colmaker,grow_histmaker"}, "exactly one"),
        ({"updater": "prune"}, "exactly one"),
        ({"updater": "shotgun,coord_descent", "booster": "gblinear"}, "exactly one"),
        ({"monotone_constraints": "(2,0)", "tree_method": "hist"}, "monotone_constraints"),
        ({"interaction_constraints": "[[-1,1]]"}, "interaction_constraints"),
        ({"max_depth": "0", "tree_method": "exact"}, "hist"),
        ({"max_depth": "0", "updater": "grow_colmaker"}, "hist"),
        ({"sampling_method": "gradient_based", "tree_method": "exact"}, "sampling_method"),
        ({"monotone_constraints": "(1,0", "tree_method": "hist"}, "is not a list"),
        ({"eval_metric": "ndcg@0", "objective": "rank:ndcg"}, "ndcg@0"),
        ({"_tuning_objective_metric": "validation:nonsense"}, "_tuning_objective_metric: 'nonsense'"),
        ({"base_score": "0", "objective": "binary:logistic"}, "base_score"),
        ({"base_score": "-1", "objective": "count:poisson"}, "base_score"),
    ],
)
def test_hyperparameters_that_contradict_each_other_are_refused(given: dict[str, str], told: str) -> None:
    with pytest.raises(HyperparameterError, match=told):
        _parse(**given)


@pytest.mark.parametrize("metric", ["error@0.7", "error@.3", "ndcg@5", "map@10", "ndcg@5-"])
def test_metrics_may_have_a_parameter(metric: str) -> None:
    objective = "rank:ndcg" if metric[0] in "nm" else "binary:logistic"
    assert _parse(objective=objective, eval_metric=metric).metrics == (metric,)


def test_the_metric_of_the_tuner_comes_last() -> None:
    given = {"_tuning_objective_metric": "validation:rmse", "eval_metric": "rmse,mae"}
    assert _parse(**given).metrics == ("mae", "rmse")


def test_one_contradiction_is_not_reported_when_its_cause_is() -> None:
    with pytest.raises(HyperparameterError, match="1 hyperparameter problem"):
        _parse(objective="nonsense", eval_metric="auc")
