"""Show the jobs, the endpoint and the models of a job description."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

from launch import console, description
from launch.aws.cloud import Cloud
from launch.aws.failure_reasons import remedy_of
from launch.aws.models import runs
from launch.aws.outcome import spent
from launch.aws.resource_kinds import ENDPOINT, TRAINING, TRANSFORM, TUNING, ResourceKind
from launch.aws.waiter import describe
from launch.commands import common
from launch.description import Job
from launch.requests.hosting import endpoint_name
from launch.requests.names import made_from

SHOWN = 10
"""Jobs of each kind, the newest."""

Row: TypeAlias = tuple[str, str, str, str, str]
HEAD: Row = ("what", "name", "status", "since (UTC)", "")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the verb."""
    common.add_job(parser)
    common.add_account(parser)
    parser.add_argument("--all", action="store_true", help=f"every job, not only the newest {SHOWN} of each kind")


def run(options: argparse.Namespace) -> int:
    """One table; nothing there is no failure."""
    job = description.read(options.job)
    cloud = common.cloud(options, job)
    rows = [row for kind in (TRAINING, TUNING, TRANSFORM) for row in _jobs(job, cloud, kind, options.all)]
    rows += [*_endpoint(job, cloud), *_models(job, cloud)]
    if rows:
        console.say(console.table([HEAD, *rows], indent=""))
    else:
        console.say(f"there is nothing of {job.name} in {cloud.region}")
    return 0


def _jobs(job: Job, cloud: Cloud, kind: ResourceKind, every: bool) -> Iterator[Row]:
    for number, summary in enumerate(runs(job, cloud, kind)):
        if number >= SHOWN and not every:
            yield kind.noun, "…", "", "", "older ones: --all"
            return
        status = summary[kind.status]
        yield kind.noun, summary[kind.name], status, _moment(summary["CreationTime"]), _more(cloud, kind, summary)


def _more(cloud: Cloud, kind: ResourceKind, summary: dict[str, Any]) -> str:
    """The column of details: times of jobs, reason and remedy of failures."""
    if summary[kind.status] == "Failed":
        reason = describe(cloud, kind, summary[kind.name]).get("FailureReason", "")
        return f"{reason} → {remedy_of(reason)}" if reason else ""
    if kind is TRAINING and summary[kind.status] == "Completed":
        return spent(describe(cloud, kind, summary[kind.name]))
    counters = summary.get("TrainingJobStatusCounters", {})
    return ", ".join(f"{count} {state}" for state, count in counters.items() if count)


def _endpoint(job: Job, cloud: Cloud) -> Iterator[Row]:
    """The endpoint, its variants, and its alarms."""
    name = endpoint_name(job)
    listed = cloud.every("sagemaker", "ListEndpoints", "Endpoints", NameContains=name)
    if not any(one["EndpointName"] == name for one in listed):
        return
    described = describe(cloud, ENDPOINT, name)
    reason = described.get("FailureReason", "")
    told = f"{reason} → {remedy_of(reason)}" if reason else described.get("EndpointConfigName", "")
    yield "endpoint", name, described["EndpointStatus"], _moment(described["LastModifiedTime"]), told
    for variant in described.get("ProductionVariants", ()):
        yield "  variant", variant["VariantName"], "", "", _capacity(variant)
    yield from _alarms(job, cloud)


def _capacity(variant: dict[str, Any]) -> str:
    if serverless := variant.get("CurrentServerlessConfig"):
        return f"serverless, {serverless['MemorySizeInMB']} MB, up to {serverless['MaxConcurrency']} at once"
    now, wanted = variant.get("CurrentInstanceCount"), variant.get("DesiredInstanceCount")
    return f"{now} instances" + ("" if wanted in (None, now) else f", {wanted} wanted")


def _alarms(job: Job, cloud: Cloud) -> Iterator[Row]:
    names = list(job.endpoint.alarms) if job.endpoint else []
    if not names:
        return
    kinds = ["MetricAlarm", "CompositeAlarm"]
    answer = cloud.call("cloudwatch", "DescribeAlarms", AlarmNames=names, AlarmTypes=kinds)
    found = {alarm["AlarmName"]: alarm for kind in kinds for alarm in answer.get(f"{kind}s", ())}
    for name in names:
        if alarm := found.get(name):
            yield "  alarm", name, alarm["StateValue"], _moment(alarm["StateUpdatedTimestamp"]), alarm["StateReason"]
        else:
            yield "  alarm", name, "missing", "", "an update of the endpoint needs it"


def _models(job: Job, cloud: Cloud) -> Iterator[Row]:
    prefixes = {job.name, endpoint_name(job), f"{job.name}-transform"}
    for prefix in sorted(prefixes):
        for model in cloud.every("sagemaker", "ListModels", "Models", NameContains=prefix):
            if made_from(prefix, model["ModelName"]):
                yield "model", model["ModelName"], "", _moment(model["CreationTime"]), ""


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
