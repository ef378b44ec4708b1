"""Training: instances, time and network, and what each of them asks of the others."""

from __future__ import annotations

from collections.abc import Iterator

from launch import declaration
from launch.declaration import Declared
from launch.description.checks import account, hyperparameters, instances
from launch.description.job import Job
from launch.description.mistakes import Mistake


def mistakes(job: Job, declared: Declared) -> Iterator[Mistake]:
    """Finds mistakes in the training job."""
    yield from hyperparameters.mistakes(job, declared)
    yield from account.mistakes(job, declared)
    yield from _instances(job, declared)
    yield from _waiting(job)


def _instances(job: Job, declared: Declared) -> Iterator[Mistake]:
    if job.training.instances > 1 and not declared.distributed:
        text = f"{declared.name} trains on one instance; on several do {', '.join(_distributed())}"
        yield Mistake(("training", "instances"), text)
    for text in instances.problems(job.training.instance_type, job):
        yield Mistake(("training", "instance_type"), text)


def _distributed() -> list[str]:
    known = [declared for family in declaration.families() for declared in declaration.algorithms(family).values()]
    return [f"{declared.name} ({declared.family})" for declared in known if declared.distributed]


def _waiting(job: Job) -> Iterator[Mistake]:
    spot, longest = job.training.spot, job.training.max_runtime
    if spot and spot.max_wait < longest:
        text = f"{spot.max_wait} is less than training.max_runtime, {longest}, which it includes"
        yield Mistake(("training", "spot", "max_wait"), f"{text}; give more, or a shorter max_runtime")
    if spot and job.training.keep_alive:
        text = "spot instances cannot be kept for the next job; leave out this or training.spot"
        yield Mistake(("training", "keep_alive"), text)
