"""Checks that the parts of a description fit each other and the algorithm's declaration."""

from __future__ import annotations

from collections.abc import Iterator

from launch import declaration
from launch.description.checks import channels, hosting, training, transform, tuning
from launch.description.job import Job
from launch.description.mistakes import Mistake
from launch.errors import UsageError


def mistakes(job: Job) -> Iterator[Mistake]:
    """Everything that is wrong."""
    try:
        declaration.algorithms(job.family)
    except UsageError as error:
        yield Mistake(("family",), str(error))
        return
    try:
        declared = declaration.find(job.family, job.algorithm)
    except UsageError as error:
        yield Mistake(("algorithm",) if job.algorithm else ("family",), str(error))
        return
    yield from channels.mistakes(job, declared)
    yield from training.mistakes(job, declared)
    yield from tuning.mistakes(job, declared)
    yield from hosting.mistakes(job, declared)
    yield from transform.mistakes(job, declared)
