"""A model and how it is hosted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sagemaker.async_inference import AsyncInferenceConfig
from sagemaker.model import Model
from sagemaker.model_monitor import DataCaptureConfig
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.pipeline import PipelineModel
from sagemaker.predictor import Predictor
from sagemaker.serverless import ServerlessInferenceConfig
from sagemaker.session import Session

from launch import declaration
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.description import Job
from launch.description.hosting import Asynchronous, DataCapture, Endpoint, Serverless
from launch.errors import UsageError
from launch.local_mode import this_machine
from launch.requests import hosting
from launch.requests.destination import Destination
from launch.sdk_v2.sessions import aws_session, local_session


def model(
    job: Job, model_data: str, at: Destination | None = None, session: Session | None = None, *, local: bool = False
) -> Model | MultiDataModel | PipelineModel:
    """What ``model_data`` (a ``model.tar.gz``; the folder of a multi-model endpoint) becomes in its container.

    A ``PipelineModel`` where the endpoint has a pipeline, a ``MultiDataModel`` where it has many models. ``deploy`` it
    with ``**deployment(job)``. Raises ``UsageError`` for what the SDK, or its local mode, cannot host.
    """
    at = at or (this_machine(job) if local else destination(job, Cloud(job.region)))
    session = session or (local_session(at) if local else aws_session(at))
    request = hosting.model(job, declaration.find(job.family, job.algorithm), at, model_data, _endpoint(job))
    if "Containers" in request:
        return _pipeline(request, _hosted(local, session, "pipeline"))
    container = request["PrimaryContainer"]
    if container.get("Mode") == "MultiModel":
        return _many(request, _hosted(local, session, "multi_model"))
    return Model(
        **_container(container),
        **_rights(request),
        name=request["ModelName"],
        predictor_cls=Predictor,
        sagemaker_session=session,
    )


def _endpoint(job: Job) -> str:
    return hosting.endpoint_name(job) if job.endpoint else ""


def _hosted(local: bool, session: Session, part: str) -> Session:
    if local:
        raise UsageError(f"endpoint.{part}: the SDK's local mode hosts one model in one container; leave it out there")
    return session


def _container(container: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "image_uri": container["Image"],
        "model_data": container.get("ModelDataUrl"),
        "env": dict(container.get("Environment", {})),
    }


def _rights(request: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "role": request["ExecutionRoleArn"],
        "vpc_config": request.get("VpcConfig"),
        "enable_network_isolation": request.get("EnableNetworkIsolation", False),
    }


def _pipeline(request: Mapping[str, Any], session: Session) -> PipelineModel:
    parts = [Model(**_container(part), sagemaker_session=session) for part in request["Containers"]]
    return PipelineModel(
        parts, **_rights(request), name=request["ModelName"], predictor_cls=Predictor, sagemaker_session=session
    )


def _many(request: Mapping[str, Any], session: Session) -> MultiDataModel:
    if request["PrimaryContainer"]["MultiModelConfig"]["ModelCacheSetting"] == "Disabled":
        raise UsageError("endpoint.multi_model.cache: the SDK v2 cannot switch it off; use `python -m launch deploy`")
    container = _container(request["PrimaryContainer"])
    folder = container.pop("model_data")
    return MultiDataModel(
        request["ModelName"],
        folder,
        **container,
        **_rights(request),
        predictor_cls=Predictor,
        sagemaker_session=session,
    )


def deployment(job: Job, *, local: bool = False) -> dict[str, Any]:
    """The arguments of ``Model.deploy`` that say where and how the endpoint of the description runs."""
    if local:
        return {"initial_instance_count": 1, "instance_type": "local"}
    endpoint = job.endpoint or Endpoint()
    arguments = {
        "endpoint_name": hosting.endpoint_name(job),
        "tags": hosting.endpoint(job, "")["Tags"],
        "data_capture_config": _capture(endpoint.data_capture, job.keys.output),
        "async_inference_config": _asynchronous(endpoint.asynchronous, job.keys.output),
        **(_serverless(endpoint.serverless) if endpoint.serverless else _instances(endpoint, job.keys.volume)),
    }
    return {name: value for name, value in arguments.items() if value is not None}


def _instances(endpoint: Endpoint, key: str | None) -> dict[str, Any]:
    return {
        "initial_instance_count": hosting.initial_instances(endpoint),
        "instance_type": endpoint.instance_type,
        "container_startup_health_check_timeout": endpoint.startup_seconds,
        "kms_key": key,
    }


def _serverless(part: Serverless) -> dict[str, Any]:
    config = ServerlessInferenceConfig(part.memory_mb, part.concurrency, part.provisioned)
    return {"serverless_inference_config": config}


def _capture(part: DataCapture | None, key: str | None) -> DataCaptureConfig | None:
    if part is None:
        return None
    return DataCaptureConfig(
        enable_capture=True,
        sampling_percentage=part.percentage,
        destination_s3_uri=part.output,
        kms_key_id=key,
        capture_options=list(part.what),
        csv_content_types=hosting.READABLE["CsvContentTypes"],
        json_content_types=hosting.READABLE["JsonContentTypes"],
    )


def _asynchronous(part: Asynchronous | None, key: str | None) -> AsyncInferenceConfig | None:
    if part is None:
        return None
    topics = {"SuccessTopic": part.success_topic, "ErrorTopic": part.error_topic}
    return AsyncInferenceConfig(
        output_path=part.output,
        max_concurrent_invocations_per_instance=part.max_concurrent,
        kms_key_id=key,
        notification_config={name: topic for name, topic in topics.items() if topic} or None,
        failure_path=part.failures,
    )
