"""Mistakes that only the parts of a description together have: training, hyperparameters, account."""

from __future__ import annotations

from typing import Any

import pytest

from launch import declaration
from tests.launch.descriptions import ALGORITHMS, SMALL, TUNING, example, mistakes

OBJECTIVE: dict[str, Any] = {"objective": "reg:squarederror"}


@pytest.mark.parametrize(("family", "algorithm"), ALGORITHMS)
def test_the_example_of_every_algorithm_has_no_mistake(family: str, algorithm: str) -> None:
    assert mistakes(example(family, algorithm)) == {}


@pytest.mark.parametrize(
    ("changes", "place", "text"),
    [
        ({"training": {"spot": {"max_wait": 60}}}, "training.spot.max_wait", "60 is less than training.max_runtime"),
        (
            {"training": {"spot": {"max_wait": 86400}, "keep_alive": 60}},
            "training.keep_alive",
            "spot instances cannot be kept",
        ),
        ({"training": {"instance_type": "ml.c7g.xlarge"}}, "training.instance_type", "ARM processor"),
        (
            {"training": {"instance_type": "ml.m5d.xlarge"}, "keys": {"volume": "alias/k"}},
            "training.instance_type",
            "encrypts its own disk",
        ),
        ({"role": "arn:aws:iam::1:role/x"}, "role", "neither the name of an IAM role nor its ARN"),
        ({"role": "my role"}, "role", "neither the name"),
        ({"region": "Ireland"}, "region", "not the name of a region"),
        ({"image": "open-algorithms/xgboost:latest"}, "image", "is no address in ECR"),
        ({"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:" + "1" * 129}, "image", "is no address in ECR"),
        (
            {"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1", "region": "us-east-1"},
            "image",
            "lies in eu-west-1, but the job runs in us-east-1",
        ),
        ({"tags": {"aws:team": "x"}}, "tags.aws:team", "Amazon's own"),
        ({"tags": {"open-algorithms:job": "x"}}, "tags.open-algorithms:job", "set by launch itself"),
        ({"tags": {"team": "x" * 257}}, "tags.team", "256 at the most"),
        ({"tags": {"team": "R&D"}}, "tags.team", "a tag is made of"),
        ({"environment": {"A": "x" * 513}}, "environment.A", "513 characters; 512 are the most"),
        ({"environment": {f"A{i}": "" for i in range(101)}}, "environment", "101 variables; a training job takes 100"),
        (
            {"environment": {f"A{i}": "" for i in range(49)}, "tuning": TUNING},
            "environment",
            "49 variables; a tuning job takes 48",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(changes: dict[str, Any], place: str, text: str) -> None:
    found = mistakes(**changes)
    assert list(found) == [place]
    assert text in found[place]


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "service-role/Execution_1"},
        {"role": "arn:aws-cn:iam::123456789012:role/service-role/Execution"},
        {"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/open-algorithms/xgboost@sha256:" + "0" * 64},
        {"image": "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/xgboost", "region": "cn-north-1"},
        {"image": "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/xgboost:1.0_b"},
        {"image": "123456789012.dkr-ecr.us-east-1.on.aws/xgboost:1", "region": "us-east-1"},
        {"tags": {"Kostenstelle": "Bücher / 12 + 3 = @x"}},
        {"training": {"spot": {"max_wait": 86400}}},
        {"training": {"instance_type": "ml.g5.xlarge"}},
    ],
)
def test_what_the_service_takes_is_no_mistake(changes: dict[str, Any]) -> None:
    assert mistakes(**changes) == {}


def test_several_instances_are_for_algorithms_that_share_the_work() -> None:
    sharing = [name for family, name in ALGORITHMS if declaration.find(family, name).distributed]
    for family, name in ALGORITHMS:
        found = mistakes(example(family, name), training={"instances": 2})
        if name in sharing:
            assert found == {}
        else:
            assert f"{name} trains on one instance" in found["training.instances"]
            assert all(one in found["training.instances"] for one in sharing)


def test_every_unfit_hyperparameter_is_a_mistake_at_its_own_place() -> None:
    found = mistakes(hyperparameters={"etta": 0.1, "eta": 2, "max_depth": "deep", "gamma": -1})
    assert found["hyperparameters.etta"] == "unknown hyperparameter, did you mean eta?"
    assert found["hyperparameters.eta"].startswith("2 is out of range")
    assert "expected an integer" in found["hyperparameters.max_depth"]
    assert found["hyperparameters.gamma"].startswith("-1 is out of range")
    assert "is required and not given" in found["hyperparameters.num_round"]
    assert len(found) == 5


def test_a_hyperparameter_is_told_by_the_name_that_the_user_gave_it() -> None:
    found = mistakes(hyperparameters={"num_round": 5, "learning_rate": 2})
    assert list(found) == ["hyperparameters.learning_rate"]
    twice = mistakes(hyperparameters={"num_round": 5, "learning_rate": 0.1, "eta": 0.1})
    assert "is another name of eta" in twice["hyperparameters.learning_rate"]


def test_what_the_tuning_job_sets_counts_as_given() -> None:
    ranges = {"num_round": {"from": 10, "to": 100}}
    assert mistakes(hyperparameters=OBJECTIVE, tuning=TUNING | {"ranges": ranges}) == {}
    assert list(mistakes(hyperparameters=OBJECTIVE, tuning=TUNING)) == ["hyperparameters.num_round"]


def test_a_metric_that_the_hyperparameters_do_not_define_cannot_be_tuned() -> None:
    found = mistakes(tuning=TUNING | {"metric": "validation:auc"})
    assert list(found) == ["tuning.metric"]
    assert "'auc' is for binary:* and rank:*, the objective is reg:squarederror" in found["tuning.metric"]


def test_hyperparameters_keep_to_the_services_limits() -> None:
    long = {"eval_metric": ",".join(["rmse"] * 600)}
    found = mistakes(hyperparameters=SMALL["hyperparameters"] | long)
    assert "2500" in found["hyperparameters.eval_metric"]
    many = {f"sagemaker_{index}": "" for index in range(98)} | SMALL["hyperparameters"]
    assert mistakes(hyperparameters=many) == {}
    crowded = mistakes(hyperparameters=many, tuning=TUNING)
    assert crowded == {"hyperparameters": "with what a tuning job sets they are 102; 100 are the most"}
