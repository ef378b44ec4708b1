"""Every kind of endpoint: deployed, asked for rightly, and gone without a trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest

from launch.__main__ import main
from tests.launch.account import BUCKET, IMAGE, backend, furnish
from tests.launch.conftest import Call
from tests.launch.hosting_jobs import MODEL, job_file, moved

FOLDER = f"s3://{BUCKET}/models/"
KINDS: dict[str, dict[str, Any]] = {
    "asynchronous, down to nothing": {
        "asynchronous": {"output": f"s3://{BUCKET}/answers/"},
        "autoscaling": {"min": 0, "max": 2},
    },
    "serverless with provisioned places": {"serverless": {"provisioned": 2}, "autoscaling": {"min": 1, "max": 4}},
    "many models": {"multi_model": {"models": FOLDER}},
    "a pipeline": {"pipeline": {"before": [{"image": IMAGE, "model": MODEL}]}},
    "captured": {"data_capture": {"output": f"s3://{BUCKET}/captured/"}},
}
CALLED = {"asynchronous, down to nothing": "invoke-endpoint-async", "many models": "--target-model MODEL.tar.gz"}


@pytest.fixture(autouse=True)
def account(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish()
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", "http://127.0.0.1:9")


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_deployed_told_how_to_ask_and_deleted_without_a_trace(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_file(tmp_path, **KINDS[kind])
    model = [] if "multi_model" in KINDS[kind] else ["--model", MODEL]
    assert main(["deploy", str(job), "--interval", "0", *model]) == 0
    assert CALLED.get(kind, "invoke-endpoint ") in capsys.readouterr().out
    assert backend().endpoints["bikes"].endpoint_status == "InService"
    assert main(["delete", str(job), "--interval", "0", "--yes"]) == 0
    kept = backend()
    assert (kept.endpoints, kept.endpoint_configs, kept._models) == ({}, {}, {})
    scaling = boto3.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert boto3.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_one_model_of_many_is_not_hosted_alone(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_file(tmp_path, **KINDS["many models"])
    assert main(["deploy", str(job), "--model", MODEL]) == 2
    assert "leave --model out" in capsys.readouterr().err
    assert not any(call.operation.startswith("Create") for call in calls)


def test_what_an_update_that_was_not_waited_for_has_left_is_removed_by_the_next_run(tmp_path: Path) -> None:
    job, new = job_file(tmp_path), moved(MODEL)
    main(["deploy", str(job), "--interval", "0", "--model", MODEL])
    main(["deploy", str(job), "--interval", "0", "--model", new, "--no-wait"])
    assert len(backend()._models) == 2
    assert main(["deploy", str(job), "--interval", "0", "--model", new]) == 0
    assert (len(backend()._models), len(backend().endpoint_configs)) == (1, 1)
