"""Mistakes in an endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from tests.launch.descriptions import job, mistakes

ANSWERS = {"output": "s3://bucket/answers/"}
CAPTURE = {"output": "s3://bucket/captured/"}
MODELS = {"models": "s3://bucket/all/"}
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/open-algorithms/sklearn:0.1.0"
VPC = {"subnets": ["subnet-0a"], "security_groups": ["sg-0a"]}


def found(others: dict[str, Any] | None = None, **endpoint: Any) -> dict[str, str]:
    return mistakes(endpoint=endpoint, **(others or {}))


@pytest.mark.parametrize(
    "endpoint",
    [
        {},
        {"asynchronous": ANSWERS, "autoscaling": {"min": 0, "max": 1}},
        {"serverless": {"concurrency": 5, "provisioned": 5}, "autoscaling": {"min": 1, "max": 5}},
        {"multi_model": MODELS, "instance_type": "ml.m5d.large"},
        {"multi_model": MODELS, "pipeline": {"before": [{"image": IMAGE}]}},
        {"pipeline": {"before": [{"image": IMAGE}] * 14}},
        {"update": {"traffic": "linear", "percent": 10, "wait_seconds": 2850}, "alarms": ["errors"]},
        {"instances": 1, "autoscaling": {"min": 1, "max": 4}, "update": {"traffic": "canary"}},
        {"instance_type": "ml.g5.xlarge"},
    ],
)
def test_what_goes_together_is_no_mistake(endpoint: dict[str, Any]) -> None:
    job(endpoint=endpoint)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("asynchronous", ANSWERS),
        ("data_capture", CAPTURE),
        ("multi_model", MODELS),
        ("pipeline", {"before": [{"image": IMAGE}]}),
        ("alarms", ["errors"]),
        ("update", {}),
        ("startup_seconds", 600),
        ("instance_type", "ml.m5.large"),
        ("instances", 2),
        ("autoscaling", {"max": 2}),
    ],
)
def test_what_a_serverless_endpoint_cannot_have_is_named(key: str, value: Any) -> None:
    told = found(serverless={}, **{key: value})
    assert list(told) == [f"endpoint.{key}"]
    assert "serverless" in told[f"endpoint.{key}"]


@pytest.mark.parametrize(("key", "value"), [("isolation", True), ("vpc", VPC)])
def test_a_serverless_endpoint_is_in_no_network_of_the_users(key: str, value: Any) -> None:
    assert list(found({"network": {key: value}}, serverless={})) == [f"network.{key}"]


@pytest.mark.parametrize(
    ("endpoint", "key", "text"),
    [
        ({"serverless": {"concurrency": 2, "provisioned": 3}}, "serverless.provisioned", "more than"),
        (
            {"serverless": {"concurrency": 2, "provisioned": 2}, "autoscaling": {"max": 3}},
            "autoscaling.max",
            "more than serverless.concurrency, 2",
        ),
        (
            {"serverless": {"provisioned": 2}, "autoscaling": {"max": 3, "invocations_per_instance": 9}},
            "autoscaling.invocations_per_instance",
            "scales by autoscaling.utilization",
        ),
        ({"asynchronous": ANSWERS, "multi_model": MODELS}, "multi_model", "not for asynchronous"),
        ({"asynchronous": ANSWERS, "data_capture": CAPTURE}, "data_capture", "not for asynchronous"),
        ({"asynchronous": ANSWERS | {"error_topic": "failures"}}, "asynchronous.error_topic", "ARN of an SNS topic"),
        ({"asynchronous": {"output": "s3://bucket/" + "a" * 501}}, "asynchronous.output", "longer than 512"),
        ({"data_capture": {"output": "s3://bucket/" + "a" * 501}}, "data_capture.output", "longer than 512"),
        ({"autoscaling": {"min": 3, "max": 2}}, "autoscaling.max", "less than autoscaling.min, 3"),
        ({"autoscaling": {"min": 0, "max": 2}}, "autoscaling.min", "only an asynchronous endpoint"),
        ({"autoscaling": {"max": 4}, "instances": 5}, "instances", "outside of what autoscaling keeps to, 2 to 4"),
        ({"autoscaling": {"max": 4, "utilization": 0.5}}, "autoscaling.utilization", "leave this out"),
        ({"multi_model": {"models": "s3://bucket/all"}}, "multi_model.models", "end it with /"),
        ({"multi_model": MODELS, "model": "s3://bucket/model.tar.gz"}, "model", "hosts all archives"),
        ({"model": "s3://bucket/model.zip"}, "model", "no .tar.gz archive"),
        ({"pipeline": {}}, "pipeline", "no other container"),
        ({"pipeline": {"after": [{"image": IMAGE}] * 15}}, "pipeline", "16 containers"),
        ({"pipeline": {"before": [{"image": "sklearn"}]}}, "pipeline.before.0.image", "no address in ECR"),
        ({"pipeline": {"after": [{"image": IMAGE, "model": "s3://b-1/m/"}]}}, "pipeline.after.0.model", "no .tar.gz"),
        ({"instance_type": "ml.m6g.large"}, "instance_type", "ARM processor"),
        ({"instance_type": "ml.c7gn.large"}, "instance_type", "ARM processor"),
        ({"environment": {f"A{i}": "" for i in range(101)}}, "environment", "101 variables; 100 are the most"),
        ({"environment": {f"A{i}": "a" * 1000 for i in range(33)}}, "environment", "32768 are the most"),
        ({"alarms": ["errors", "errors"]}, "alarms", "twice"),
        ({"alarms": [" "]}, "alarms.0", "no name"),
        ({"update": {"percent": 20}}, "update.percent", "for canary and linear"),
        ({"update": {"traffic": "canary"}, "instances": 1}, "update.traffic", "two instances or more"),
        ({"update": {"traffic": "linear", "percent": 5}}, "update.percent", "at least 10"),
        ({"update": {"traffic": "linear", "percent": 10, "wait_seconds": 3600}}, "update", "8 hours"),
    ],
)
def test_a_mistake_is_named_with_its_place(endpoint: dict[str, Any], key: str, text: str) -> None:
    told = found(**endpoint)
    assert list(told) == [f"endpoint.{key}"]
    assert text in told[f"endpoint.{key}"]


@pytest.mark.parametrize("instance_type", ["ml.m5d.large", "ml.g4dn.xlarge", "ml.g5.xlarge", "ml.r5d.2xlarge"])
def test_instances_that_encrypt_their_own_disk_take_no_key(instance_type: str) -> None:
    others = {"keys": {"volume": "1234abcd"}}
    assert list(found(others, instance_type=instance_type)) == ["endpoint.instance_type"]
    assert found(others, instance_type="ml.m5.large") == {}
