"""Prints how a job ended; a job that failed raises ``JobFailed`` with its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from launch import console
from launch.aws.failure_reasons import remedy_of
from launch.aws.resource_kinds import TRAINING, ResourceKind
from launch.errors import JobFailed

Described: TypeAlias = dict[str, Any]

LIMITS = frozenset({"MaxRuntimeExceeded", "MaxWaitTimeExceeded"})


def require_completed(kind: ResourceKind, described: Described) -> None:
    """Raises ``JobFailed`` with reason and remedy unless the job has completed."""
    status = described[kind.status]
    if status == "Completed":
        return
    secondary = described.get("SecondaryStatus", "")
    reason = described.get("FailureReason") or (secondary if secondary in LIMITS else "")
    lines = [f"{kind.noun} {described[kind.name]} has {'failed' if status == 'Failed' else 'been stopped'}"]
    lines += [f"  reason  {reason}", f"  remedy  {remedy_of(reason)}"] if reason else []
    if kind is TRAINING and status == "Stopped" and (kept := _model(described)):
        lines.append(f"  model   {kept}, as far as it came")
    raise JobFailed("\n".join(lines))


def say_trained(described: Described) -> None:
    """Metrics, model, time and money of a completed training job."""
    console.say(f"{TRAINING.noun} {described[TRAINING.name]} has completed")
    if metrics := described.get("FinalMetricDataList"):
        console.say(console.table([("metric", "value"), *metric_rows(metrics)]))
    console.say(f"  model    {_model(described)}")
    if time := spent(described):
        console.say(f"  time     {time}")


def metric_rows(metrics: Iterable[Described]) -> list[tuple[str, str]]:
    """Name and value of each, in the order of the names."""
    return sorted((metric["MetricName"], f"{metric['Value']:g}") for metric in metrics)


def spent(described: Described) -> str:
    """``312 s trained, 94 s billed, 70 % saved by spot``; the service counts both times as of one instance."""
    trained, billed = described.get("TrainingTimeInSeconds"), described.get("BillableTimeInSeconds")
    parts = [f"{trained} s trained" if trained is not None else "", f"{billed} s billed" if billed is not None else ""]
    if described.get("EnableManagedSpotTraining") and trained and billed is not None:
        parts.append(f"{round(100 * (1 - billed / trained))} % saved by spot")
    instances = described.get("ResourceConfig", {}).get("InstanceCount", 1)
    if instances > 1 and any(parts):
        parts.append(f"on each of {instances} instances")
    return ", ".join(part for part in parts if part)


def _model(described: Described) -> str:
    address: str = described.get("ModelArtifacts", {}).get("S3ModelArtifacts", "")
    return address
