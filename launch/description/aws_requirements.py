"""Checks that a description has what AWS needs and a run on this machine does not: role, S3 addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from launch.declaration import Declared
from launch.description.hyperparameter_texts import hyperparameters
from launch.description.job import Job
from launch.description.mistakes import Mistake, dotted
from launch.errors import DescriptionError


def require_training(job: Job, declared: Declared) -> None:
    """Raises ``DescriptionError`` where a description does not suffice for a training job in AWS."""
    _refuse([*_role(job), *_places(job), *_untuned(job, declared)])


def require_data(job: Job) -> None:
    """Raises ``DescriptionError`` where data or models have no place in AWS."""
    _refuse(_places(job))


def require_tuning(job: Job) -> None:
    """Raises ``DescriptionError`` where a description does not suffice for a tuning job."""
    _refuse([*_part(job, "tuning", "what is searched"), *_role(job), *_places(job)])


def require_transform(job: Job) -> None:
    """Raises ``DescriptionError`` where a description does not suffice for a batch transform."""
    _refuse([*_part(job, "transform", "what is predicted"), *_role(job)])


def _part(job: Job, name: str, about: str) -> Iterator[Mistake]:
    if getattr(job, name) is None:
        yield Mistake((), f"{job.name} has no part `{name}`: it says {about}; launch/README.md shows one")


def _places(job: Job) -> Iterator[Mistake]:
    if job.output is None:
        yield Mistake(("output",), "is needed in AWS: give a folder for the models, such as s3://my-bucket/models/")
    for name, channel in job.channels.items():
        if not (channel.s3 or channel.fsx or channel.efs):
            text = "has only local data: give s3, fsx or efs (`aws s3 cp --recursive` brings a folder into a bucket)"
            yield Mistake(("channels", name), text)


def _role(job: Job) -> Iterator[Mistake]:
    if not job.role:
        text = "is needed in AWS: the name or ARN of a role that SageMaker may take on"
        yield Mistake(("role",), f"{text}; launch/policies/execution-role.json has what it needs")


def _untuned(job: Job, declared: Declared) -> Iterator[Mistake]:
    """Hyperparameters that a tuning job would choose and a single training job has not."""
    for problem in declared.problems(hyperparameters(job, declared)) if job.tuning else ():
        name, _, text = problem.partition(": ")
        remedy = "only a tuning job takes it from tuning.ranges: give hyperparameters a value too, or tune"
        yield Mistake(("hyperparameters", name), f"{text}; {remedy}")


def _refuse(mistakes: Iterable[Mistake]) -> None:
    told = [f"{dotted(mistake.place)}{mistake.text}" for mistake in mistakes]
    if told:
        raise DescriptionError(told)
