"""Trains on the data that lie in the channels now, and updates the endpoint only if the new model is better."""

from __future__ import annotations

import argparse
import math

from launch import comparison, console, declaration
from launch.aws import deployment, job_start, preflight
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.aws.models import reject
from launch.aws.resource_kinds import TRAINING
from launch.aws.served_model import CompletedTraining, deployed
from launch.aws.training import trained
from launch.commands import common
from launch.commands.deploy import host, hosted, tell_cost
from launch.comparison import Measure
from launch.declaration import Declared
from launch.description import Job, aws_requirements, read
from launch.errors import JobFailed, Refused, UsageError
from launch.requests.destination import Destination
from launch.requests.hosting import endpoint_name
from launch.requests.training import training_job


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the verb."""
    common.add_job(parser)
    parser.add_argument(
        "--metric",
        default="",
        help="by which models are compared (default: `tuning.metric`, else the first of the validation channel)",
    )
    parser.add_argument(
        "--min-improvement",
        type=_improvement,
        default=0.0,
        metavar="X",
        help="in the metric's own unit; a new model that is better by less is not deployed (default: 0)",
    )
    common.add_dry_run(parser)
    common.add_interval(parser)
    common.add_account(parser)
    parser.set_defaults(wait=True)


def _improvement(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError("0 or more")
    return value


def run(options: argparse.Namespace) -> int:
    """Retrains; success whether the endpoint is updated or kept as it is."""
    job = read(options.job)
    if hosted(job).multi_model:
        raise UsageError("a multi-model endpoint has no one model to compare with: `train`, and copy the archive there")
    declared = declaration.find(job.family, job.algorithm)
    known = comparison.measures(job, declared)
    comparison.check(known, options.metric)
    aws_requirements.require_data(job)
    cloud = common.cloud(options, job)
    at = destination(job, cloud)
    old = deployed(job, cloud)
    if old:
        _check_comparable(old, known, options.metric)
        job = _tuned_alike(job, declared, old)
    request = training_job(job, declared, at)
    if options.dry_run:
        console.show_json({"CreateTrainingJob": request})
        return 0
    preflight.training(job, at, cloud, job.endpoint)
    running = job_start.found(cloud, TRAINING, request)  # what an earlier retrain has begun is taken up again
    again = running is None or running.status != "InProgress"
    new = CompletedTraining(trained(cloud, request, new=again, interval=options.interval))
    if old is None:
        console.say(f"there is no endpoint {endpoint_name(job)} yet: {new.name} is its first model")
    elif not _better(job, known, old, new, options):
        reject(cloud, new.described, old.name)
        return 0
    _put(job, declared, at, new, cloud, options)
    return 0


def _check_comparable(old: CompletedTraining, known: list[Measure], asked: str) -> None:
    """Raises ``Refused``, before anything is paid, where the model that serves has no metric to compare by."""
    if comparison.chosen(known, asked, old.metrics, old.metrics) is None:
        has = ", ".join(sorted(old.metrics)) or "no metric"
        wanted = asked or "metric of a channel other than train"
        raise Refused(
            f"{old.name}, whose model serves, has no {wanted} to compare by; it has {has}. Give --metric, or add a "
            "validation channel and use `train` and `deploy` once"
        )


def _tuned_alike(job: Job, declared: Declared, old: CompletedTraining) -> Job:
    """The job with the values of the model that serves, of all that its tuning searches."""
    used = {declared.canonical(name): value for name, value in old.hyperparameters.items()}
    searched = {declared.canonical(name) for name in (job.tuning.ranges if job.tuning else ())}
    found = {name: used[name] for name in sorted(searched & used.keys())}
    if found:
        told = ", ".join(f"{name} {value}" for name, value in found.items())
        console.note(f"values of {old.name} are kept, of what `tuning` searches: {told}")
    own = {name: value for name, value in job.hyperparameters.items() if declared.canonical(name) not in found}
    return job.model_copy(update={"hyperparameters": own | found})


def _better(
    job: Job, known: list[Measure], old: CompletedTraining, new: CompletedTraining, options: argparse.Namespace
) -> bool:
    """Compares, and says what came of it."""
    console.say(f"old: {old.name}, which serves; new: {new.name}")
    console.say(console.table(comparison.rows(old.metrics, new.metrics)))
    measure = comparison.chosen(known, options.metric, old.metrics, new.metrics)
    if measure is None:
        raise JobFailed(
            f"{new.name} has no metric to compare by that {old.name} has; the endpoint stays as it is. `deploy --model "
            f"{new.model}` hosts the new model all the same"
        )
    _note_other_data(measure, old, new)
    before, after = old.metrics[measure.name], new.metrics[measure.name]
    better = measure.better(before, after, options.min_improvement)
    change = f"{measure.name} {before:g} → {after:g} ({measure.direction.lower()})"
    if better:
        console.say(f"better: {change}; the endpoint {endpoint_name(job)} is updated")
    else:
        least = f" by {options.min_improvement:g} or more" if options.min_improvement else ""
        console.say(f"not better{least}: {change}; the endpoint {endpoint_name(job)} stays as it is")
        console.say(f"  the new model is kept: {new.model}")
    return better


def _note_other_data(measure: Measure, old: CompletedTraining, new: CompletedTraining) -> None:
    before, after = old.source(measure.channel), new.source(measure.channel)
    if before != after:
        console.note(
            f"{measure.name} was measured on other data, so that the values say less: the channel {measure.channel} "
            f"was {before or 'not there'}, and is {after or 'not there'}"
        )


def _put(
    job: Job, declared: Declared, at: Destination, new: CompletedTraining, cloud: Cloud, options: argparse.Namespace
) -> None:
    want = deployment.wanted(job, declared, at, new.model)
    tell_cost(job, at, cloud, options)
    host(job, declared, at, want, cloud, options)
    endpoint = hosted(job)
    if endpoint.model and endpoint.model != new.model:
        console.note(f"`endpoint.model` names another one, and `deploy` would put it back: make it {new.model}")
