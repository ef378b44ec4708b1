"""Mistakes in what a tuning job searches."""

from __future__ import annotations

from typing import Any

import pytest

from launch import declaration
from tests.launch.descriptions import ALGORITHMS, SMALL, TUNING, example, mistakes

ETA = {"from": 0.1, "to": 0.5}


def found(base: dict[str, Any] | None = None, changes: dict[str, Any] | None = None, **tuning: Any) -> dict[str, str]:
    told = mistakes(base, tuning=TUNING | tuning, **(changes or {}))
    assert all(place.startswith("tuning.") for place in told)
    return {place.removeprefix("tuning."): text for place, text in told.items()}


def unfit(name: str, searched: Any) -> str:
    told = found(ranges={name: searched})
    assert list(told) == [f"ranges.{name}"]
    return told[f"ranges.{name}"]


def test_the_metric_must_be_one_that_the_job_logs() -> None:
    assert "did you mean validation:rmse or train:rmse?" in found(metric="rmse")["metric"]
    assert "did you mean validation:rmsle" in found(metric="validation:rmslee")["metric"]
    nothing_like_it = found(metric="happiness")["metric"]
    assert "it logs validation:accuracy" in nothing_like_it
    assert "validation:ndcg@{parameter}" in nothing_like_it


def test_the_metric_must_be_of_a_channel_that_the_job_has() -> None:
    told = found(changes={"channels": {"training": SMALL["channels"]["train"]}})
    assert told == {
        "metric": "validation:rmse is measured on the channel validation, which the job has not; give it, or another "
        "metric"
    }
    assert found(changes={"channels": {"training": SMALL["channels"]["train"]}}, metric="train:rmse") == {}


def test_a_channel_that_the_algorithm_holds_out_itself_needs_not_be_given() -> None:
    for family, name in ALGORITHMS:
        declared = declaration.find(family, name)
        if declared.holds_out:
            base = example(family, name) | {"hyperparameters": {"eval_metric": "RMSE"} if family == "catboost" else {}}
            base |= {"channels": {"train": SMALL["channels"]["train"]}}
            metric = next(one for one in declared.metrics if one.channel == "validation" and "rmse" in one.name.lower())
            searched = {"learning_rate": {"from": 0.001, "to": 0.01}}
            assert found(base, metric=metric.name, ranges=searched) == {}


def test_a_metric_that_the_log_does_not_tell_apart_must_be_named_by_a_hyperparameter() -> None:
    base = SMALL | {"family": "catboost", "hyperparameters": {}}
    depth = {"ranges": {"depth": {"from": 4, "to": 8}}}
    assert "(eval_metric: MAE)" in found(base, metric="MAE", **depth)["metric"]
    other = base | {"hyperparameters": {"eval_metric": "RMSE"}}
    assert "(eval_metric: MAE)" in found(other, metric="MAE", **depth)["metric"]
    assert found(other, metric="RMSE", **depth) == {}


def test_the_goal_is_given_only_where_the_algorithm_does_not_say_it() -> None:
    assert found(goal="minimize") == {}
    assert "validation:rmse is better when it is less" in found(goal="maximize")["goal"]
    pair, metric = next(
        (pair, one.name) for pair in ALGORITHMS for one in declaration.find(*pair).metrics if one.direction is None
    )
    base = example(*pair)
    base["hyperparameters"] = {"feature_dim": 2}
    searched = {"num_trees": {"from": 50, "to": 100}}
    assert "is needed" in found(base, metric=metric, ranges=searched)["goal"]
    assert found(base, metric=metric, ranges=searched, goal="minimize") == {}


def test_a_range_is_of_a_hyperparameter_that_the_algorithm_lets_be_tuned() -> None:
    assert "no such hyperparameter, did you mean eta?" in unfit("etta", ETA)
    assert "does not have it tuned; tunable are num_round, eta" in unfit("nthread", {"from": 1, "to": 4})
    assert "no such hyperparameter; tunable are" in unfit("happiness", ETA)


