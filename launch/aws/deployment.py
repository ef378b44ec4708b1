"""Creates an endpoint or updates it to a new model; removes what a failure left, or names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from launch import console
from launch.aws import autoscaling, endpoint_resources, endpoints
from launch.aws.cloud import Cloud
from launch.aws.endpoint_resources import JOB_TAG, EndpointResource
from launch.aws.endpoints import Uncertain
from launch.aws.failure_reasons import remedy_of
from launch.aws.resource_kinds import ENDPOINT
from launch.declaration import Declared
from launch.description import Job
from launch.errors import JobFailed, LaunchError, Refused, ServiceError
from launch.requests import hosting
from launch.requests.destination import Destination
from launch.requests.hosting import endpoint_name

IDLE = frozenset({"InService", "OutOfService", "UpdateRollbackFailed"})
"""Statuses in which an endpoint can be updated."""


class DeploymentResult(Enum):
    """The result of a deployment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    BEGUN = "begun"


@dataclass(frozen=True)
class Wanted:
    """The model and the configuration that an endpoint shall have, as requests."""

    model: dict[str, Any]
    config: dict[str, Any]

    @property
    def config_name(self) -> str:
        """The name of the wanted endpoint configuration."""
        name: str = self.config["EndpointConfigName"]
        return name


def wanted(job: Job, declared: Declared, at: Destination, model_data: str) -> Wanted:
    """The requests for a model at an address, or for all models of a folder."""
    model = hosting.model(job, declared, at, model_data, endpoint_name(job))
    return Wanted(model, hosting.endpoint_config(job, declared, at, model["ModelName"]))


def deploy(job: Job, want: Wanted, cloud: Cloud, wait: bool = True, interval: float = 10) -> DeploymentResult:
    """Creates or updates the endpoint, and stays until it serves unless told not to.

    Asking for what is there changes nothing. Raises ``Refused`` before anything is made, ``ServiceError`` where AWS
    refuses, ``JobFailed`` where the endpoint does not come into service; what was made is removed then, or named.
    """
    now = _current(job, cloud, wait, interval)
    if now and now["EndpointConfigName"] == want.config_name and now["EndpointStatus"] == "InService":
        _finish(job, cloud)  # what a run without waiting, or one that was left, has not done
        return DeploymentResult.UNCHANGED
    unscaled = now is not None and _prepared(want, now, cloud)
    try:
        with _undone_on_failure(cloud) as made:
            for kind, request in (("Model", want.model), ("EndpointConfig", want.config)):
                made += endpoint_resources.make(cloud, kind, request)
            _send(job, want, cloud, now)
        if not wait:
            return DeploymentResult.BEGUN
        _arrive(job, want, cloud, interval, updated=now is not None)
    except LaunchError:
        if unscaled:  # the old instances serve on
            _scale_again(job, cloud)
        raise
    _finish(job, cloud)
    return DeploymentResult.UPDATED if now else DeploymentResult.CREATED


def _current(job: Job, cloud: Cloud, wait: bool, interval: float) -> dict[str, Any] | None:
    """The endpoint as it is when nothing is under way; a creation that has failed is cleared away."""
    name = endpoint_name(job)
    now = endpoints.described(cloud, name)
    if now is None:
        return None
    check_owner(job, cloud, now)
    if now["EndpointStatus"] not in ENDPOINT.ends:
        if not wait:
            raise Refused(f"the endpoint {name} is {now['EndpointStatus']}: run the same command when that is over")
        console.say(f"the endpoint {name} is {now['EndpointStatus']}; waiting until that is over")
        now = endpoints.settled(cloud, name, interval)
    if now and now["EndpointStatus"] not in IDLE:
        console.say(f"the endpoint {name} is {now['EndpointStatus']} ({now.get('FailureReason', 'no reason given')})")
        console.say("  it is removed and made again")
        remove(cloud, name, interval)
        return None
    return now


def check_owner(job: Job, cloud: Cloud, endpoint: dict[str, Any]) -> None:
    """Raises ``Refused`` for an endpoint that was not made from this description."""
    tagged = endpoint_resources.tags(cloud, endpoint["EndpointArn"]).get(JOB_TAG)
    if tagged != job.name:
        whose = f"belongs to the job description {tagged}" if tagged else "was not made by this program"
        name = endpoint["EndpointName"]
        raise Refused(f"there is an endpoint {name} that {whose}: choose another `endpoint.name`, or delete that one")


def _prepared(want: Wanted, now: dict[str, Any], cloud: Cloud) -> bool:
    """Takes away the autoscaling of an endpoint whose instances change; says whether it did."""
    config, _ = endpoint_resources.hosted(cloud, now["EndpointConfigName"])
    old = config.get("ProductionVariants", [{}])[0]
    new = want.config["ProductionVariants"][0]
    name = now["EndpointName"]
    if "ServerlessConfig" in new and "InstanceType" in old:
        raise Refused(
            f"the endpoint {name} has instances and cannot become serverless: choose another `endpoint.name`, or "
            "`python -m launch delete` it first"
        )
    if old.get("InstanceType") == new.get("InstanceType"):
        return False
    return autoscaling.remove(name, cloud)


