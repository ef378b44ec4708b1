"""The requests of autoscaling: scalable targets, policies and an alarm.

An endpoint of instances follows the requests an instance, an asynchronous one the requests that wait, a serverless one
how much of its provisioned concurrency is in use. An asynchronous endpoint that may shrink to nothing has a second
policy and an alarm, which wake it at the first request: the first policy alone waits until there are many.
"""

from __future__ import annotations

from typing import Any

from launch.description import Job
from launch.description.hosting import Autoscaling, Endpoint
from launch.requests.hosting import VARIANT, endpoint_name

NAMESPACE = "sagemaker"
INSTANCES = "sagemaker:variant:DesiredInstanceCount"
CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"
WAITING = "HasBacklogWithoutCapacity"
"""The metric of the wake-up alarm."""
SECONDS = 60
"""Period of the wake-up alarm in seconds."""


def resource_id(endpoint: str) -> str:
    """The resource id of an endpoint's variant in autoscaling."""
    return f"endpoint/{endpoint}/variant/{VARIANT}"


def scalable_target(job: Job) -> dict[str, Any]:
    """RegisterScalableTarget; the description has ``endpoint.autoscaling``."""
    scaling = _scaling(job)
    return {**_subject(job), "MinCapacity": scaling.min, "MaxCapacity": scaling.max}


def scaling_policy(job: Job) -> dict[str, Any]:
    """PutScalingPolicy, by target tracking."""
    scaling = _scaling(job)
    return {
        "PolicyName": f"{endpoint_name(job)}-load",
        **_subject(job),
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            **_tracked(job, scaling),
            "ScaleInCooldown": scaling.scale_in_cooldown,
            "ScaleOutCooldown": scaling.scale_out_cooldown,
        },
    }


def wakes(job: Job) -> bool:
    """Whether the endpoint may have no instance, and must be woken by a request."""
    scaling = job.endpoint.autoscaling if job.endpoint else None
    return scaling is not None and scaling.min == 0


def waking_policy(job: Job) -> dict[str, Any]:
    """PutScalingPolicy: one instance, for an endpoint that has none."""
    return {
        "PolicyName": f"{endpoint_name(job)}-wake",
        **_subject(job),
        "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {
            "AdjustmentType": "ChangeInCapacity",
            "MetricAggregationType": "Average",
            "Cooldown": _scaling(job).scale_in_cooldown,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
        },
    }


def waking_alarm(job: Job, policy_arn: str) -> dict[str, Any]:
    """PutMetricAlarm: goes off while requests wait and no instance is there."""
    name = endpoint_name(job)
    return {
        "AlarmName": waking_alarm_name(name),
        "AlarmDescription": f"Requests wait and the endpoint {name} has no instance.",
        "Namespace": "AWS/SageMaker",
        "MetricName": WAITING,
        "Dimensions": [{"Name": "EndpointName", "Value": name}],
        "Statistic": "Average",
        "Period": SECONDS,
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 2,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "missing",
        "AlarmActions": [policy_arn],
    }


def waking_alarm_name(endpoint: str) -> str:
    """The name of the wake-up alarm."""
    return f"{endpoint}-wake"


def _tracked(job: Job, scaling: Autoscaling) -> dict[str, Any]:
    endpoint = _endpoint(job)
    if endpoint.serverless:
        metric = {"PredefinedMetricType": "SageMakerVariantProvisionedConcurrencyUtilization"}
        return {"TargetValue": scaling.utilization, "PredefinedMetricSpecification": metric}
    if endpoint.asynchronous:
        waiting = {
            "MetricName": "ApproximateBacklogSizePerInstance",
            "Namespace": "AWS/SageMaker",
            "Dimensions": [{"Name": "EndpointName", "Value": endpoint_name(job)}],
            "Statistic": "Average",
        }
        return {"TargetValue": scaling.invocations_per_instance, "CustomizedMetricSpecification": waiting}
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    return {"TargetValue": scaling.invocations_per_instance, "PredefinedMetricSpecification": metric}


def _subject(job: Job) -> dict[str, str]:
    dimension = CONCURRENCY if _endpoint(job).serverless else INSTANCES
    return {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": resource_id(endpoint_name(job)),
        "ScalableDimension": dimension,
    }


def _endpoint(job: Job) -> Endpoint:
    return job.endpoint or Endpoint()


def _scaling(job: Job) -> Autoscaling:
    scaling = _endpoint(job).autoscaling
    if scaling is None:
        raise ValueError(f"{job.name} has no endpoint.autoscaling")
    return scaling
