"""Describes, updates and waits for one endpoint, and reads the log of its containers."""

from __future__ import annotations

import itertools
from typing import Any

from launch.aws.cloud import Cloud
from launch.aws.resource_kinds import ENDPOINT
from launch.aws.waiter import follow
from launch.errors import ServiceError

UNKNOWN = "ValidationException"
"""The code of SageMaker's answer about something that is not there."""
LOG_LINES = 20
LOG_STREAMS = 3


class Uncertain(ServiceError):
    """A request may have been taken on although its answer was lost."""


def described(cloud: Cloud, name: str) -> dict[str, Any] | None:
    """The service's description of an endpoint; None where there is none."""
    return found(cloud, "DescribeEndpoint", EndpointName=name)


def found(cloud: Cloud, operation: str, **request: Any) -> dict[str, Any] | None:
    """The answer of one of SageMaker's Describe operations; None where there is nothing of the name."""
    try:
        return cloud.call("sagemaker", operation, **request)
    except ServiceError as error:
        if error.code == UNKNOWN:
            return None
        raise


def send(cloud: Cloud, operation: str, request: dict[str, Any]) -> None:
    """Sends CreateEndpoint or UpdateEndpoint. Raises ``ServiceError`` where it is refused.

    Where the answer of a first try was lost, the next try is refused since the endpoint is busy with that very
    request: that is no refusal. Raises ``Uncertain`` where this cannot be found out.
    """
    try:
        cloud.call("sagemaker", operation, **request)
    except ServiceError as error:
        if not _busy_with(cloud, request, error):
            raise


def _busy_with(cloud: Cloud, request: dict[str, Any], refusal: ServiceError) -> bool:
    name = request["EndpointName"]
    try:
        now = described(cloud, name) or {}
    except ServiceError:
        unknown = f"whether {name} is on its way all the same is not known; the same command takes it up"
        raise Uncertain(f"{refusal}\n{unknown}", refusal.action, refusal.code) from refusal
    configs = (now.get("EndpointConfigName"), now.get("PendingDeploymentSummary", {}).get("EndpointConfigName"))
    return now.get("EndpointStatus") not in (None, *ENDPOINT.ends) and request["EndpointConfigName"] in configs


def settled(cloud: Cloud, name: str, interval: float) -> dict[str, Any] | None:
    """The endpoint when nothing is under way any more, telling each step; None when it has gone."""
    try:
        return follow(cloud, ENDPOINT, name, interval)
    except ServiceError as error:
        if error.code == UNKNOWN:
            return None
        raise


def log_group(name: str) -> str:
    """The log group of an endpoint's containers."""
    return f"{ENDPOINT.log_group}/{name}"


def log_tail(cloud: Cloud, name: str) -> list[str]:
    """The last lines of the containers that spoke last, a heading for each; empty where none has said anything.

    Read from the end: the log of an endpoint that has served for months is long.
    """
    newest = {"logGroupName": log_group(name), "orderBy": "LastEventTime", "descending": True}
    try:
        streams = cloud.every("logs", "DescribeLogStreams", "logStreams", **newest)
        names = [stream["logStreamName"] for stream in itertools.islice(streams, LOG_STREAMS)]
        return [line for stream in names for line in _tail(cloud, name, stream)]
    except ServiceError as error:
        return [] if error.code == "ResourceNotFoundException" else [f"the log cannot be read: {error}"]


def _tail(cloud: Cloud, name: str, stream: str) -> list[str]:
    where = {"logGroupName": log_group(name), "logStreamName": stream}
    events = cloud.call("logs", "GetLogEvents", **where, limit=LOG_LINES, startFromHead=False)["events"]
    return [f"{stream}:", *(event["message"].rstrip() for event in events)] if events else []
