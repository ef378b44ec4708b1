"""The configurations and models that were created for an endpoint, found by their tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launch.aws.cloud import Cloud
from launch.aws.endpoints import found
from launch.console import say
from launch.description import Job
from launch.errors import ServiceError
from launch.requests.hosting import ENDPOINT_TAG
from launch.requests.names import DIGEST

JOB_TAG = "open-algorithms:job"


@dataclass(frozen=True)
class EndpointResource:
    """An endpoint configuration or a model in SageMaker."""

    kind: str
    """``EndpointConfig`` or ``Model``, as the operations call it."""
    name: str

    def __str__(self) -> str:
        return f"{'configuration' if self.kind == 'EndpointConfig' else 'model'} {self.name}"

    def deletion(self, region: str) -> str:
        """The command that deletes it."""
        words = "endpoint-config" if self.kind == "EndpointConfig" else "model"
        return f"aws sagemaker delete-{words} --{words}-name {self.name} --region {region}"


def tags(cloud: Cloud, arn: str) -> dict[str, str]:
    """The tags of a resource."""
    return {one["Key"]: one["Value"] for one in cloud.every("sagemaker", "ListTags", "Tags", ResourceArn=arn)}


def of_endpoint(cloud: Cloud, endpoint: str) -> list[EndpointResource]:
    """Every configuration and model that was created for an endpoint, configurations first."""
    return [*_tagged(cloud, endpoint, "EndpointConfig"), *_tagged(cloud, endpoint, "Model")]


def _tagged(cloud: Cloud, endpoint: str, kind: str) -> Iterator[EndpointResource]:
    prefix = endpoint[: 63 - DIGEST - 1].rstrip("-")
    for one in cloud.every("sagemaker", f"List{kind}s", f"{kind}s", NameContains=prefix):
        name = one[f"{kind}Name"]
        if name.startswith(prefix) and tags(cloud, one[f"{kind}Arn"]).get(ENDPOINT_TAG) == endpoint:
            yield EndpointResource(kind, name)


def hosted(cloud: Cloud, config_name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A configuration and the models that it names, as the service describes them; empty where it is deleted."""
    config = found(cloud, "DescribeEndpointConfig", EndpointConfigName=config_name) or {}
    names = [variant["ModelName"] for variant in config.get("ProductionVariants", ()) if "ModelName" in variant]
    models = [found(cloud, "DescribeModel", ModelName=name) for name in names]
    return config, [one for one in models if one]


def archive(job: Job, model: Mapping[str, Any]) -> str:
    """The address of what the job's own container of a model loads; in a pipeline others are around it."""
    containers = model.get("Containers") or [model.get("PrimaryContainer", {})]
    pipeline = job.endpoint.pipeline if job.endpoint else None
    own = len(pipeline.before) if pipeline else 0
    return str(containers[min(own, len(containers) - 1)].get("ModelDataUrl", ""))


def make(cloud: Cloud, kind: str, request: dict[str, Any]) -> list[EndpointResource]:
    """Creates a configuration or a model, unless one of its name, and thus of its content, exists."""
    name = request[f"{kind}Name"]
    if found(cloud, f"Describe{kind}", **{f"{kind}Name": name}):
        return []
    cloud.call("sagemaker", f"Create{kind}", **request)
    return [EndpointResource(kind, name)]


def delete(cloud: Cloud, resources: Iterable[EndpointResource]) -> list[str]:
    """Deletes resources and prints each; returns a line for each that could not be deleted, with the command for it."""
    left = []
    for one in resources:
        try:
            cloud.call("sagemaker", f"Delete{one.kind}", **{f"{one.kind}Name": one.name})
        except ServiceError as error:
            left.append(f"{one} is left: {error}; `{one.deletion(cloud.region)}`")
        else:
            say(f"  {one} is deleted")
    return left
