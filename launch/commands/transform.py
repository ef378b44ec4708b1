"""Predict all records of some files in S3: a model is made for it, and removed at the end."""

from __future__ import annotations

import argparse
from typing import Any

from launch import console, declaration, description
from launch.aws import job_start, preflight
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.aws.logs import Tail
from launch.aws.models import newest_model
from launch.aws.outcome import require_completed
from launch.aws.resource_kinds import TRANSFORM
from launch.aws.temporary_model import TemporaryModel
from launch.aws.waiter import follow
from launch.commands import common
from launch.commands.deploy import check_address
from launch.description import Job, advice, aws_requirements
from launch.requests import hosting
from launch.requests.destination import Destination
from launch.requests.names import named
from launch.requests.transform import transform_job


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the verb."""
    common.add_start(parser)
    common.add_model(parser)
    common.add_new(parser)


def run(options: argparse.Namespace) -> int:
    """Checks, starts and follows; raises ``JobFailed`` where the job does not complete."""
    job = description.read(options.job)
    declared = declaration.find(job.family, job.algorithm)
    aws_requirements.require_transform(job)
    check_address(options.model)
    common.tell(advice.of_transform_job(job, declared))
    cloud = common.cloud(options, job)
    at = destination(job, cloud)
    data = options.model or (job.transform and job.transform.model) or newest_model(job, cloud)[1]
    model, request = requests(job, at, data)
    if options.dry_run:
        console.show_json({"CreateModel": model, "CreateTransformJob": request})
        return 0
    preflight.transform(job, at, cloud, data)
    console.say(f"model {data}")
    return _transform(cloud, model, request, options)


def requests(job: Job, at: Destination, data: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """CreateModel and CreateTransformJob; the model is this transform's alone, as its name is."""
    declared = declaration.find(job.family, job.algorithm)
    model = hosting.model(job, declared, at, data)
    both = {"model": model, "transform": transform_job(job, declared, at, "")}
    model["ModelName"] = named(f"{job.name}-transform", both)
    return model, transform_job(job, declared, at, model["ModelName"])


def _transform(cloud: Cloud, model: dict[str, Any], request: dict[str, Any], options: argparse.Namespace) -> int:
    there = job_start.found(cloud, TRANSFORM, request, options.new)
    with TemporaryModel(cloud, model, exists=there is not None) as temporary:
        started = there or job_start.start(cloud, TRANSFORM, request, options.new)
        temporary.needed = True
        job_start.announce(cloud, TRANSFORM, started)
        if not options.wait:
            return 0
        tail = Tail(cloud, TRANSFORM.log_group, f"{started.name}/") if started.status != "Completed" else None
        described = follow(cloud, TRANSFORM, started.name, options.interval, tail)
        temporary.needed = False
    require_completed(TRANSFORM, described)
    console.say(f"{TRANSFORM.noun} {started.name} has completed")
    console.say(f"  output   {described['TransformOutput']['S3OutputPath']}")
    return 0
