"""A model and its endpoint, by the calls that sessions of AWS and of local mode have in common.

The SDK's ``ModelBuilder`` starts no container for images like these unless it is told that they were one of the model
servers that it knows, and in local mode it pulls each image from a registry first.
"""

from __future__ import annotations

from typing import Any

from sagemaker.core.helper.session_helper import Session

from launch import declaration
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.description import Job
from launch.errors import UsageError
from launch.local_mode import this_machine
from launch.requests import hosting
from launch.requests.destination import Destination
from launch.sdk_v3.sessions import aws_session, local_session


def model(
    job: Job, model_data: str, at: Destination | None = None, session: Session | None = None, *, local: bool = False
) -> str:
    """Creates the model of an archive; returns its name. In local mode the archive is one of ``file:///…``.

    Raises ``UsageError`` for what local mode cannot host.
    """
    at = at or (this_machine(job) if local else destination(job, Cloud(job.region)))
    session = session or (local_session(at) if local else aws_session(at))
    name = hosting.endpoint_name(job) if job.endpoint else ""
    request = hosting.model(job, declaration.find(job.family, job.algorithm), at, model_data, name)
    session.sagemaker_client.create_model(**(_local(request) if local else request))
    return str(request["ModelName"])


def _local(request: dict[str, Any]) -> dict[str, Any]:
    container = request.get("PrimaryContainer")
    if container is None or "Mode" in container:
        part = "multi_model" if container else "pipeline"
        raise UsageError(f"endpoint.{part}: the SDK's local mode hosts one model in one container; leave it out there")
    return {"ModelName": request["ModelName"], "PrimaryContainer": {"Environment": {}, **container}}


def endpoint(
    job: Job, model_name: str, at: Destination | None = None, session: Session | None = None, *, local: bool = False
) -> str:
    """Creates the endpoint of a model; returns its name, which ``invoke_endpoint`` takes.

    In AWS it comes into service some minutes later. In local mode it is there at once.
    """
    at = at or (this_machine(job) if local else destination(job, Cloud(job.region)))
    client = (session or (local_session(at) if local else aws_session(at))).sagemaker_client
    config = hosting.endpoint_config(job, declaration.find(job.family, job.algorithm), at, model_name)
    if local:
        variant: dict[str, Any] = {"VariantName": hosting.VARIANT, "ModelName": model_name}
        variant |= {"InstanceType": "local", "InitialInstanceCount": 1}
        config = {"EndpointConfigName": config["EndpointConfigName"], "ProductionVariants": [variant]}
    client.create_endpoint_config(**config)
    request = hosting.endpoint(job, config["EndpointConfigName"])
    client.create_endpoint(**request)
    return str(request["EndpointName"])
