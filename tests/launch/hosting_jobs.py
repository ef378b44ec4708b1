"""Job descriptions with an endpoint, for the tests of hosting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3

from tests.launch.account import BUCKET, ROLE

MODEL = f"s3://{BUCKET}/models/old/output/model.tar.gz"


def description(endpoint: dict[str, Any] | None, **others: Any) -> dict[str, Any]:
    """A small whole description."""
    channels = {name: {"s3": f"s3://{BUCKET}/seoul-bike/{name}/"} for name in ("train", "validation")}
    whole: dict[str, Any] = {
        "name": "bikes",
        "family": "xgboost",
        "role": ROLE,
        "output": f"s3://{BUCKET}/models/",
        "hyperparameters": {"objective": "reg:squarederror", "num_round": 20},
        "channels": channels,
    }
    return whole | others | ({} if endpoint is None else {"endpoint": endpoint})


def job_file(
    folder: Path, others: dict[str, Any] | None = None, without_endpoint: bool = False, **endpoint: Any
) -> Path:
    """The file of a description with ``others``, whose endpoint has these keys; JSON is YAML."""
    content = description(None if without_endpoint else endpoint, **(others or {}))
    file = folder / "job.yaml"
    file.write_text(json.dumps(content, indent=1))
    return file


def moved(model: str) -> str:
    """A copy of a model at another address."""
    address = model.replace("/old/", "/new/")
    boto3.client("s3").put_object(Bucket=BUCKET, Key=address.removeprefix(f"s3://{BUCKET}/"), Body=b"")
    return address
