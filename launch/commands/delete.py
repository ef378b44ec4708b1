"""Removes an endpoint and everything that was made for it; twice does no harm."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from launch import console
from launch.aws import autoscaling, deployment, endpoint_resources, endpoints
from launch.aws.cloud import Cloud
from launch.aws.endpoint_resources import JOB_TAG, EndpointResource
from launch.aws.resource_kinds import ENDPOINT
from launch.commands import common
from launch.description import Job, read
from launch.errors import LaunchError, UsageError
from launch.requests.hosting import endpoint_name


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the verb."""
    common.add_job(parser)
    parser.add_argument("--endpoint", default="", metavar="NAME", help="another endpoint that this description has had")
    parser.add_argument("--yes", action="store_true", help="do not ask before deleting")
    common.add_interval(parser)
    common.add_account(parser)


def run(options: argparse.Namespace) -> int:
    """Deletes; returns the exit status."""
    job = read(options.job)
    cloud = common.cloud(options, job)
    name = options.endpoint or endpoint_name(job)
    endpoint = _mine(job, cloud, name)
    config, models, kept = _named(job, cloud, endpoint)
    found = dict.fromkeys([*config, *models, *endpoint_resources.of_endpoint(cloud, name)])
    things = [*([f"endpoint {name}"] if endpoint else []), *autoscaling.present(name, cloud), *map(str, found)]
    if not things:
        console.say(f"there is nothing of the endpoint {name} in {cloud.region}")
        return 0
    console.say(f"to be deleted in {cloud.region}:")
    for thing in things:
        console.say(f"  {thing}")
    stays = _stays(cloud, name, endpoint, kept)
    if not (options.yes or _agreed(name)):
        console.say("nothing is deleted")
        return 1
    _delete(cloud, name, endpoint, list(found), options.interval)
    for line in stays:
        console.say(line)
    return 0


def _mine(job: Job, cloud: Cloud, name: str) -> dict[str, Any] | None:
    endpoint = endpoints.described(cloud, name)
    if endpoint:
        deployment.check_owner(job, cloud, endpoint)
    return endpoint


def _named(
    job: Job, cloud: Cloud, endpoint: dict[str, Any] | None
) -> tuple[list[EndpointResource], list[EndpointResource], list[EndpointResource]]:
    """The configuration that the endpoint names, its models, and what of both is of something else."""
    if endpoint is None:
        return [], [], []
    config, hosted = endpoint_resources.hosted(cloud, endpoint["EndpointConfigName"])
    configs = [config] if config else []
    arns = {EndpointResource("EndpointConfig", one["EndpointConfigName"]): one["EndpointConfigArn"] for one in configs}
    arns |= {EndpointResource("Model", one["ModelName"]): one["ModelArn"] for one in hosted}
    own = [one for one, arn in arns.items() if endpoint_resources.tags(cloud, arn).get(JOB_TAG) == job.name]
    own_configs = [one for one in own if one.kind == "EndpointConfig"]
    return own_configs, [one for one in own if one not in own_configs], [one for one in arns if one not in own]


def _stays(cloud: Cloud, name: str, endpoint: dict[str, Any] | None, kept: list[EndpointResource]) -> list[str]:
    """Lists what is kept: logs, files, models of other descriptions."""
    lines = [f"{model} stays: it is not of this description; `{model.deletion(cloud.region)}`" for model in kept]
    if endpoint is None:
        return lines
    config, _ = endpoint_resources.hosted(cloud, endpoint["EndpointConfigName"])
    written = {
        "captured requests": config.get("DataCaptureConfig", {}).get("DestinationS3Uri"),
        "asynchronous answers": config.get("AsyncInferenceConfig", {}).get("OutputConfig", {}).get("S3OutputPath"),
    }
    lines += [f"{what} stay in {address}" for what, address in written.items() if address]
    return [*lines, f"its log stays in CloudWatch, {endpoints.log_group(name)}"]


def _agreed(name: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(f"nobody can be asked whether {name} may go: give --yes")
    try:
        return input(f"delete all this of {name}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _delete(
    cloud: Cloud, name: str, endpoint: dict[str, Any] | None, found: list[EndpointResource], interval: float
) -> None:
    if endpoint and endpoint["EndpointStatus"] not in ENDPOINT.ends:
        console.say(f"the endpoint {name} is {endpoint['EndpointStatus']}; it can be deleted when that is over")
        endpoints.settled(cloud, name, interval)
    left = deployment.remove(cloud, name, interval, found)
    if left:
        raise LaunchError("\n".join(["not all could be deleted:", *left]))
