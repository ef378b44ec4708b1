"""The hyperparameters of lightgbm: defaults of SageMaker's documentation, ranges as in the library where wider."""

from __future__ import annotations

from dataclasses import replace

import pytest

from containers.lightgbm.boosting import ALGORITHM
from containers.lightgbm.hyperparameters import METRICS, LightGBMHyperparameters
from contract.builtins.problem import Kind, Problem
from contract.errors import HyperparameterError
from contract.hyperparameters import parse, specs
from tests.families.job_log import Log
from tests.families.lightgbm_jobs import KINDS, fit, params, table

# name: (default, values that are accepted, values that are refused)
NUMBERS: dict[str, tuple[float, list[str], list[str]]] = {
    "num_boost_round": (100, ["1", "500"], ["0", "-1", "1.5"]),
    "early_stopping_rounds": (10, ["-1", "0", "10"], ["1.5"]),
    "learning_rate": (0.1, ["0.001", "1", "1.5"], ["0", "-0.1"]),
    "num_leaves": (64, ["2", "131072"], ["1", "131073"]),
    "feature_fraction": (0.9, ["0.01", "0.999", "1.0"], ["0", "1.1"]),
    "bagging_fraction": (0.9, ["0.01", "1"], ["0", "1.1"]),
    "bagging_freq": (1, ["-1", "0", "10"], ["0.5"]),
    "max_depth": (6, ["-1", "0", "100"], ["2.5"]),
    "min_data_in_leaf": (3, ["0", "200"], ["-1"]),
    "max_delta_step": (0.0, ["-1", "0", "2.5"], ["x"]),
    "lambda_l1": (0.0, ["0", "10.5"], ["-0.1"]),
    "lambda_l2": (0.0, ["0", "10.5"], ["-0.1"]),
    "min_gain_to_split": (0.0, ["0", "3"], ["-1"]),
    "scale_pos_weight": (1.0, ["0.1", "20"], ["0"]),
    "feature_fraction_bynode": (1.0, ["0.1", "1"], ["0", "1.1"]),
    "max_bin": (255, ["2", "1000"], ["1"]),
    "tweedie_variance_power": (1.5, ["1", "1.99"], ["0.9", "2"]),
    "num_threads": (0, ["-1", "0", "4"], ["1.5"]),
    "verbosity": (1, ["-5", "0", "3"], ["loud"]),
    "csv_weights": (0, ["0", "1"], ["2"]),
}
CHOICES: dict[str, tuple[object, str]] = {
    "metric": (
        "auto",
        "auto rmse l1 l2 huber fair binary_logloss binary_error auc average_precision multi_logloss multi_error auc_mu "
        "cross_entropy",
    ),
    "boosting": ("gbdt", "gbdt rf dart goss"),
    "tree_learner": ("serial", "serial feature data voting"),
    "problem_type": ("auto", "auto regression binary_classification multiclass_classification"),
    "is_unbalance": (False, "True False"),
}
TUNABLE = {
    "learning_rate": (0.001, 0.01), "num_leaves": (10, 100), "feature_fraction": (0.1, 1), "bagging_fraction": (0.1, 1),
    "bagging_freq": (0, 10), "max_depth": (15, 100), "min_data_in_leaf": (10, 200),
}  # fmt: skip


def _parse(**given: str) -> LightGBMHyperparameters:
    return parse(LightGBMHyperparameters, given)


def test_every_documented_hyperparameter_is_declared_and_no_other() -> None:
    assert {spec.name for spec in specs(LightGBMHyperparameters)} == NUMBERS.keys() | CHOICES.keys()


def test_none_is_required_and_the_defaults_are_those_of_sagemaker() -> None:
    documented = {name: row[0] for name, row in (NUMBERS | CHOICES).items()}
    assert _parse().settings() == documented


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, row in NUMBERS.items() for value in row[1]])
def test_a_number_at_the_edge_of_its_range_is_accepted(name: str, value: str) -> None:
    assert _parse(**{name: value}).settings()[name] == float(value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, row in NUMBERS.items() for value in row[2]])
def test_a_number_beyond_its_range_is_refused(name: str, value: str) -> None:
    with pytest.raises(HyperparameterError, match=rf"{name}: .*{value}"):
        _parse(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, row in CHOICES.items() for value in row[1].split()]
)
def test_every_documented_choice_is_accepted(name: str, value: str) -> None:
    assert str(_parse(**{name: value}).settings()[name]) == value