def test_a_hyperparameter_has_one_range_and_may_have_a_value_for_single_jobs() -> None:
    assert found(ranges={"eta": ETA, "learning_rate": ETA}) == {
        "ranges.learning_rate": "is another name of eta, which has a range too; keep one of them"
    }
    set_too = {"hyperparameters": SMALL["hyperparameters"] | {"learning_rate": 0.1}}
    assert found(changes=set_too, ranges={"eta": ETA}) == {}


@pytest.mark.parametrize(
    ("name", "searched", "text"),
    [
        ("eta", {"from": 0.5, "to": 0.5}, "from: 0.5 is not less than to: 0.5"),
        ("eta", {"from": 0.1, "to": 1.5}, "1.5 is out of range, expected a float in [0, 1]"),
        ("eta", [0.1, 2], "2 is out of range"),
        ("eta", [0.1, "fast"], "'fast' cannot be read"),
        ("eta", [0.1, 0.1], "names a value twice"),
        ("max_depth", {"from": 2.5, "to": 6}, "'2.5' cannot be read, expected an integer"),
        ("gamma", {"from": 0, "to": 5, "scale": "log"}, "a logarithmic scale begins above 0, not at 0"),
        ("gamma", {"from": 0, "to": 5, "scale": "reverse-log"}, "from 0 to below 1"),
        ("max_depth", {"from": 1, "to": 5, "scale": "reverse-log"}, "not for whole numbers"),
    ],
)
def test_a_range_lies_within_what_the_algorithm_takes(name: str, searched: Any, text: str) -> None:
    assert text in unfit(name, searched)


def test_choices_are_those_that_the_algorithm_knows() -> None:
    base = example("sklearn", "kmeans")
    fixed = {name: text for name, text in base["hyperparameters"].items() if name != "init_method"}
    base |= {"hyperparameters": fixed}
    known = {"init_method": ["random", "kmeans++"]}
    assert found(base, metric="train:msd", ranges=known) == {}
    other = found(base, metric="train:msd", ranges={"init_method": ["random", "furthest"]})
    assert "'furthest' is not one of random, kmeans++" in other["ranges.init_method"]
    numbers = found(base, metric="train:msd", ranges={"init_method": {"from": 0, "to": 1}})
    assert "takes choices, not numbers" in numbers["ranges.init_method"]


def test_more_jobs_at_once_than_there_are_jobs_is_a_mistake() -> None:
    assert found(jobs=3, parallel=4) == {"parallel": "4 jobs at once are more than all jobs, 3"}
    assert found(jobs=1) == {}


def test_a_grid_tries_choices_all_of_them() -> None:
    choices = {"eta": [0.1, 0.2], "max_depth": [3, 6, 9]}
    assert found(strategy="Grid", ranges=choices) == {}
    assert found(strategy="Grid", ranges=choices, jobs=6) == {}
    assert found(strategy="Grid", ranges=choices, jobs=10)["jobs"].startswith("Grid runs 6 jobs")
    assert "give a list of values" in found(strategy="Grid", ranges={"eta": ETA, "max_depth": [3, 6]})["ranges.eta"]
    many = {"num_round": list(range(1, 31)), "max_depth": list(range(1, 31))}
    without = {"hyperparameters": {"objective": "reg:squarederror"}}
    assert "Grid would run 900 jobs" in found(changes=without, strategy="Grid", ranges=many)["ranges"]


def test_hyperband_knows_how_long_jobs_are_and_stops_them_itself() -> None:
    told = found(strategy="Hyperband", early_stopping=True)
    assert "Hyperband stops jobs by rules of its own" in told["early_stopping"]
    assert "Hyperband must know how long a job is" in told["max_resource"]
    assert found(strategy="Hyperband", max_resource=100) == {}
    assert found(strategy="Hyperband", min_resource=9, max_resource=5)["min_resource"].startswith("9 is more than")
    assert "is for the strategy Hyperband" in found(max_resource=100)["max_resource"]
    epochs = example("tensorflow", "mlp")
    epochs |= {"hyperparameters": {"epochs": 20}}
    searched = {"learning_rate": {"from": 0.001, "to": 0.1}}
    assert found(epochs, metric="validation:loss", strategy="Hyperband", ranges=searched) == {}
