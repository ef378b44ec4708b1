"""Start a training job and follow it, or find the one of the same request."""

from __future__ import annotations

import argparse

from launch import console, declaration, description
from launch.aws import job_start, outcome, preflight
from launch.aws.destination import destination
from launch.aws.resource_kinds import TRAINING
from launch.aws.training import trained
from launch.commands import common
from launch.description import advice, aws_requirements
from launch.requests.training import training_job


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the verb."""
    common.add_start(parser)
    common.add_new(parser)


def run(options: argparse.Namespace) -> int:
    """Checks, starts and follows; raises ``JobFailed`` where the job does not complete."""
    job = description.read(options.job)
    declared = declaration.find(job.family, job.algorithm)
    aws_requirements.require_training(job, declared)
    common.tell(advice.of_training(job, declared))
    cloud = common.cloud(options, job)
    at = destination(job, cloud)
    request = training_job(job, declared, at)
    if options.dry_run:
        console.show_json(request)
        return 0
    preflight.training(job, at, cloud)
    if options.wait:
        outcome.say_trained(trained(cloud, request, options.new, options.interval))
    else:
        job_start.announce(cloud, TRAINING, job_start.start(cloud, TRAINING, request, options.new))
    return 0
