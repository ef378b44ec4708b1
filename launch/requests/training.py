"""CreateTrainingJob."""

from __future__ import annotations

from typing import Any

from launch.declaration import Declared
from launch.description import Job
from launch.description.aws_requirements import require_data
from launch.description.metrics import definitions
from launch.description.training import ChannelInput, FileSystem
from launch.errors import UsageError
from launch.requests.destination import Destination
from launch.requests.names import named
from launch.requests.values import given, hyperparameters, tags


def training_job(job: Job, declared: Declared, at: Destination) -> dict[str, Any]:
    """The whole request, with its idempotent name; what the description leaves open, the service decides.

    Raises ``DescriptionError`` where data or models have no place in AWS.
    """
    require_data(job)
    request = given({"HyperParameters": hyperparameters(job, declared), **surroundings(job, declared, at)})
    request |= {"Tags": tags(job)}
    return {"TrainingJobName": named(job.name, request), **request}


def surroundings(job: Job, declared: Declared, at: Destination) -> dict[str, Any]:
    """All but the hyperparameters: what a training job and the jobs of a tuning job have in common."""
    spot = job.training.spot
    parts = {
        "AlgorithmSpecification": given(
            {
                "TrainingImage": at.image,
                "TrainingInputMode": "File",
                "MetricDefinitions": definitions(job, declared),
            }
        ),
        "RoleArn": at.role,
        "InputDataConfig": channels(job),
        "OutputDataConfig": given({"KmsKeyId": job.keys.output, "S3OutputPath": job.output}),
        "ResourceConfig": _resources(job),
        "StoppingCondition": given(
            {
                "MaxRuntimeInSeconds": job.training.max_runtime,
                "MaxWaitTimeInSeconds": spot.max_wait if spot else None,
            }
        ),
        "EnableManagedSpotTraining": spot is not None,
        "CheckpointConfig": given({"S3Uri": job.training.checkpoints}),
        "RetryStrategy": {"MaximumRetryAttempts": job.training.retries} if job.training.retries else None,
        "Environment": dict(job.environment),
    }
    return given(parts | _network(job))


def channels(job: Job) -> list[dict[str, Any]]:
    """InputDataConfig."""
    return [_channel(name, channel) for name, channel in job.channels.items()]


def _channel(name: str, channel: ChannelInput) -> dict[str, Any]:
    members = {
        "ChannelName": name,
        "DataSource": _source(name, channel),
        "ContentType": channel.content_type,
        "CompressionType": _unless_none(channel.compression),
        "RecordWrapperType": _unless_none(channel.record_wrapper),
        "InputMode": channel.input_mode if "input_mode" in channel.model_fields_set else None,
        "ShuffleConfig": None if channel.shuffle_seed is None else {"Seed": channel.shuffle_seed},
    }
    return given(members)


def _source(name: str, channel: ChannelInput) -> dict[str, Any]:
    if channel.fsx:
        return {"FileSystemDataSource": _file_system(channel.fsx, "FSxLustre")}
    if channel.efs:
        return {"FileSystemDataSource": _file_system(channel.efs, "EFS")}
    if not channel.s3:
        raise UsageError(f"channels.{name}: has only local data; AWS needs s3, fsx or efs")
    source = {
        "S3DataType": channel.data_type,
        "S3Uri": channel.s3,
        "S3DataDistributionType": channel.distribution,
        "AttributeNames": list(channel.attributes),
    }
    return {"S3DataSource": given(source)}


def _file_system(system: FileSystem, kind: str) -> dict[str, Any]:
    return {
        "FileSystemId": system.id,
        "FileSystemAccessMode": system.access,
        "FileSystemType": kind,
        "DirectoryPath": system.path,
    }


def _resources(job: Job) -> dict[str, Any]:
    members = {
        "InstanceType": job.training.instance_type,
        "InstanceCount": job.training.instances,
        "VolumeSizeInGB": job.training.volume_gb,
        "VolumeKmsKeyId": job.keys.volume,
        "KeepAlivePeriodInSeconds": job.training.keep_alive or None,
    }
    return given(members)


def _network(job: Job) -> dict[str, Any]:
    vpc = job.network.vpc
    return {
        "VpcConfig": {"SecurityGroupIds": list(vpc.security_groups), "Subnets": list(vpc.subnets)} if vpc else None,
        "EnableNetworkIsolation": job.network.isolation,
        "EnableInterContainerTrafficEncryption": job.network.encrypt_traffic,
    }


def _unless_none(word: str) -> str:
    """The service's word ``None`` is its default."""
    return "" if word == "None" else word
