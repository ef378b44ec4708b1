"""Endpoints take their time, can be updated, and can fail, as the service's do; moto's are there at once and stay.

A test says how the next creation or update ends: ``account.backend().endpoint_ending = failing("reason")``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from moto.applicationautoscaling import models, responses
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpoint, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

BUSY = ("Creating", "Updating", "Deleting")
CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"

create = SageMakerModelBackend.create_endpoint
describe = SageMakerModelBackend.describe_endpoint
delete = SageMakerModelBackend.delete_endpoint


def fill() -> None:
    """Replaces moto's operations on endpoints, and adds UpdateEndpoint and a scalable dimension."""
    SageMakerModelBackend.create_endpoint = _create
    SageMakerModelBackend.describe_endpoint = _describe
    SageMakerModelBackend.delete_endpoint = _delete
    SageMakerResponse.update_endpoint = _update
    known = {one.name: one.value for one in models.ScalableDimensionValueSet} | {"CONCURRENCY": CONCURRENCY}
    models.ScalableDimensionValueSet = responses.ScalableDimensionValueSet = Enum("ScalableDimensionValueSet", known)


def failing(reason: str) -> Callable[[FakeEndpoint], None]:
    """An ending: a creation has failed, an update is taken back."""

    def end(endpoint: FakeEndpoint) -> None:
        endpoint.endpoint_status = "Failed" if endpoint.endpoint_status == "Creating" else "InService"
        endpoint.failure_reason = reason

    return end


def _well(endpoint: FakeEndpoint) -> None:
    endpoint.endpoint_status = "InService"
    endpoint.endpoint_config_name = endpoint.wanted_config


def _create(backend: SageMakerModelBackend, **request: Any) -> FakeEndpoint:
    name = request["endpoint_name"]
    if name in backend.endpoints:
        raise ValidationError(f'Cannot create already existing endpoint "{backend.endpoints[name].arn}".')
    endpoint = create(backend, **request)
    endpoint.endpoint_status, endpoint.looks = "Creating", 0
    endpoint.wanted_config = request["endpoint_config_name"]
    return endpoint


def _describe(backend: SageMakerModelBackend, endpoint_name: str) -> dict[str, Any]:
    """What is under way is over at the second look."""
    endpoint = backend.endpoints.get(endpoint_name)
    if endpoint and endpoint.endpoint_status in BUSY:
        endpoint.looks += 1
        if endpoint.looks > 1 and endpoint.endpoint_status == "Deleting":
            delete(backend, endpoint_name)
        elif endpoint.looks > 1:
            getattr(backend, "endpoint_ending", _well)(endpoint)
    said = describe(backend, endpoint_name)
    if said["EndpointStatus"] == "Updating":
        said["PendingDeploymentSummary"] = {"EndpointConfigName": backend.endpoints[endpoint_name].wanted_config}
    return said


def remaining(backend: SageMakerModelBackend, endpoint_name: str) -> None:
    """A deletion that fails: the endpoint stays, as Failed."""
    _at_rest(backend, endpoint_name).endpoint_status = "Failed"


def _delete(backend: SageMakerModelBackend, endpoint_name: str) -> None:
    endpoint = _at_rest(backend, endpoint_name)
    endpoint.endpoint_status, endpoint.looks = "Deleting", 0


def _update(response: SageMakerResponse) -> ActionResult:
    request, backend = response._get_params(), response.sagemaker_backend
    endpoint = _at_rest(backend, request["EndpointName"])
    new = backend.describe_endpoint_config(request["EndpointConfigName"])
    old = backend.describe_endpoint_config(endpoint.endpoint_config_name)
    scaling = applicationautoscaling_backends[backend.account_id][backend.region_name]
    scaled = [one for kind in scaling.targets.values() for one in kind if f"/{endpoint.endpoint_name}/" in one]
    if scaled and _instances(old) != _instances(new):
        raise ValidationError("The variant is registered as a scalable target; deregister it before its type changes.")
    endpoint.endpoint_status, endpoint.looks, endpoint.failure_reason = "Updating", 0, None
    endpoint.wanted_config = request["EndpointConfigName"]
    return ActionResult({"EndpointArn": endpoint.arn})


def _at_rest(backend: SageMakerModelBackend, name: str) -> FakeEndpoint:
    describe(backend, name)  # or the service's error
    endpoint = backend.endpoints[name]
    if endpoint.endpoint_status in BUSY:
        raise ValidationError(f'Cannot update in-progress endpoint "{endpoint.arn}".')
    return endpoint


def _instances(config: dict[str, Any]) -> str:
    return str(config["ProductionVariants"][0].get("InstanceType"))
