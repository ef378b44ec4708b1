"""Advice that is printed before a job begins: what is no mistake, but may surprise."""

from __future__ import annotations

from collections.abc import Iterator

from launch.declaration import Declared
from launch.description.job import Job
from launch.description.records import JSON, media_type, of_transform
from launch.instances import has_gpu


def of_training(job: Job, declared: Declared) -> Iterator[str]:
    """Advice about a training job, or the jobs of a tuning job."""
    training = job.training
    if has_gpu(training.instance_type) and not declared.gpu:
        text = f"{declared.name} does not use the GPU of {training.instance_type}, which is paid all the same"
        yield f"{text}; ml.m5.xlarge is an instance without one"
    if training.checkpoints and not declared.resumes:
        yield f"{declared.name} writes no checkpoints: after an interruption it starts again from the beginning"
    if training.spot and declared.resumes and not training.checkpoints:
        text = f"{declared.name} could go on where an interruption stopped it"
        yield f"{text}: give training.checkpoints, a folder in S3"


def of_transform_job(job: Job, declared: Declared) -> Iterator[str]:
    """Advice about a batch transform."""
    part = job.transform
    if part is None or declared.one_record or of_transform(part, declared).split != "None":
        return
    hint = "; as application/jsonlines it could be split" if media_type(part.content_type) == JSON else ""
    size = "of any size" if part.max_payload_mb == 0 else f"of {part.max_payload_mb or 6} MB at the most"
    yield f"each file is sent as one request, {size}{hint}"
