"""Starts jobs idempotently: the same request again finds the job that it started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launch import console
from launch.aws.cloud import Cloud
from launch.aws.resource_kinds import ResourceKind
from launch.errors import ServiceError
from launch.requests.names import again, run_number

OVER = frozenset({"Failed", "Stopped", "Stopping"})
"""Statuses after which the same request is a new attempt."""


@dataclass(frozen=True)
class Started:
    """A job that runs, or has run before."""

    name: str
    status: str
    """``InProgress`` for a new one."""
    made: bool
    """Whether it is new."""


def start(cloud: Cloud, kind: ResourceKind, request: Mapping[str, Any], new: bool = False) -> Started:
    """Creates a job under the name of its request, unless it is there.

    After runs that failed or were stopped, or where ``new`` asks for another run of the same request, the name gets the
    next number. Raises ``ServiceError``.
    """
    runs = _runs(cloud, kind, request[kind.name])
    if there := _that_counts(kind, runs, new):
        return there
    name = again(request[kind.name], max(runs, default=0) + 1, kind.name_limit)
    try:
        cloud.call("sagemaker", f"Create{kind.api}", **(dict(request) | {kind.name: name}))
    except ServiceError as error:
        if error.code != "ResourceInUse" or new:
            raise
        return Started(name, "InProgress", made=False)  # somebody else has sent the same request in between
    return Started(name, "InProgress", made=True)


def found(cloud: Cloud, kind: ResourceKind, request: Mapping[str, Any], new: bool = False) -> Started | None:
    """The job that ``start`` would find; None where it would create one."""
    return _that_counts(kind, _runs(cloud, kind, request[kind.name]), new)


def _that_counts(kind: ResourceKind, runs: Mapping[int, Mapping[str, Any]], new: bool) -> Started | None:
    """The last run, unless the next one is a new attempt."""
    if new or not runs:
        return None
    last = runs[max(runs)]
    return None if last[kind.status] in OVER else Started(last[kind.name], last[kind.status], made=False)


def _runs(cloud: Cloud, kind: ResourceKind, first: str) -> dict[int, dict[str, Any]]:
    """All runs of a request by their numbers."""
    digest = first.rpartition("-")[2]
    listed = cloud.every("sagemaker", f"List{kind.api}s", kind.summaries, NameContains=digest, MaxResults=100)
    return {number: one for one in listed if (number := run_number(one[kind.name], first))}


def announce(cloud: Cloud, kind: ResourceKind, started: Started) -> None:
    """Says what was started, or was found, and where to look at it."""
    if started.made:
        console.say(f"{kind.noun} {started.name} is started")
    elif started.status == "Completed":
        console.say(f"{kind.noun} {started.name} has done the same before; --new runs it again")
    else:
        console.say(f"{kind.noun} {started.name} is there already, from the same request")
    console.say(f"  console  {kind.console(started.name, cloud.region, cloud.partition)}")
    if kind.log_group:
        console.say(f"  log      {kind.log_group}, streams {started.name}/…")
        console.say(f"           {kind.log_page(started.name, cloud.region, cloud.partition)}")
