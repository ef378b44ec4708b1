"""The model that an endpoint serves now, and the training job that made it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from launch.aws import deployment, endpoint_resources, endpoints
from launch.aws.cloud import Cloud
from launch.aws.models import runs
from launch.aws.resource_kinds import TRAINING
from launch.description import Job
from launch.errors import Refused
from launch.requests.hosting import endpoint_name

SEARCHED = 100
"""Training jobs that are looked through for the one of a model that was moved or is called otherwise."""


@dataclass(frozen=True)
class CompletedTraining:
    """A training job that has completed, as far as models are compared."""

    described: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.described[TRAINING.name])

    @property
    def model(self) -> str:
        """The address of its model."""
        return str(self.described["ModelArtifacts"]["S3ModelArtifacts"])

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of each metric."""
        return {one["MetricName"]: float(one["Value"]) for one in self.described.get("FinalMetricDataList", ())}

    @property
    def hyperparameters(self) -> dict[str, str]:
        """As texts."""
        return dict(self.described.get("HyperParameters", {}))

    def source(self, channel: str) -> object:
        """The data address of a channel; None where the job has no such channel."""
        inputs = self.described.get("InputDataConfig", ())
        source = next((one["DataSource"] for one in inputs if one["ChannelName"] == channel), None)
        return source and (source.get("S3DataSource", {}).get("S3Uri") or source.get("FileSystemDataSource"))


def deployed(job: Job, cloud: Cloud) -> CompletedTraining | None:
    """The training job of the model that the endpoint serves; None where there is no endpoint.

    Raises ``Refused`` where its training job cannot be found: then there is nothing to compare with.
    """
    endpoint = endpoints.described(cloud, endpoint_name(job))
    if endpoint is None or endpoint["EndpointStatus"] == "Failed":
        return None
    deployment.check_owner(job, cloud, endpoint)
    _, models = endpoint_resources.hosted(cloud, endpoint["EndpointConfigName"])
    address = endpoint_resources.archive(job, models[0]) if models else ""
    found = _by_path(address, cloud) or _by_search(job, address, cloud)
    if found is None:
        raise Refused(
            f"the training job of the model that {endpoint_name(job)} serves, {address or 'unknown'}, cannot be found, "
            "so that a new model cannot be compared with it: use `train` and `deploy`"
        )
    return found


def _by_path(address: str, cloud: Cloud) -> CompletedTraining | None:
    """``s3://bucket/models/<job>/output/model.tar.gz``, as training leaves it."""
    parts = address.split("/")
    if len(parts) < 3 or parts[-2:] != ["output", "model.tar.gz"]:
        return None
    return _made(parts[-3], address, cloud)


def _by_search(job: Job, address: str, cloud: Cloud) -> CompletedTraining | None:
    summaries = itertools.islice(runs(job, cloud, TRAINING, StatusEquals="Completed"), SEARCHED)
    found = (_made(summary[TRAINING.name], address, cloud) for summary in summaries)
    return next((one for one in found if one), None)


def _made(name: str, address: str, cloud: Cloud) -> CompletedTraining | None:
    """The training job of a name, if the model is its."""
    described = endpoints.found(cloud, "DescribeTrainingJob", TrainingJobName=name)
    made = described and described.get("ModelArtifacts", {}).get("S3ModelArtifacts") == address
    return CompletedTraining(described) if described and made else None
