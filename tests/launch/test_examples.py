"""The descriptions in `launch/examples` and of the notebooks: each leads to requests that AWS takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from launch.__main__ import main
from launch.description import Job, read
from tests.launch.conftest import Call
from tests.launch.price_list import served
from tests.launch.service_model import accept

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted([*ROOT.glob("launch/examples/*.yaml"), *ROOT.glob("examples/*/*.yaml")])
MODEL = ["--model", "s3://my-bucket/models/model.tar.gz"]
LOOKS = ("Get", "List", "Describe", "Head")


@pytest.fixture(autouse=True)
def prices(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with served() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", address)
        yield


def verbs(job: Job) -> Iterator[list[str]]:
    """The commands that a description has parts for."""
    yield ["train"]
    if job.tuning:
        yield ["tune"]
    if job.transform:
        yield ["transform", *MODEL]
    if job.endpoint:
        yield ["deploy", *([] if job.endpoint.multi_model or job.endpoint.model else MODEL)]


def services(printed: dict[str, Any], verb: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Service, operation and request of everything that was printed."""
    single = {"train": "CreateTrainingJob", "tune": "CreateHyperParameterTuningJob"}
    named = {single[verb]: printed} if verb in single else printed
    scaling = {"RegisterScalableTarget": "application-autoscaling", "PutScalingPolicy": "application-autoscaling"}
    for operation, request in named.items():
        for one in request if isinstance(request, list) else [request]:
            yield (scaling | {"PutMetricAlarm": "cloudwatch"}).get(operation, "sagemaker"), operation, one


COMMANDS = [(path, command) for path in EXAMPLES for command in verbs(read(path))]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=lambda value: getattr(value, "stem", value))
def test_a_dry_run_prints_requests_that_aws_takes_and_changes_nothing(
    path: Path, command: list[str], calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command[0], str(path), *command[1:], "--dry-run"]) == 0
    printed = json.loads(capsys.readouterr().out)
    for service, operation, request in services(printed, command[0]):
        accept(operation, request, service)
    assert all(call.operation.startswith(LOOKS) for call in calls), calls
