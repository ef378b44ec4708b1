"""Endpoints: which of their kinds go together, and what the images need."""

from __future__ import annotations

import re
from collections.abc import Iterator

from launch.declaration import Declared
from launch.description.checks import instances
from launch.description.hosting import Autoscaling, Endpoint, Update
from launch.description.job import Job
from launch.description.mistakes import Mistake, Place

MAX_CONTAINERS = 15
MAX_VARIABLES = 100
MAX_ENVIRONMENT = 32 * 1024
"""Characters of all names and values together."""
MAX_ADDRESS = 512
"""Characters of an S3 address of data capture and of asynchronous answers."""
MAX_UPDATE_SECONDS = 8 * 3600
TOPIC = re.compile(r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$")


def mistakes(job: Job, declared: Declared) -> Iterator[Mistake]:
    """Finds mistakes in the endpoint; ``declared`` says nothing about hosting."""
    endpoint = job.endpoint
    if endpoint is None:
        return
    for check in (_serverless, _asynchronous, _autoscaling, _models, _pipeline, _instances, _environment, _updating):
        for key, text in check(endpoint, job):
            yield Mistake(("endpoint", *key), text)
    if endpoint.serverless:
        yield from _serverless_network(job)


def _serverless(endpoint: Endpoint, job: Job) -> Iterator[tuple[Place, str]]:
    serverless = endpoint.serverless
    if serverless is None:
        return
    given = endpoint.model_fields_set
    for key in ("asynchronous", "data_capture", "multi_model", "pipeline", "alarms", "update", "startup_seconds"):
        if key in given and getattr(endpoint, key):
            yield (key,), "is not for serverless endpoints; leave out this or endpoint.serverless"
    for key in ("instance_type", "instances"):
        if key in given:
            yield (key,), "a serverless endpoint has no instances; leave this out"
    if serverless.provisioned and serverless.provisioned > serverless.concurrency:
        yield ("serverless", "provisioned"), f"is more than serverless.concurrency, {serverless.concurrency}"
    if endpoint.autoscaling and not serverless.provisioned:
        yield ("autoscaling",), "a serverless endpoint scales by itself; this is for serverless.provisioned only"


def _serverless_network(job: Job) -> Iterator[Mistake]:
    for key in ("isolation", "vpc"):
        if getattr(job.network, key):
            text = "a serverless endpoint can have neither network isolation nor a VPC; leave out endpoint.serverless"
            yield Mistake(("network", key), f"{text}, or keep training in a description of its own")


def _asynchronous(endpoint: Endpoint, job: Job) -> Iterator[tuple[Place, str]]:
    asynchronous = endpoint.asynchronous
    if asynchronous is None:
        return
    for key in ("multi_model", "data_capture"):
        if getattr(endpoint, key):
            yield (key,), "is not for asynchronous endpoints; leave out this or endpoint.asynchronous"
    for key in ("output", "failures"):
        if len(getattr(asynchronous, key) or "") > MAX_ADDRESS:
            yield ("asynchronous", key), f"is longer than {MAX_ADDRESS} characters"
    for key in ("success_topic", "error_topic"):
        topic = getattr(asynchronous, key)
        if topic and not TOPIC.match(topic):
            yield ("asynchronous", key), f"{topic!r} is not the ARN of an SNS topic, arn:aws:sns:REGION:ACCOUNT:NAME"


def _autoscaling(endpoint: Endpoint, job: Job) -> Iterator[tuple[Place, str]]:
    scaling = endpoint.autoscaling
    if scaling is None:
        return
    if scaling.min > scaling.max:
        yield ("autoscaling", "max"), f"{scaling.max} is less than autoscaling.min, {scaling.min}"
    elif "instances" in endpoint.model_fields_set and not scaling.min <= endpoint.instances <= scaling.max:
        bounds = f"{scaling.min} to {scaling.max}"
        yield ("instances",), f"{endpoint.instances} is outside of what autoscaling keeps to, {bounds}"
    if scaling.min == 0 and not endpoint.asynchronous:
        yield ("autoscaling", "min"), "only an asynchronous endpoint can shrink to no instance; give 1 or more"
    yield from _measure(scaling, endpoint)


def _measure(scaling: Autoscaling, endpoint: Endpoint) -> Iterator[tuple[Place, str]]:
    unused = "invocations_per_instance" if endpoint.serverless else "utilization"
    used = "utilization" if endpoint.serverless else "invocations_per_instance"
    if unused in scaling.model_fields_set:
        kind = "a serverless endpoint" if endpoint.serverless else "an endpoint with instances"
        yield ("autoscaling", unused), f"{kind} scales by autoscaling.{used}; leave this out"
    serverless = endpoint.serverless
    if serverless and serverless.provisioned and scaling.max > serverless.concurrency:
        yield ("autoscaling", "max"), f"is more than serverless.concurrency, {serverless.concurrency}"


def _models(endpoint: Endpoint, job: Job) -> Iterator[tuple[Place, str]]:
    if endpoint.multi_model and endpoint.model:
        yield ("model",), "a multi-model endpoint hosts all archives under multi_model.models; leave this out"
    if endpoint.multi_model and not endpoint.multi_model.models.endswith("/"):
        yield ("multi_model", "models"), "is a folder of archives: end it with /"
    if endpoint.model and not endpoint.model.endswith(".tar.gz"):
        yield ("model",), f"{endpoint.model} is no .tar.gz archive, as training leaves it"
    if endpoint.data_capture and len(endpoint.data_capture.output) > MAX_ADDRESS:
        yield ("data_capture", "output"), f"is longer than {MAX_ADDRESS} characters"


def _pipeline(endpoint: Endpoint, job: Job) -> Iterator[tuple[Place, str]]:
    pipeline = endpoint.pipeline
    if pipeline is None:
        return
    others = len(pipeline.before) + len(pipeline.after)
    if others == 0:
        yield ("pipeline",), "has no other container: give some in before or after, or leave it out"
    if others + 1 > MAX_CONTAINERS:
        yield ("pipeline",), f"has {others + 1} containers with the job's own; {MAX_CONTAINERS} are the most"
    for key in ("before", "after"):
        for index, container in enumerate(getattr(pipeline, key)):
            if container.model and not container.model.endswith(".tar.gz"):
                yield ("pipeline", key, index, "model"), f"{container.model} is no .tar.gz archive"
            if ".dkr.ecr." not in container.image:
                yield ("pipeline", key, index, "image"), f"{container.image!r} is no address in ECR; push the image"


def _instances(endpoint: Endpoint, job: Job) -> Iterator[tuple[Place, str]]:
    for text in () if endpoint.serverless else instances.problems(endpoint.instance_type, job):
        yield ("instance_type",), text


def _environment(endpoint: Endpoint, job: Job) -> Iterator[tuple[Place, str]]:
    size = sum(len(name) + len(value) for name, value in endpoint.environment.items())
    if len(endpoint.environment) > MAX_VARIABLES:
        yield ("environment",), f"has {len(endpoint.environment)} variables; {MAX_VARIABLES} are the most"
    elif size > MAX_ENVIRONMENT:
        yield ("environment",), f"has {size} characters; {MAX_ENVIRONMENT} are the most"


def _updating(endpoint: Endpoint, job: Job) -> Iterator[tuple[Place, str]]:
    if len(set(endpoint.alarms)) < len(endpoint.alarms):
        yield ("alarms",), "names an alarm twice"
    for index, alarm in enumerate(endpoint.alarms):
        if not alarm.strip() or len(alarm) > 255:
            yield ("alarms", index), f"{alarm!r} is no name of a CloudWatch alarm"
    if endpoint.update and not endpoint.serverless:
        yield from _update(endpoint.update, endpoint)


def _update(update: Update, endpoint: Endpoint) -> Iterator[tuple[Place, str]]:
    if update.traffic == "all-at-once":
        for key in ("percent", "wait_seconds"):
            if key in update.model_fields_set:
                yield ("update", key), "is for canary and linear; give update.traffic, or leave this out"
        return
    if endpoint.instances < 2 and endpoint.autoscaling is None:
        yield ("update", "traffic"), f"{update.traffic} needs two instances or more; give endpoint.instances"
    if update.traffic == "linear" and update.percent < 10:
        yield ("update", "percent"), "a step of linear is at least 10"
    steps = -(-100 // update.percent) if update.traffic == "linear" else 1
    if steps * update.wait_seconds + update.keep_old_seconds > MAX_UPDATE_SECONDS:
        yield ("update",), f"{steps} waits and keep_old_seconds are longer than the 8 hours that an update may take"
