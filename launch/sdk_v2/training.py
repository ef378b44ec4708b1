"""A training job, as a generic estimator and its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from sagemaker.estimator import Estimator
from sagemaker.inputs import FileSystemInput, ShuffleConfig, TrainingInput
from sagemaker.session import Session

from launch import declaration
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.description import Job
from launch.local_mode import folders, this_machine
from launch.requests import training, values
from launch.requests.destination import Destination
from launch.sdk_v2.sessions import aws_session, local_session

Input: TypeAlias = TrainingInput | FileSystemInput


def estimator(
    job: Job, at: Destination | None = None, session: Session | None = None, *, local: bool = False
) -> Estimator:
    """A generic estimator for the job; ``fit`` it with ``inputs(job)``.

    Local mode runs the newest image of the family that was built here, unless ``at`` names another. What it has not
    (spot, checkpoints, VPC, isolation, keys) is left out.
    """
    if local:
        return _local_estimator(job, at or this_machine(job), session)
    at = at or destination(job, Cloud(job.region))
    request = training.training_job(job, declaration.find(job.family, job.algorithm), at)
    return Estimator(
        **_what(request),
        **_where(request),
        base_job_name=job.name,
        sagemaker_session=session or aws_session(at),
        debugger_hook_config=False,  # the images have no hook
        disable_profiler=True,
    )


def _local_estimator(job: Job, at: Destination, session: Session | None) -> Estimator:
    return Estimator(
        image_uri=at.image,
        role=at.role,
        hyperparameters=values.hyperparameters(job, declaration.find(job.family, job.algorithm)),
        environment=dict(job.environment),
        instance_count=job.training.instances,
        instance_type="local",
        base_job_name=job.name,
        sagemaker_session=session or local_session(at),
    )


def _what(request: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments about image, hyperparameters and metric definitions."""
    algorithm = request["AlgorithmSpecification"]
    return {
        "image_uri": algorithm["TrainingImage"],
        "input_mode": algorithm["TrainingInputMode"],
        "metric_definitions": algorithm.get("MetricDefinitions"),
        "enable_sagemaker_metrics": algorithm.get("EnableSageMakerMetricsTimeSeries"),
        "hyperparameters": request.get("HyperParameters"),
        "environment": request.get("Environment"),
        "output_path": request["OutputDataConfig"]["S3OutputPath"],
        "output_kms_key": request["OutputDataConfig"].get("KmsKeyId"),
        "tags": request.get("Tags"),
    }


def _where(request: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments about instances, time limits and network."""
    resources, limits, vpc = request["ResourceConfig"], request["StoppingCondition"], request.get("VpcConfig", {})
    return {
        "role": request["RoleArn"],
        "instance_count": resources["InstanceCount"],
        "instance_type": resources["InstanceType"],
        "volume_size": resources["VolumeSizeInGB"],
        "volume_kms_key": resources.get("VolumeKmsKeyId"),
        "keep_alive_period_in_seconds": resources.get("KeepAlivePeriodInSeconds"),
        "max_run": limits["MaxRuntimeInSeconds"],
        "max_wait": limits.get("MaxWaitTimeInSeconds"),
        "use_spot_instances": request.get("EnableManagedSpotTraining", False),
        "checkpoint_s3_uri": request.get("CheckpointConfig", {}).get("S3Uri"),
        "max_retry_attempts": request.get("RetryStrategy", {}).get("MaximumRetryAttempts"),
        "subnets": vpc.get("Subnets"),
        "security_group_ids": vpc.get("SecurityGroupIds"),
        "enable_network_isolation": request.get("EnableNetworkIsolation", False),
        "encrypt_inter_container_traffic": request.get("EnableInterContainerTrafficEncryption", False),
    }


def inputs(job: Job, *, local: bool = False) -> dict[str, Input]:
    """The channels, for ``Estimator.fit`` and ``HyperparameterTuner.fit``."""
    if local:
        return {
            name: TrainingInput(f"file://{folder}", content_type=channel.content_type or None)
            for name, channel, folder in folders(job)
        }
    return {channel["ChannelName"]: _input(channel) for channel in training.channels(job)}


def _input(channel: Mapping[str, Any]) -> Input:
    if "FileSystemDataSource" in channel["DataSource"]:
        return _file_system(channel)
    source = channel["DataSource"]["S3DataSource"]
    shuffle = channel.get("ShuffleConfig")
    return TrainingInput(
        source["S3Uri"],
        distribution=source["S3DataDistributionType"],
        s3_data_type=source["S3DataType"],
        attribute_names=source.get("AttributeNames"),
        content_type=channel.get("ContentType"),
        compression=channel.get("CompressionType"),
        record_wrapping=channel.get("RecordWrapperType"),
        input_mode=channel.get("InputMode"),
        shuffle_config=ShuffleConfig(shuffle["Seed"]) if shuffle else None,
    )


def _file_system(channel: Mapping[str, Any]) -> FileSystemInput:
    source = channel["DataSource"]["FileSystemDataSource"]
    given = FileSystemInput(
        source["FileSystemId"],
        source["FileSystemType"],
        source["DirectoryPath"],
        source["FileSystemAccessMode"],
        channel.get("ContentType"),
    )
    if "InputMode" in channel:  # an attribute of the request that the SDK's class does not know
        given.config["InputMode"] = channel["InputMode"]
    return given
