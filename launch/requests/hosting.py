"""CreateModel, CreateEndpointConfig, CreateEndpoint and UpdateEndpoint.

Models and configurations never change: their names follow from their content, and the endpoint, whose name stays, is
pointed at new ones. Both carry their endpoint's name as a tag, by which what is no longer used is found again.
"""

from __future__ import annotations

from typing import Any

from launch.declaration import Declared
from launch.description import Job
from launch.description.hosting import Asynchronous, Container, DataCapture, Endpoint, Serverless, Update
from launch.requests.destination import Destination
from launch.requests.names import named
from launch.requests.values import tags

VARIANT = "AllTraffic"
"""The one variant of an endpoint; an update by parts needs it to keep its name."""
ENDPOINT_TAG = "open-algorithms:endpoint"
TRAFFIC = {"all-at-once": "ALL_AT_ONCE", "canary": "CANARY", "linear": "LINEAR"}
READABLE = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json", "application/jsonlines"]}
"""Captured as they are; other media types are captured in base64."""


def endpoint_name(job: Job) -> str:
    """The endpoint's own name, or the job's."""
    return (job.endpoint.name if job.endpoint else None) or job.name


def model(job: Job, declared: Declared, at: Destination, model_data: str, endpoint: str = "") -> dict[str, Any]:
    """CreateModel: the image and what it loads, with the other containers of a pipeline around it.

    ``model_data`` is the address of a ``model.tar.gz``, or the folder, ending with ``/``, of a multi-model endpoint.
    ``endpoint`` names the endpoint that the model is for; without one, as for a batch transform, the model is another
    one, which may be deleted without harm to the endpoint.
    """
    rest: dict[str, Any] = {
        **_containers(job, at, model_data),
        "ExecutionRoleArn": at.role,
        "Tags": _tags(job, endpoint),
    }
    if job.network.isolation:
        rest["EnableNetworkIsolation"] = True
    if vpc := job.network.vpc:
        rest["VpcConfig"] = {"Subnets": list(vpc.subnets), "SecurityGroupIds": list(vpc.security_groups)}
    return {"ModelName": named(endpoint or job.name, rest), **rest}


def _containers(job: Job, at: Destination, model_data: str) -> dict[str, Any]:
    endpoint = job.endpoint or Endpoint()
    own: dict[str, Any] = {"Image": at.image, "ModelDataUrl": model_data}
    if model_data.endswith("/"):
        cache = endpoint.multi_model is None or endpoint.multi_model.cache
        setting = {"ModelCacheSetting": "Enabled" if cache else "Disabled"}
        own |= {"Mode": "MultiModel", "MultiModelConfig": setting}
    if endpoint.environment:
        own["Environment"] = dict(endpoint.environment)
    if endpoint.pipeline is None:
        return {"PrimaryContainer": own}
    before = [_container(one) for one in endpoint.pipeline.before]
    after = [_container(one) for one in endpoint.pipeline.after]
    return {"Containers": [*before, own, *after], "InferenceExecutionConfig": {"Mode": "Serial"}}


def _container(part: Container) -> dict[str, Any]:
    container: dict[str, Any] = {"Image": part.image}
    if part.model:
        container["ModelDataUrl"] = part.model
    if part.environment:
        container["Environment"] = dict(part.environment)
    return container


def endpoint_config(job: Job, declared: Declared, at: Destination, model_name: str) -> dict[str, Any]:
    """CreateEndpointConfig: on which instances, or on none, and what is recorded."""
    endpoint = job.endpoint or Endpoint()
    name = endpoint_name(job)
    rest: dict[str, Any] = {"ProductionVariants": [_variant(endpoint, model_name)], "Tags": _tags(job, name)}
    if endpoint.data_capture:
        rest["DataCaptureConfig"] = _capture(endpoint.data_capture, job.keys.output)
    if endpoint.asynchronous:
        rest["AsyncInferenceConfig"] = _asynchronous(endpoint.asynchronous, job.keys.output)
    if job.keys.volume and not endpoint.serverless:
        rest["KmsKeyId"] = job.keys.volume
    return {"EndpointConfigName": named(name, rest), **rest}


