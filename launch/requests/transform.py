"""CreateTransformJob."""

from __future__ import annotations

from typing import Any

from launch.declaration import Declared
from launch.description import Job
from launch.description.records import of_transform
from launch.description.transform import Transform
from launch.errors import UsageError
from launch.requests.destination import Destination
from launch.requests.names import named
from launch.requests.values import given, tags


def transform_job(job: Job, declared: Declared, at: Destination, model_name: str) -> dict[str, Any]:
    """The whole request, with its idempotent name; ``at`` is taken for the sake of one form of all requests.

    Raises ``UsageError`` where the description has no transform.
    """
    part = job.transform
    if part is None:
        raise UsageError(f"{job.name} has no part `transform`: give at least its data and its output")
    records = of_transform(part, declared)
    members = {
        "ModelName": model_name,
        "MaxConcurrentTransforms": part.max_concurrent,
        "ModelClientConfig": given(
            {"InvocationsTimeoutInSeconds": part.timeout_seconds, "InvocationsMaxRetries": part.retries}
        ),
        "MaxPayloadInMB": part.max_payload_mb,
        "BatchStrategy": records.strategy,
        "Environment": dict(part.environment),
        "TransformInput": _input(part, records.split),
        "TransformOutput": _output(job, part, records.accept, records.assemble),
        "TransformResources": given(
            {
                "InstanceType": part.instance_type,
                "InstanceCount": part.instances,
                "VolumeKmsKeyId": job.keys.volume,
            }
        ),
        "DataProcessing": _processing(part),
        "Tags": tags(job),
    }
    request = given(members)
    return {"TransformJobName": named(job.name, request), **request}


def _input(part: Transform, split: str) -> dict[str, Any]:
    members = {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": part.data}},
        "ContentType": part.content_type,
        "CompressionType": "" if part.compression == "None" else part.compression,
        "SplitType": "" if split == "None" else split,
    }
    return given(members)


def _output(job: Job, part: Transform, accept: str, assemble: str) -> dict[str, Any]:
    members = {
        "S3OutputPath": part.output,
        "Accept": accept,
        "AssembleWith": "" if assemble == "None" else assemble,
        "KmsKeyId": job.keys.output,
    }
    return given(members)


def _processing(part: Transform) -> dict[str, Any]:
    members = {
        "InputFilter": part.input_filter,
        "OutputFilter": part.output_filter,
        "JoinSource": "Input" if part.join else None,
    }
    return given(members)
