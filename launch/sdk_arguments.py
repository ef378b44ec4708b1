"""Arguments that both generations of SageMaker's SDK know by the same names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any, TypeAlias, TypeVar

Arguments: TypeAlias = dict[str, Any]
R = TypeVar("R")


def of_tuner(request: Mapping[str, Any], name: str) -> Arguments:
    """Arguments of a ``HyperparameterTuner``, without estimator, ranges and settings of the strategy."""
    config, definition = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
    objective, limits = config["HyperParameterTuningJobObjective"], config["ResourceLimits"]
    return {
        "objective_metric_name": objective["MetricName"],
        "objective_type": objective["Type"],
        "metric_definitions": definition["AlgorithmSpecification"].get("MetricDefinitions"),
        "strategy": config["Strategy"],
        "max_jobs": limits.get("MaxNumberOfTrainingJobs") or _combinations(config["ParameterRanges"]),
        "max_parallel_jobs": limits["MaxParallelTrainingJobs"],
        "max_runtime_in_seconds": limits.get("MaxRuntimeInSeconds"),
        "early_stopping_type": config.get("TrainingJobEarlyStoppingType", "Off"),
        "random_seed": config.get("RandomSeed"),
        "tags": request.get("Tags"),
        "base_tuning_job_name": name,
    }


def ranges(
    config: Mapping[str, Any], integer: Callable[..., R], continuous: Callable[..., R], categorical: Callable[..., R]
) -> dict[str, R]:
    """The ranges of a tuning job as objects of an SDK's classes; their ends stay the texts that they are."""
    parts = config["ParameterRanges"]
    found: dict[str, R] = {}
    for kind, parameter in (("Integer", integer), ("Continuous", continuous)):
        for part in parts.get(f"{kind}ParameterRanges", ()):
            found[part["Name"]] = parameter(part["MinValue"], part["MaxValue"], part["ScalingType"])
    for part in parts.get("CategoricalParameterRanges", ()):
        found[part["Name"]] = categorical(part["Values"])
    return found


def _combinations(ranges: Mapping[str, Any]) -> int:
    """The number of jobs of a grid. The service counts them itself, but the SDKs fail without a number."""
    return prod(len(part["Values"]) for part in ranges["CategoricalParameterRanges"])


def of_transformer(request: Mapping[str, Any], name: str, *, local: bool) -> Arguments:
    """Arguments of a ``Transformer``, without the session."""
    output, resources = request["TransformOutput"], request["TransformResources"]
    return {
        "model_name": request["ModelName"],
        "instance_count": 1 if local else resources["InstanceCount"],
        "instance_type": "local" if local else resources["InstanceType"],
        "strategy": request.get("BatchStrategy"),
        "assemble_with": output.get("AssembleWith"),
        "output_path": output["S3OutputPath"],
        "output_kms_key": output.get("KmsKeyId"),
        "accept": output.get("Accept"),
        "max_concurrent_transforms": request.get("MaxConcurrentTransforms"),
        "max_payload": request.get("MaxPayloadInMB"),
        "tags": request.get("Tags"),
        "env": request.get("Environment"),
        "base_transform_job_name": name,
        "volume_kms_key": resources.get("VolumeKmsKeyId"),
    }


def of_transform(request: Mapping[str, Any], *, local: bool) -> Arguments:
    """Arguments of ``Transformer.transform``, without the data. Local mode has neither filters nor joins."""
    given, processing = request["TransformInput"], {} if local else request.get("DataProcessing", {})
    arguments = {
        "content_type": given["ContentType"],
        "split_type": given.get("SplitType"),
        "compression_type": given.get("CompressionType"),
        "input_filter": processing.get("InputFilter"),
        "output_filter": processing.get("OutputFilter"),
        "join_source": processing.get("JoinSource"),
        "model_client_config": request.get("ModelClientConfig"),
    }
    return {name: value for name, value in arguments.items() if value is not None}