def _variant(endpoint: Endpoint, model_name: str) -> dict[str, Any]:
    variant: dict[str, Any] = {"VariantName": VARIANT, "ModelName": model_name, "InitialVariantWeight": 1.0}
    if endpoint.serverless:
        return variant | {"ServerlessConfig": _serverless(endpoint.serverless)}
    variant |= {"InstanceType": endpoint.instance_type, "InitialInstanceCount": initial_instances(endpoint)}
    if endpoint.startup_seconds:
        variant["ContainerStartupHealthCheckTimeoutInSeconds"] = endpoint.startup_seconds
    return variant


def initial_instances(endpoint: Endpoint) -> int:
    """The initial number of instances: that of the description, within the limits of autoscaling."""
    scaling = endpoint.autoscaling
    return min(max(endpoint.instances, scaling.min), scaling.max) if scaling else endpoint.instances


def _serverless(part: Serverless) -> dict[str, Any]:
    config = {"MemorySizeInMB": part.memory_mb, "MaxConcurrency": part.concurrency}
    return config | ({"ProvisionedConcurrency": part.provisioned} if part.provisioned else {})


def _capture(part: DataCapture, key: str | None) -> dict[str, Any]:
    capture: dict[str, Any] = {
        "EnableCapture": True,
        "InitialSamplingPercentage": part.percentage,
        "DestinationS3Uri": part.output,
        "CaptureOptions": [{"CaptureMode": mode} for mode in part.what],
        "CaptureContentTypeHeader": READABLE,
    }
    return capture | ({"KmsKeyId": key} if key else {})


def _asynchronous(part: Asynchronous, key: str | None) -> dict[str, Any]:
    output: dict[str, Any] = {"S3OutputPath": part.output}
    if part.failures:
        output["S3FailurePath"] = part.failures
    if key:
        output["KmsKeyId"] = key
    topics = {"SuccessTopic": part.success_topic, "ErrorTopic": part.error_topic}
    if given := {name: topic for name, topic in topics.items() if topic}:
        output["NotificationConfig"] = given
    config: dict[str, Any] = {"OutputConfig": output}
    if part.max_concurrent:
        config["ClientConfig"] = {"MaxConcurrentInvocationsPerInstance": part.max_concurrent}
    return config


def endpoint(job: Job, config_name: str) -> dict[str, Any]:
    """CreateEndpoint."""
    name = endpoint_name(job)
    return {"EndpointName": name, "EndpointConfigName": config_name, "Tags": _tags(job, name)}


def update_endpoint(job: Job, config_name: str) -> dict[str, Any]:
    """UpdateEndpoint: new instances beside the old ones, which go when the new ones have proved themselves."""
    part = job.endpoint or Endpoint()
    request: dict[str, Any] = {"EndpointName": endpoint_name(job), "EndpointConfigName": config_name}
    if part.autoscaling and not (part.serverless or part.asynchronous):
        # As many instances as the load has called for; a retained capture would be the old configuration's.
        kept_new = [{"VariantPropertyType": kind} for kind in ("DesiredWeight", "DataCaptureConfig")]
        request |= {"RetainAllVariantProperties": True, "ExcludeRetainedVariantProperties": kept_new}
    if not part.serverless and (part.update or part.alarms):
        request["DeploymentConfig"] = _deployment(part.update or Update(), part.alarms)
    return request


def _deployment(update: Update, alarms: tuple[str, ...]) -> dict[str, Any]:
    routing: dict[str, Any] = {"Type": TRAFFIC[update.traffic], "WaitIntervalInSeconds": update.wait_seconds}
    size = {"Type": "CAPACITY_PERCENT", "Value": update.percent}
    if update.traffic != "all-at-once":
        routing["CanarySize" if update.traffic == "canary" else "LinearStepSize"] = size
    deployment: dict[str, Any] = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": update.keep_old_seconds,
        }
    }
    if alarms:
        deployment["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in alarms]}
    return deployment


def _tags(job: Job, endpoint: str) -> list[dict[str, str]]:
    return tags(job) + ([{"Key": ENDPOINT_TAG, "Value": endpoint}] if endpoint else [])
