"""A training job from its request to its end, for all verbs that train."""

from __future__ import annotations

from typing import Any

from launch.aws import starting
from launch.aws.cloud import Cloud
from launch.aws.following import describe, follow
from launch.aws.kinds import TRAINING
from launch.aws.logs import Tail
from launch.aws.outcome import require_completed


def trained(cloud: Cloud, request: dict[str, Any], new: bool = False, interval: float = 10) -> dict[str, Any]:
    """Starts the job, or finds it, and follows it to its end; returns its description.

    Raises ``JobFailed`` with reason and cure, ``ServiceError`` where AWS refuses.
    """
    started = starting.start(cloud, TRAINING, request, new)
    starting.announce(cloud, TRAINING, started)
    if started.status == "Completed":
        return describe(cloud, TRAINING, started.name)
    tail = Tail(cloud, TRAINING.log_group, f"{started.name}/")
    described = follow(cloud, TRAINING, started.name, interval, tail)
    require_completed(TRAINING, described)
    return described