@pytest.mark.parametrize("name", CHOICES)
def test_any_other_choice_is_refused(name: str) -> None:
    with pytest.raises(HyperparameterError, match=f"{name}: 'other'"):
        _parse(**{name: "other"})


def test_the_tunable_ranges_are_the_documented_ones() -> None:
    found = {spec.name: spec.declaration.tunable for spec in specs(LightGBMHyperparameters) if spec.declaration.tunable}
    assert found == TUNABLE


def test_the_names_of_script_mode_are_tolerated() -> None:
    sent = {"sagemaker_program": "transfer_learning.py", "sagemaker_submit_directory": "/opt/ml/input/data/code"}
    assert _parse(**sent, sagemaker_region="eu-west-1") == _parse()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"is_unbalance": "True", "scale_pos_weight": "2"}, "is_unbalance: .*scale_pos_weight"),
        ({"boosting": "rf", "bagging_freq": "0", "feature_fraction": "1"}, "boosting: rf needs"),
        ({"boosting": "rf", "bagging_fraction": "1", "feature_fraction": "1"}, "boosting: rf needs"),
    ],
)
def test_hyperparameters_that_contradict_each_other_are_refused(given: dict[str, str], told: str) -> None:
    with pytest.raises(HyperparameterError, match=told):
        _parse(**given)


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        ("regression", {"scale_pos_weight": "2"}, "scale_pos_weight: is for a binary"),
        ("regression", {"is_unbalance": "True"}, "is_unbalance: is for a binary"),
        ("multiclass_classification", {"scale_pos_weight": "2"}, "scale_pos_weight: is for a binary"),
        ("multiclass_classification", {"is_unbalance": "true"}, "is_unbalance: is for a binary"),
        ("multiclass_classification", {"tweedie_variance_power": "1.2"}, "tweedie_variance_power: is for a regression"),
        ("binary_classification", {"tweedie_variance_power": "1.2"}, "tweedie_variance_power: is for a regression"),
    ],
)
@pytest.mark.parametrize("problem_type", ["auto", "named"])
def test_what_is_for_another_problem_is_refused_once_the_problem_is_known(
    kind: Kind, given: dict[str, str], told: str, problem_type: str
) -> None:
    asked = params(problem_type=kind if problem_type == "named" else "auto", **given)
    with pytest.raises(HyperparameterError, match=f"{told}.*{kind}"):
        fit(asked, table(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_metric_is_computed_or_refused_with_those_that_the_problem_has(kind: Kind) -> None:
    computed = set()
    for metric in CHOICES["metric"][1].split()[1:]:
        try:
            fit(params(metric=metric, num_boost_round="1"), table(kind))
            computed.add(metric)
        except HyperparameterError as error:
            assert f"metric: '{metric}' is not one of {METRICS[kind][0]}" in str(error)  # noqa: PT017
    assert computed == set(METRICS[kind])


@pytest.mark.parametrize(
    ("kind", "expected"), list(zip(KINDS, ["rmse", "binary_logloss", "multi_logloss"], strict=True))
)
def test_the_metric_auto_is_that_of_the_objective(kind: Kind, expected: str) -> None:
    assert _parse().metric_of(Problem(kind)) == expected


@pytest.mark.parametrize(
    ("asked", "started", "told"), [("0", 3, False), ("2", 2, False), ("3", 3, False), ("100000", 3, True)]
)
def test_no_more_threads_are_started_than_there_are_processors(asked: str, started: int, told: bool) -> None:
    """The library ends the whole process where it is asked for very many."""
    log = Log()
    model = fit(params(num_threads=asked), table(), context=replace(log.context(), threads=3))
    assert f"[num_threads: {started}]" in model.booster.model_to_string()
    assert any("num_threads" in line for line in log.lines) is told


def test_the_algorithm_is_called_as_in_sagemaker() -> None:
    assert ALGORITHM.name == "lightgbm"
    assert [(channel.name, channel.aliases, channel.required) for channel in ALGORITHM.channels] == [
        ("train", ("training",), True),
        ("validation", (), False),
    ]
