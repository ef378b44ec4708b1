"""Brings the autoscaling of an endpoint to what its description says, or removes all of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from launch.aws.cloud import Cloud
from launch.description import Job
from launch.requests import scaling
from launch.requests.hosting import endpoint_name

SERVICE = "application-autoscaling"


def apply(job: Job, cloud: Cloud) -> None:
    """Registers what the description wants and removes what it does not; the endpoint is in service."""
    name = endpoint_name(job)
    if job.endpoint is None or job.endpoint.autoscaling is None:
        remove(name, cloud)
        return
    policies = [scaling.scaling_policy(job)] + ([scaling.waking_policy(job)] if scaling.wakes(job) else [])
    target = scaling.scalable_target(job)
    _remove(name, cloud, [one["PolicyName"] for one in policies], [target["ScalableDimension"]], scaling.wakes(job))
    cloud.call(SERVICE, "RegisterScalableTarget", **target)
    arns = [cloud.call(SERVICE, "PutScalingPolicy", **policy)["PolicyARN"] for policy in policies]
    if scaling.wakes(job):
        cloud.call("cloudwatch", "PutMetricAlarm", **scaling.waking_alarm(job, arns[-1]))


def remove(endpoint: str, cloud: Cloud) -> bool:
    """Removes policies, targets and the wake-up alarm; says whether there were any."""
    return _remove(endpoint, cloud, (), (), False)


def present(endpoint: str, cloud: Cloud) -> list[str]:
    """The autoscaling of an endpoint in words."""
    return [
        *(f"scaling policy {policy['PolicyName']}" for policy in _policies(endpoint, cloud)),
        *(f"scalable target {target['ScalableDimension']}" for target in _targets(endpoint, cloud)),
        *(f"alarm {name}" for name in _alarms(endpoint, cloud)),
    ]


def _remove(endpoint: str, cloud: Cloud, policies: Collection[str], dimensions: Collection[str], alarm: bool) -> bool:
    """All but the policies, dimensions and the alarm that are to stay."""
    old_policies = [one for one in _policies(endpoint, cloud) if one["PolicyName"] not in policies]
    old_targets = [one for one in _targets(endpoint, cloud) if one["ScalableDimension"] not in dimensions]
    old_alarms = [] if alarm else _alarms(endpoint, cloud)
    for policy in old_policies:
        cloud.call(SERVICE, "DeleteScalingPolicy", PolicyName=policy["PolicyName"], **_subject(policy))
    for target in old_targets:
        cloud.call(SERVICE, "DeregisterScalableTarget", **_subject(target))
    if old_alarms:
        cloud.call("cloudwatch", "DeleteAlarms", AlarmNames=old_alarms)
    return bool(old_policies or old_targets or old_alarms)


def _subject(one: dict[str, Any]) -> dict[str, Any]:
    return {key: one[key] for key in ("ServiceNamespace", "ResourceId", "ScalableDimension")}


def _policies(endpoint: str, cloud: Cloud) -> list[dict[str, Any]]:
    return _listed(cloud, "DescribeScalingPolicies", "ScalingPolicies", ResourceId=scaling.resource_id(endpoint))


def _targets(endpoint: str, cloud: Cloud) -> list[dict[str, Any]]:
    return _listed(cloud, "DescribeScalableTargets", "ScalableTargets", ResourceIds=[scaling.resource_id(endpoint)])


def _listed(cloud: Cloud, operation: str, member: str, **request: Any) -> list[dict[str, Any]]:
    return list(cloud.every(SERVICE, operation, member, ServiceNamespace=scaling.NAMESPACE, **request))


def _alarms(endpoint: str, cloud: Cloud) -> list[str]:
    name = scaling.waking_alarm_name(endpoint)
    answer = cloud.call("cloudwatch", "DescribeAlarms", AlarmNames=[name], AlarmTypes=["MetricAlarm"])
    alarms = answer.get("MetricAlarms", ())  # one of this name that looks at something else is somebody else's
    return [one["AlarmName"] for one in alarms if one.get("MetricName") == scaling.WAITING]
