"""Waits for a job or an endpoint: prints each change of its status, and its log as it arrives."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from launch import console
from launch.aws.cloud import Cloud
from launch.aws.logs import Tail
from launch.aws.resource_kinds import ENDPOINT, TRAINING, TUNING, ResourceKind
from launch.aws.service_errors import passing
from launch.errors import ServiceError

PATIENCE = 30
"""Calls in a row that may fail for a temporary reason, such as a laptop that slept."""

QUIET_ROUNDS = 2
"""Rounds without a new line after which a log is taken to be complete: lines reach CloudWatch some seconds late."""

Described: TypeAlias = dict[str, Any]


def follow(cloud: Cloud, kind: ResourceKind, name: str, interval: float = 10, tail: Tail | None = None) -> Described:
    """Describes a job or an endpoint every ``interval`` seconds until it has ended; returns the last description.

    Raises ``ServiceError`` where AWS cannot be asked any more, which does not stop what is followed.
    """
    tell = LINES.get(kind, _status)
    said: set[str] = set()
    try:
        while True:
            described = _looked_at(cloud, kind, name, interval)
            _say_new(tell(kind, described), said)
            _show(tail)
            if described[kind.status] in kind.ends:
                _finish(tail, interval)
                return described
            time.sleep(interval)
    except KeyboardInterrupt:
        console.note(_goes_on(cloud, kind, name))
        raise
    except ServiceError as error:
        raise ServiceError(f"{error}\n{_goes_on(cloud, kind, name)}", error.action, error.code) from error


def describe(cloud: Cloud, kind: ResourceKind, name: str) -> Described:
    """The service's description of it now."""
    return cloud.call("sagemaker", f"Describe{kind.api}", **{kind.name: name})


def _looked_at(cloud: Cloud, kind: ResourceKind, name: str, interval: float) -> Described:
    for _ in range(PATIENCE):
        try:
            return describe(cloud, kind, name)
        except ServiceError as error:
            if not passing(error):
                raise
            console.note(f"  ({error})")
            time.sleep(interval)
    return describe(cloud, kind, name)


def _say_new(lines: list[str], said: set[str]) -> None:
    for line in lines:
        if line not in said:
            console.say(line)
    said.update(lines)


def _show(tail: Tail | None) -> int:
    lines = tail.lines() if tail else []
    for line in lines:
        console.log_line(line)
    return len(lines)


def _finish(tail: Tail | None, interval: float) -> None:
    quiet = 0
    while tail and quiet < QUIET_ROUNDS:
        quiet = 0 if _show(tail) else quiet + 1
        time.sleep(min(interval, 5) if quiet < QUIET_ROUNDS else 0)


def _goes_on(cloud: Cloud, kind: ResourceKind, name: str) -> str:
    stop = "" if kind == ENDPOINT else f"; to stop it: {kind.stopping} {name} --region {cloud.region}"
    return f"the {kind.noun} {name} goes on without us{stop}"


# What there is to say, by kind; what was said before is not said again.


def _status(kind: ResourceKind, described: Described) -> list[str]:
    return [f"  {described[kind.status]}"]


def _transitions(kind: ResourceKind, described: Described) -> list[str]:
    """When each part of a training job began, in the service's words."""
    steps = described.get("SecondaryStatusTransitions") or []
    lines = [f"  {clock(step['StartTime'])}  {step['Status']:<12} {step.get('StatusMessage', '')}" for step in steps]
    return [line.rstrip() for line in lines] or _status(kind, described)


def _counts(kind: ResourceKind, described: Described) -> list[str]:
    """How many training jobs of a tuning job are in which state, and the best so far."""
    names = {
        "Completed": "completed",
        "InProgress": "in progress",
        "NonRetryableError": "failed",
        "RetryableError": "failed, tried again",
        "Stopped": "stopped",
    }
    counters: Mapping[str, int] = described.get("TrainingJobStatusCounters", {})
    counted = ", ".join(f"{counters[key]} {words}" for key, words in names.items() if counters.get(key))
    best = described.get("BestTrainingJob", {}).get("FinalHyperParameterTuningJobObjectiveMetric")
    so_far = f"; best {best['MetricName']} {best['Value']:g}" if best else ""
    return [f"  {described[kind.status]}: {counted or 'no training job yet'}{so_far}"]


def _variants(kind: ResourceKind, described: Described) -> list[str]:
    """The status of an endpoint, and how far the new instances of an update are."""
    pending = described.get("PendingDeploymentSummary", {})
    variants = pending.get("ProductionVariants") or described.get("ProductionVariants") or ()
    states = {state["Status"]: None for variant in variants for state in variant.get("VariantStatus", ())}
    others = [state for state in states if state != described[kind.status]]
    return [f"  {described[kind.status]}" + (f" ({', '.join(others)})" if others else "")]


LINES: dict[ResourceKind, Callable[[ResourceKind, Described], list[str]]] = {
    TRAINING: _transitions,
    TUNING: _counts,
    ENDPOINT: _variants,
}


def clock(moment: datetime) -> str:
    """The time of a day, UTC."""
    return moment.astimezone(UTC).strftime("%H:%M:%SZ")
