"""Hyperparameters as texts, as SageMaker passes them to a training container."""

from __future__ import annotations

import json
from typing import Any

from launch.declaration import Declared
from launch.description.job import Job


def hyperparameters(job: Job, declared: Declared) -> dict[str, str]:
    """All as texts, as the service wants them: texts as they are, everything else as JSON.

    Where the family has several algorithms, ``algorithm`` is one of them.
    """
    chosen = {"algorithm": declared.name} if job.algorithm else {}
    return chosen | {name: text(value) for name, value in job.hyperparameters.items()}


def fixed(job: Job, declared: Declared) -> dict[str, str]:
    """Those that all jobs of the tuning have alike."""
    return hyperparameters(unsearched(job, declared), declared)


def unsearched(job: Job, declared: Declared) -> Job:
    """The job without its values of hyperparameters that the tuning searches: they are for single training jobs."""
    searched = {declared.canonical(name) for name in job.tuning.ranges} if job.tuning else set()
    own = {name: value for name, value in job.hyperparameters.items() if declared.canonical(name) not in searched}
    return job.model_copy(update={"hyperparameters": own})


def text(value: Any) -> str:
    """``True`` as ``true``, ``None`` as ``null``, ``(1, 2)`` as ``[1, 2]``; a text stays as it is."""
    return value if isinstance(value, str) else json.dumps(value)
