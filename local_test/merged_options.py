"""Merges the options of the command line with the job description, if one is given; options win."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from local_test import description
from local_test.batch import description as batch
from local_test.batch.files import objects
from local_test.batch.request import TransformRequest
from local_test.docker_runtime import DockerRuntime, image_of
from local_test.errors import InvalidArgument
from local_test.hosted import STARTUP_SECONDS
from local_test.option_values import channel_of, content_type_of, hyperparameters_in, pairs_of
from local_test.process_runtime import ProcessRuntime
from local_test.request import TrainingRequest
from local_test.runtime import Runtime

if TYPE_CHECKING:
    from launch.description import Job

_TRANSFORM_OPTIONS = (
    "content_type", "accept", "split", "strategy", "assemble", "compression", "max_payload_mb", "max_concurrent",
    "input_filter", "output_filter", "join",
)  # fmt: skip


def job_of(options: argparse.Namespace) -> Job | None:
    """The job description that the command line names; None without one."""
    return description.read(options.job) if options.job else None


def runtime_of(options: argparse.Namespace, job: Job | None) -> Runtime:
    """The runtime that starts ``train`` and ``serve``."""
    kind = options.runtime or ("docker" if options.image else "process")
    if kind == "process" and options.image:
        raise InvalidArgument("--image needs Docker: leave --runtime process out, or give --family instead")
    family = options.family or (job.family if job else "")
    if not family and not options.image:
        raise InvalidArgument("nothing to run: give a job description, --family or --image")
    faithful, user = getattr(options, "faithful", True), getattr(options, "user", "")
    if kind == "docker":
        image = options.image or image_of(family)
        return DockerRuntime(image, network=_network(options, job), user=user, faithful=faithful)
    if user:
        raise InvalidArgument("--user needs Docker: give --runtime docker")
    return ProcessRuntime(family, faithful=faithful)


def _network(options: argparse.Namespace, job: Job | None) -> bool:
    """Whether Docker gives a network: only to a user's own program, unless the description isolates it."""
    wanted: bool | None = getattr(options, "network", None)
    if wanted is not None:
        return wanted
    return job is not None and job.runs_own_program and not job.network.isolation


def request_of(options: argparse.Namespace, job: Job | None) -> TrainingRequest:
    """The training job."""
    told = description.channel_options(job) if job else {}
    given = tuple(channel_of(text, told) for text in options.channel)
    local = tuple(description.local_channels(job, [channel.name for channel in given])) if job else ()
    file = hyperparameters_in(options.hyperparameters) if options.hyperparameters else {}
    values = (description.hyperparameters(job) if job else {}) | file
    training = job.training if job else TrainingRequest
    return TrainingRequest(
        channels=(*local, *given),
        hyperparameters=values | pairs_of(options.hyperparameter, "--hyperparameter"),
        environment=(job.environment if job else {}) | pairs_of(options.env, "--env"),
        instance_type=options.instance_type or training.instance_type,
        checkpoints=options.checkpoints,
        max_runtime=training.max_runtime if options.max_runtime is None else options.max_runtime,
    )


def transform_of(options: argparse.Namespace, job: Job | None) -> TransformRequest:
    """The batch transform."""
    given = {key: getattr(options, key) for key in _TRANSFORM_OPTIONS if getattr(options, key) is not None}
    if job is not None and job.transform is not None:
        environment = job.transform.environment | pairs_of(options.env, "--env")
        return batch.request(job, options.data, {**given, "environment": environment})
    if options.data is None:
        raise InvalidArgument("nothing to transform: give --data PATH, or a job description with a part `transform`")
    if "content_type" not in given:
        given["content_type"] = content_type_of(str(next(iter(objects(options.data).values()))))
    return TransformRequest(data=options.data, environment=pairs_of(options.env, "--env"), **given)


def serving_of(options: argparse.Namespace, job: Job | None) -> tuple[dict[str, str], float]:
    """The environment of ``serve``, and how many seconds it may take to start."""
    endpoint = job.endpoint if job else None
    environment = (endpoint.environment if endpoint else {}) | pairs_of(options.env, "--env")
    told = (endpoint.startup_seconds if endpoint else None) or STARTUP_SECONDS
    return environment, told if options.startup_timeout is None else options.startup_timeout
