"""Hosts a model behind an endpoint: a new one, or a new model behind the one that is there."""

from __future__ import annotations

import argparse
from typing import Any

from launch import console, costs, declaration, invocation_examples
from launch.aws import deployment, endpoints, preflight, prices
from launch.aws.cloud import Cloud
from launch.aws.deployment import DeploymentResult, Wanted
from launch.aws.destination import destination
from launch.aws.models import newest_model
from launch.commands import common
from launch.declaration import Declared
from launch.description import Job, read
from launch.description.hosting import Endpoint
from launch.errors import ServiceError, UsageError
from launch.requests import hosting, scaling
from launch.requests.destination import Destination

LATER = "the same command, run when the endpoint is in service, adds the autoscaling and removes what is no longer used"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the verb."""
    common.add_start(parser)
    common.add_model(parser)


def run(options: argparse.Namespace) -> int:
    """Deploys; returns the exit status."""
    job = read(options.job)
    hosted(job)
    check_address(options.model)
    cloud = common.cloud(options, job)
    at = destination(job, cloud)
    declared = declaration.find(job.family, job.algorithm)
    want = deployment.wanted(job, declared, at, _model_data(job, cloud, options.model))
    tell_cost(job, at, cloud, options)
    if options.dry_run:
        console.show_json(_requests(job, want, cloud))
        return 0
    host(job, declared, at, want, cloud, options)
    return 0


def hosted(job: Job) -> Endpoint:
    """The endpoint of a description. Raises ``UsageError`` where it has none."""
    if job.endpoint is None:
        raise UsageError(f"{job.name} has no `endpoint` in its job description; `endpoint: {{}}` takes the defaults")
    return job.endpoint


def check_address(model: str) -> None:
    """Raises ``UsageError`` for a ``--model`` that is no archive in S3."""
    if model and not (model.startswith("s3://") and model.endswith(".tar.gz")):
        raise UsageError(f"--model {model}: give the address of a model.tar.gz, s3://BUCKET/…/model.tar.gz")


def host(
    job: Job, declared: Declared, at: Destination, want: Wanted, cloud: Cloud, options: argparse.Namespace
) -> DeploymentResult:
    """Looks at what can be wrong, deploys, and says how the endpoint is asked."""
    endpoint, name = hosted(job), hosting.endpoint_name(job)
    preflight.hosting(job, at, cloud, _addresses(want))
    outcome = deployment.deploy(job, want, cloud, options.wait, options.interval)
    if outcome is DeploymentResult.BEGUN:
        console.note(LATER)
        return outcome
    already = ", nothing is to be done" if outcome is DeploymentResult.UNCHANGED else ""
    console.say(f"endpoint {name} is in service{already}; it is asked by")
    for line in invocation_examples.examples(job, declared, cloud.region):
        console.say(f"  {line}")
    if endpoint.data_capture:
        console.say(f"requests and answers are kept in {endpoint.data_capture.output}")
    return outcome


def _addresses(want: Wanted) -> list[str]:
    containers = want.model.get("Containers") or [want.model["PrimaryContainer"]]
    return [container["ModelDataUrl"] for container in containers if "ModelDataUrl" in container]


def _model_data(job: Job, cloud: Cloud, given: str) -> str:
    endpoint = hosted(job)
    if endpoint.multi_model:
        if given:
            raise UsageError(
                f"a multi-model endpoint hosts what lies in {endpoint.multi_model.models}: leave --model out"
            )
        return endpoint.multi_model.models
    if given or endpoint.model:
        return given or str(endpoint.model)
    name, address = newest_model(job, cloud)
    console.note(f"model  {address}, of {name}")
    return address


def tell_cost(job: Job, at: Destination, cloud: Cloud, options: argparse.Namespace) -> None:
    """Prints what the endpoint will cost, and until when."""
    endpoint = hosted(job)
    price = None
    if not endpoint.serverless:
        price = prices.hourly(endpoint.instance_type, at.region, at.partition, options.profile)
    for line in costs.note(endpoint, price, f"python -m launch delete {options.job}", _exists(job, cloud)):
        console.note(line)
    if not endpoint.serverless and hosting.initial_instances(endpoint) < 2:
        console.note("one instance: the endpoint is away while its availability zone is; 2 are spread over two zones")


def _exists(job: Job, cloud: Cloud) -> bool:
    """Whether there is the endpoint; not, as far as is known, where AWS cannot be asked."""
    try:
        return endpoints.described(cloud, hosting.endpoint_name(job)) is not None
    except ServiceError as error:
        console.note(f"taken for new: {error}")
        return False


def _requests(job: Job, want: Wanted, cloud: Cloud) -> dict[str, Any]:
    """All requests by their operation, as they would be sent now."""
    requests: dict[str, Any] = {"CreateModel": want.model, "CreateEndpointConfig": want.config}
    if _exists(job, cloud):
        requests["UpdateEndpoint"] = hosting.update_endpoint(job, want.config_name)
    else:
        requests["CreateEndpoint"] = hosting.endpoint(job, want.config_name)
    if hosted(job).autoscaling:
        requests["RegisterScalableTarget"] = scaling.scalable_target(job)
        waking = [scaling.waking_policy(job)] if scaling.wakes(job) else []
        requests["PutScalingPolicy"] = [scaling.scaling_policy(job), *waking]
    if scaling.wakes(job):
        requests["PutMetricAlarm"] = scaling.waking_alarm(job, "(the ARN of the second policy)")
    return requests
