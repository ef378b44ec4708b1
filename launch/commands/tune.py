"""Start a tuning job and follow it, or find the one of the same request."""

from __future__ import annotations

import argparse
from typing import Any

from launch import console, declaration, description
from launch.aws import job_start, preflight
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.aws.outcome import require_completed
from launch.aws.resource_kinds import TRAINING, TUNING
from launch.aws.waiter import describe, follow
from launch.commands import common
from launch.description import advice, aws_requirements
from launch.requests.tuning import tuning_job


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the verb."""
    common.add_start(parser)
    common.add_new(parser)


def run(options: argparse.Namespace) -> int:
    """Checks, starts and follows; raises ``JobFailed`` where the job does not complete."""
    job = description.read(options.job)
    aws_requirements.require_tuning(job)
    declared = declaration.find(job.family, job.algorithm)
    common.tell(advice.of_training(job, declared))
    cloud = common.cloud(options, job)
    at = destination(job, cloud)
    request = tuning_job(job, declared, at)
    if options.dry_run:
        console.show_json(request)
        return 0
    preflight.training(job, at, cloud)
    started = job_start.start(cloud, TUNING, request, options.new)
    job_start.announce(cloud, TUNING, started)
    if options.wait:
        described = follow(cloud, TUNING, started.name, options.interval)
        require_completed(TUNING, described)
        _say_tuned(cloud, described)
    return 0


def _say_tuned(cloud: Cloud, described: dict[str, Any]) -> None:
    """The best job, its hyperparameters and its model."""
    console.say(f"{TUNING.noun} {described[TUNING.name]} has completed")
    best = described.get("BestTrainingJob")
    if not best:
        console.say("  no training job wrote the metric; look at `tuning.metric` and at their logs")
        return
    metric = best["FinalHyperParameterTuningJobObjectiveMetric"]
    console.say(f"  best     {best[TRAINING.name]}: {metric['MetricName']} {metric['Value']:g}")
    console.say(console.table(sorted(best["TunedHyperParameters"].items()), indent="             "))
    model = describe(cloud, TRAINING, best[TRAINING.name])["ModelArtifacts"]["S3ModelArtifacts"]
    console.say(f"  model    {model}")
