"""Start a tuning job and follow it, or find the one of the same request."""

from __future__ import annotations

import argparse
from typing import Any

from launch import console, declaration, description
from launch.aws import preflight, starting
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.aws.following import describe, follow
from launch.aws.kinds import TRAINING, TUNING
from launch.aws.outcome import require_completed
from launch.commands import common
from launch.description import needs, notes
from launch.requests.tuning import tuning_job


def arguments(parser: argparse.ArgumentParser) -> None:
    """What may be given."""
    common.add_start(parser)
    common.add_new(parser)


def run(options: argparse.Namespace) -> int:
    """Checks, starts and follows; raises ``JobFailed`` where the job does not complete."""
    job = description.read(options.job)
    needs.require_tuning(job)
    declared = declaration.find(job.family, job.algorithm)
    common.tell(notes.of_training(job, declared))
    cloud = common.cloud(options, job)
    at = destination(job, cloud)
    request = tuning_job(job, declared, at)
    if options.dry_run:
        console.show_json(request)
        return 0
    preflight.training(job, at, cloud)
    started = starting.start(cloud, TUNING, request, options.new)
    starting.announce(cloud, TUNING, started)
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
