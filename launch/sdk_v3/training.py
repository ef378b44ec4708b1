"""A training job, as a model trainer and its input data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sagemaker.core import shapes
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.training.configs import (
    Channel,
    Compute,
    InputData,
    MetricDefinition,
    Networking,
    RetryStrategy,
    StoppingCondition,
    Tag,
)
from sagemaker.train.model_trainer import Mode, ModelTrainer

from launch import declaration
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.description import Job
from launch.local_mode import folders, this_machine
from launch.requests import training, values
from launch.requests.destination import Destination
from launch.sdk_v3.sessions import aws_session
from launch.sdk_v3.shapes import spelled


def model_trainer(
    job: Job, at: Destination | None = None, session: Session | None = None, *, local: bool = False
) -> ModelTrainer:
    """A model trainer for the job; ``train`` it with ``input_data(job)``.

    Local mode runs the newest image of the family that was built here, unless ``at`` names another. What it has not
    (spot, checkpoints, VPC, isolation, keys) is left out.
    """
    if local:
        return _local_trainer(job, at or this_machine(job), session)
    at = at or destination(job, Cloud(job.region))
    request = training.training_job(job, declaration.find(job.family, job.algorithm), at)
    trainer = ModelTrainer(
        **_what(request),
        **_where(request),
        base_job_name=job.name,
        sagemaker_session=session or aws_session(at),
    )
    metrics = request["AlgorithmSpecification"].get("MetricDefinitions", [])
    trainer = trainer.with_metric_definitions([MetricDefinition(**spelled(metric)) for metric in metrics])
    retries = request.get("RetryStrategy")
    return trainer.with_retry_strategy(RetryStrategy(**spelled(retries))) if retries else trainer


def _local_trainer(job: Job, at: Destination, session: Session | None) -> ModelTrainer:
    return ModelTrainer(
        training_mode=Mode.LOCAL_CONTAINER,
        training_image=at.image,
        hyperparameters=values.hyperparameters(job, declaration.find(job.family, job.algorithm)),
        environment=dict(job.environment),
        compute=Compute(instance_type="local_cpu", instance_count=job.training.instances),
        base_job_name=job.name,
        sagemaker_session=session,
    )


def _what(request: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments about image, hyperparameters and output.

    The shape of the output is the request's own: the trainer's own class of that name adds a compression.
    """
    algorithm = request["AlgorithmSpecification"]
    return {
        "training_image": algorithm["TrainingImage"],
        "training_input_mode": algorithm["TrainingInputMode"],
        "hyperparameters": dict(request.get("HyperParameters", {})),
        "environment": dict(request.get("Environment", {})),
        "output_data_config": shapes.OutputDataConfig(**spelled(request["OutputDataConfig"])),
        "tags": [Tag(**spelled(tag)) for tag in request.get("Tags", [])],
    }


def _where(request: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments about instances, time limits, network and checkpoints."""
    checkpoints = request.get("CheckpointConfig")
    return {
        "role": request["RoleArn"],
        "compute": Compute(
            **spelled(request["ResourceConfig"]),
            enable_managed_spot_training=request.get("EnableManagedSpotTraining"),
        ),
        "stopping_condition": StoppingCondition(**spelled(request["StoppingCondition"])),
        "checkpoint_config": shapes.CheckpointConfig(**spelled(checkpoints)) if checkpoints else None,
        "networking": Networking(
            **spelled(request.get("VpcConfig", {})),
            enable_network_isolation=request.get("EnableNetworkIsolation"),
            enable_inter_container_traffic_encryption=request.get("EnableInterContainerTrafficEncryption"),
        ),
    }


def input_data(job: Job, *, local: bool = False) -> list[Channel] | list[InputData]:
    """The channels, for ``ModelTrainer.train`` and ``HyperparameterTuner.tune``."""
    if local:
        return [
            InputData(channel_name=name, data_source=folder, content_type=channel.content_type or None)
            for name, channel, folder in folders(job)
        ]
    return [Channel(**spelled(channel)) for channel in training.channels(job)]
