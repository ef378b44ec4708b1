"""MetricDefinitions: which of an algorithm's metrics the service looks for in the log of a job."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from launch.declaration import Declared, DeclaredMetric
from launch.description import Job
from launch.description.metrics import definitions, of_job
from tests.launch.descriptions import ALGORITHMS, SMALL, TUNING, declared_of, example, job

TABLES = SMALL | {"family": "lightgbm", "hyperparameters": {}}


def names(made: Job) -> list[str]:
    return [one["Name"] for one in definitions(made, declared_of(made))]


def hyperparameters(**more: Any) -> dict[str, Any]:
    return {"hyperparameters": SMALL["hyperparameters"] | more}


@pytest.mark.parametrize(("family", "algorithm"), ALGORITHMS)
def test_forty_are_the_most_and_each_is_declared(family: str, algorithm: str) -> None:
    made = job(example(family, algorithm))
    found = definitions(made, declared_of(made))
    assert len(found) <= 40
    assert len({one["Name"] for one in found}) == len({one["Regex"] for one in found}) == len(found)
    for one in found:
        assert re.compile(one["Regex"]).groups == 1
        assert "{" not in one["Name"] + one["Regex"]


def test_what_is_tuned_comes_first_then_what_hyperparameters_name_then_held_out_channels() -> None:
    made = job(**hyperparameters(eval_metric="mae,rmsle"), tuning=TUNING | {"metric": "train:rmse"})
    found = names(made)
    assert found[:5] == ["train:rmse", "validation:mae", "validation:rmsle", "train:mae", "train:rmsle"]
    rest = [name.partition(":")[0] for name in found[5:]]
    assert rest == sorted(rest, reverse=True)
    assert "validation:rmse" in found


def test_a_parameter_that_a_hyperparameter_names_stands_in_name_and_regex() -> None:
    ranking = {"objective": "rank:pairwise", "eval_metric": ["ndcg@5-", "map@10"]}
    made = job(**hyperparameters(**ranking))
    found = {one["Name"]: one["Regex"] for one in definitions(made, declared_of(made))}
    assert {"validation:ndcg@5-", "train:ndcg@5-", "validation:map@10", "train:map@10"} <= set(found)
    line = "[3] #011train-ndcg@5-:0.5 #011validation-ndcg@5-:0.25 #011validation-ndcg@5:0.75"
    assert re.search(found["validation:ndcg@5-"], line).group(1) == "0.25"  # type: ignore[union-attr]


def test_a_parameter_may_be_named_by_the_tuning_alone() -> None:
    made = job(
        hyperparameters={"objective": "binary:logistic", "num_round": 5},
        tuning=TUNING | {"metric": "validation:error@0.7"},
    )
    found = definitions(made, declared_of(made))
    assert found[0]["Name"] == "validation:error@0.7"
    assert re.search(found[0]["Regex"], "[0] #011validation-error@0.7:0.1")
    assert not re.search(found[0]["Regex"], "[0] #011validation-error@017:0.1")


def test_a_parameter_that_no_name_tells_may_be_any() -> None:
    made = job(example("sklearn", "linear-learner"))
    found = {one["Name"]: one["Regex"] for one in definitions(made, declared_of(made))}
    line = "[x] #quality_metric: host=algo-1, validation binary_f_0.500 <score>=0.75"
    assert re.search(found["validation:binary_f_beta"], line).group(1) == "0.75"  # type: ignore[union-attr]


def test_only_channels_that_the_job_has_are_looked_for_by_whatever_name() -> None:
    channel = SMALL["channels"]["train"]
    assert {name.partition(":")[0] for name in names(job(channels={"training": channel}))} == {"train"}
    assert any(name.startswith("validation:") for name in names(job()))


def test_an_algorithm_that_holds_records_out_is_validated_without_a_channel_for_it() -> None:
    alone = job(TABLES | {"channels": {"training": SMALL["channels"]["train"]}})
    assert names(alone) == names(job(TABLES))
    assert names(alone)


def test_a_line_that_tells_any_metric_is_read_as_the_one_that_is_asked_for() -> None:
    base = SMALL | {"family": "catboost"}
    assert names(job(base, hyperparameters={})) == []
    assert names(job(base, hyperparameters={"eval_metric": "Quantile:alpha=0.3"})) == ["Quantile"]
    assert names(job(base, hyperparameters={"eval_metric": "RMSE"}, tuning=tuned("RMSE"))) == ["RMSE"]


def tuned(metric: str) -> dict[str, Any]:
    return {"metric": metric, "ranges": {"depth": {"from": 4, "to": 8}}}


def test_what_the_service_would_refuse_is_left_out() -> None:
    made = job()
    long = [
        DeclaredMetric(name, name, regex, "train", None)
        for name, regex in (("n" * 256, "(a)"), ("m", "(b)" + "b" * 500))
    ]
    declared: Declared = dataclasses.replace(declared_of(made), metrics=(*declared_of(made).metrics[:1], *long))
    assert len(of_job(made, declared)) == 3
    assert [one["Name"] for one in definitions(made, declared)] == [declared.metrics[0].name]
