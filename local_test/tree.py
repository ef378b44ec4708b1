"""The /opt/ml tree of one training job, in the form that the service writes it (not the shorter one of local mode)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_test.request import LocalChannel, TrainingRequest

HOST = "algo-1"
REGION = "us-east-1"
_GROUP = "homogeneousCluster"


def lay_tree(root: Path, request: TrainingRequest, base: str) -> None:
    """Writes a fresh tree into the empty folder ``root``; ``base`` is the path under which the program sees it.

    ``output/data`` is left out on purpose: the service does not promise it, so a program has to make it.
    """
    for folder in ("input/config", "input/data", "model", "output"):
        (root / folder).mkdir(parents=True)
    for name, content in config_files(request, base).items():
        (root / "input" / "config" / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def training_environment(request: TrainingRequest, base: str) -> dict[str, str]:
    """Environment of a training container, as the platform sets it. No ``SM_*`` and no credentials: it sets neither."""
    return {
        "TRAINING_JOB_NAME": request.name,
        "TRAINING_JOB_ARN": f"arn:aws:sagemaker:{REGION}:000000000000:training-job/{request.name}",
        "AWS_REGION": REGION,
        "SAGEMAKER_METRICS_DIRECTORY": f"{base}/output/metrics/sagemaker",
        **request.environment,
    }


def serving_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment of a hosting container, as the platform sets it; the model's own variables win."""
    return {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "SAGEMAKER_SAFE_PORT_RANGE": "25000-25999",
        **environment,
    }


def config_files(request: TrainingRequest, base: str) -> dict[str, dict[str, Any]]:
    """The files of ``input/config`` by name."""
    files: dict[str, dict[str, Any]] = {
        "hyperparameters.json": dict(request.hyperparameters),
        "inputdataconfig.json": {channel.name: _channel_config(channel) for channel in request.channels},
        "resourceconfig.json": _resource_config(request.instance_type),
        # the service drops files here whose content is its own affair; a program has to ignore them
        "init-config.json": {"inputMode": "FILE", "channels": {}, "stateOverride": None},
    }
    if request.checkpoints is not None:
        uri = f"s3://local-test/{request.name}/checkpoints"
        files["checkpointconfig.json"] = {"LocalPath": f"{base}/checkpoints", "S3Uri": uri}
    return files


def _channel_config(channel: LocalChannel) -> dict[str, str]:
    config = {"ContentType": channel.content_type} if channel.content_type else {}
    return config | {
        "TrainingInputMode": channel.input_mode,
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }


def _resource_config(instance_type: str) -> dict[str, Any]:
    group = {"instance_group_name": _GROUP, "instance_type": instance_type, "hosts": [HOST]}
    return {
        "current_host": HOST,
        "current_instance_type": instance_type,
        "current_group_name": _GROUP,
        "hosts": [HOST],
        "instance_groups": [group],
        "network_interface_name": "eth0",
        "topology": None,
    }
