"""RegisterScalableTarget, PutScalingPolicy and the alarm that wakes an endpoint without instances."""

from __future__ import annotations

from typing import Any

from launch.requests import scaling
from tests.launch.descriptions import job
from tests.launch.service_model import accept

SUBJECT = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/seoul-bike/variant/AllTraffic"}
ASYNCHRONOUS = {"asynchronous": {"output": "s3://bucket/answers/"}}


def target(**endpoint: Any) -> dict[str, Any]:
    request = scaling.scalable_target(job(endpoint=endpoint))
    accept("RegisterScalableTarget", request, "application-autoscaling")
    return request


def policy(**endpoint: Any) -> dict[str, Any]:
    request = scaling.scaling_policy(job(endpoint=endpoint))
    accept("PutScalingPolicy", request, "application-autoscaling")
    return dict(request["TargetTrackingScalingPolicyConfiguration"])


def test_instances_follow_the_requests_that_each_gets() -> None:
    given = {"min": 2, "max": 6, "invocations_per_instance": 500, "scale_in_cooldown": 600, "scale_out_cooldown": 30}
    dimension = {"ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
    assert target(autoscaling=given) == {**SUBJECT, **dimension, "MinCapacity": 2, "MaxCapacity": 6}
    assert policy(autoscaling=given) == {
        "TargetValue": 500,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "ScaleInCooldown": 600,
        "ScaleOutCooldown": 30,
    }


def test_an_asynchronous_endpoint_follows_the_requests_that_wait() -> None:
    given = policy(autoscaling={"min": 1, "max": 2, "invocations_per_instance": 5}, **ASYNCHRONOUS)
    assert given["TargetValue"] == 5
    assert given["CustomizedMetricSpecification"] == {
        "MetricName": "ApproximateBacklogSizePerInstance",
        "Namespace": "AWS/SageMaker",
        "Dimensions": [{"Name": "EndpointName", "Value": "seoul-bike"}],
        "Statistic": "Average",
    }
    assert not scaling.wakes(job(endpoint={"autoscaling": {"min": 1, "max": 2}, **ASYNCHRONOUS}))


def test_an_endpoint_that_may_shrink_to_nothing_is_woken_by_the_first_request() -> None:
    made = job(endpoint={"autoscaling": {"min": 0, "max": 2}, **ASYNCHRONOUS})
    assert scaling.wakes(made)
    waking = scaling.waking_policy(made)
    accept("PutScalingPolicy", waking, "application-autoscaling")
    assert waking["StepScalingPolicyConfiguration"]["StepAdjustments"] == [
        {"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}
    ]
    alarm = scaling.waking_alarm(made, "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:0123")
    accept("PutMetricAlarm", alarm, "cloudwatch")
    assert (alarm["MetricName"], alarm["Threshold"]) == ("HasBacklogWithoutCapacity", 1.0)
    assert alarm["AlarmActions"] == ["arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:0123"]


def test_provisioned_concurrency_follows_its_use() -> None:
    endpoint = {"serverless": {"concurrency": 10, "provisioned": 2}, "autoscaling": {"max": 8, "utilization": 0.6}}
    assert target(**endpoint)["ScalableDimension"] == "sagemaker:variant:DesiredProvisionedConcurrency"
    given = policy(**endpoint)
    assert given["TargetValue"] == 0.6
    kind = "SageMakerVariantProvisionedConcurrencyUtilization"
    assert given["PredefinedMetricSpecification"] == {"PredefinedMetricType": kind}
