"""A training job from its request to its end, for all verbs that train."""

from __future__ import annotations

from typing import Any

from launch.aws import job_start
from launch.aws.cloud import Cloud
from launch.aws.logs import Tail
from launch.aws.outcome import require_completed
from launch.aws.resource_kinds import TRAINING
from launch.aws.waiter import describe, follow


def trained(cloud: Cloud, request: dict[str, Any], new: bool = False, interval: float = 10) -> dict[str, Any]:
    """Starts the job, or finds it, and follows it to its end; returns its description.

    Raises ``JobFailed`` with reason and remedy, ``ServiceError`` where AWS refuses.
    """
    started = job_start.start(cloud, TRAINING, request, new)
    job_start.announce(cloud, TRAINING, started)
    if started.status == "Completed":
        return describe(cloud, TRAINING, started.name)
    tail = Tail(cloud, TRAINING.log_group, f"{started.name}/")
    described = follow(cloud, TRAINING, started.name, interval, tail)
    require_completed(TRAINING, described)
    return described
