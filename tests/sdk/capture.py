"""Requests as botocore is asked to send them, whoever asks."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore import handlers

from launch.description import Job, read
from launch.errors import UsageError
from launch.requests.destination import Destination

ARCHIVE, MODELS = "s3://my-bucket/models/one/output/model.tar.gz", "s3://my-bucket/models/"
AT = Destination(
    region="eu-west-1",
    account="123456789012",
    partition="aws",
    image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/open-algorithms/tensorflow:0.1.0",
    role="arn:aws:iam::123456789012:role/open-algorithms-execution",
)


def capture(folder: Path, answer: Path, ask: Callable[[Job], None]) -> None:
    """Asks for each description of a folder; writes what was asked, by name and operation.

    ``ask`` makes its session when it is first called: earlier ones are not listened to.
    """
    asked: dict[str, dict[str, Any]] = {}
    made: dict[str, Any] = {}

    def record(params: Mapping[str, Any], model: Any, **others: Any) -> None:
        if model.name.startswith("Create"):
            made[model.name] = dict(params)

    handlers.BUILTIN_HANDLERS.append(("provide-client-params.sagemaker", record))
    for file in sorted(folder.glob("*.yaml")):
        made.clear()
        try:
            ask(read(file))
        except UsageError as refusal:
            made["refused"] = str(refusal)
        asked[file.stem] = dict(made)
    answer.write_text(json.dumps(asked))