@contextmanager
def _undone_on_failure(cloud: Cloud) -> Iterator[list[EndpointResource]]:
    """Deletes the resources on the list if the rest fails, unless they may be in use."""
    made: list[EndpointResource] = []
    try:
        yield made
    except Uncertain:
        raise
    except LaunchError:
        for line in endpoint_resources.delete(cloud, made[::-1]):
            console.note(line)
        raise


def _scale_again(job: Job, cloud: Cloud) -> None:
    try:
        autoscaling.apply(job, cloud)
    except ServiceError as error:  # why the update has failed matters more
        console.note(f"{endpoint_name(job)} is without its autoscaling: {error}")


def _send(job: Job, want: Wanted, cloud: Cloud, now: dict[str, Any] | None) -> None:
    """Creates or updates the endpoint; after that nothing fails here, since what was made is in use then."""
    name = endpoint_name(job)
    if now is None:
        endpoints.send(cloud, "CreateEndpoint", hosting.endpoint(job, want.config_name))
        console.say(f"endpoint {name} is being created; that takes some minutes")
    else:
        _, old = endpoint_resources.hosted(cloud, now["EndpointConfigName"])
        endpoints.send(cloud, "UpdateEndpoint", hosting.update_endpoint(job, want.config_name))
        console.say(f"endpoint {name} is being updated; the old model serves until the new one does")
        for address in dict.fromkeys(endpoint_resources.archive(job, model) for model in old):
            console.say(f"  way back  deploy with --model {address}")
    console.say(f"  console  {ENDPOINT.console(name, cloud.region, cloud.partition)}")
    console.say(f"  log      {endpoints.log_group(name)}")


def _arrive(job: Job, want: Wanted, cloud: Cloud, interval: float, updated: bool) -> None:
    name = endpoint_name(job)
    now = endpoints.settled(cloud, name, interval) or {"EndpointStatus": "gone"}
    if now["EndpointStatus"] == "InService" and now["EndpointConfigName"] == want.config_name:
        return
    if now["EndpointStatus"] == "InService" and not updated:
        theirs = now["EndpointConfigName"]
        raise JobFailed(f"the endpoint {name} serves another configuration, {theirs}: somebody else has updated it")
    reason = now.get("FailureReason", f"it is {now['EndpointStatus']}")
    for line in endpoints.log_tail(cloud, name):
        console.log_line(line)
    told = f"{reason}\n  {remedy_of(reason)}"
    if not updated:
        raise JobFailed(f"the endpoint {name} has not come into service: {told}\n{_cleared(cloud, name, interval)}")
    if now["EndpointStatus"] != "InService":
        raise JobFailed(f"the endpoint {name} is {now['EndpointStatus']} after an update that failed: {told}")
    _tidied(cloud, name)
    raise JobFailed(f"the update of {name} has failed, the old model serves on: {told}")


def _cleared(cloud: Cloud, name: str, interval: float) -> str:
    """Removes what a failed creation has made; says so, or what is left."""
    try:
        left = remove(cloud, name, interval)
    except ServiceError as error:
        left = [f"the endpoint {name} may be left: {error}; `python -m launch delete` removes all that there is of it"]
    return "\n".join(left) or "all that was made for it is removed again"


def _finish(job: Job, cloud: Cloud) -> None:
    """Sets up autoscaling and tidies; the endpoint serves also where this raises ``ServiceError``."""
    name = endpoint_name(job)
    try:
        autoscaling.apply(job, cloud)
    except ServiceError as error:
        raise ServiceError(f"the endpoint {name} serves, without its autoscaling: {error}", error.action) from error
    _tidied(cloud, name)


def remove(cloud: Cloud, name: str, interval: float, others: Iterable[EndpointResource] = ()) -> list[str]:
    """Deletes an endpoint, its autoscaling, configurations and models; a line for everything that is left."""
    autoscaling.remove(name, cloud)
    if endpoints.described(cloud, name):
        cloud.call("sagemaker", "DeleteEndpoint", EndpointName=name)
        if still := endpoints.settled(cloud, name, interval):
            status = f"{still['EndpointStatus']} ({still.get('FailureReason', 'no reason given')})"
            return [f"the endpoint {name} is left, it is {status}; `python -m launch delete` tries again"]
        console.say(f"  endpoint {name} is deleted")
    return endpoint_resources.delete(cloud, dict.fromkeys([*endpoint_resources.of_endpoint(cloud, name), *others]))


def _tidied(cloud: Cloud, name: str) -> None:
    try:
        _tidy(cloud, name)
    except ServiceError as error:
        console.note(f"what {name} no longer uses may be left: {error}")


def _tidy(cloud: Cloud, name: str) -> None:
    """Deletes the configurations and models that were made for the endpoint and that it no longer names."""
    now = endpoints.described(cloud, name)
    if now is None:
        return
    config, models = endpoint_resources.hosted(cloud, now["EndpointConfigName"])
    used = {config.get("EndpointConfigName"), *(model["ModelName"] for model in models)}
    unused = [one for one in endpoint_resources.of_endpoint(cloud, name) if one.name not in used]
    for line in endpoint_resources.delete(cloud, unused):
        console.note(line)
