"""When a deployment fails: why, what to do, and that nothing half-made is left, or is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.sagemaker.exceptions import SagemakerClientError
from moto.sagemaker.models import SageMakerModelBackend

from launch.__main__ import main
from tests.launch.account import Log, backend, furnish
from tests.launch.conftest import Call
from tests.launch.hosting_jobs import MODEL, job_file, moved
from tests.launch.moto_endpoints import failing

PING = "The primary container for production variant AllTraffic did not pass the ping health check."


@pytest.fixture(autouse=True)
def account(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish()
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", "http://127.0.0.1:9")


class LimitExceeded(SagemakerClientError):
    code = "ResourceLimitExceeded"


def deploy(job: Path, *options: str) -> int:
    return main(["deploy", str(job), "--interval", "0", "--model", MODEL, *options])


def left() -> tuple[list[str], list[str], list[str]]:
    """Endpoints, configurations and models."""
    kept = backend()
    return list(kept.endpoints), list(kept.endpoint_configs), list(kept._models)


def test_a_creation_that_fails_tells_reason_log_and_cure_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Log("/aws/sagemaker/Endpoints/bikes").write("AllTraffic/i-0123", "starting", "the model cannot be read")
    backend().endpoint_ending = failing(PING)
    assert deploy(job_file(tmp_path)) == 1
    printed = capsys.readouterr()
    assert "  | AllTraffic/i-0123:\n  | starting\n  | the model cannot be read\n" in printed.out
    assert PING in printed.err
    assert "the container did not become ready in time" in printed.err
    assert "all that was made for it is removed again" in printed.err
    assert left() == ([], [], [])


def test_an_update_that_fails_leaves_the_old_model_serving_and_removes_the_new_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_file(tmp_path, autoscaling={"max": 4})
    deploy(job)
    before = left()
    backend().endpoint_ending = failing("An alarm went off.")
    assert deploy(job, "--model", moved(MODEL)) == 1
    assert "the update of bikes has failed, the old model serves on: An alarm went off." in capsys.readouterr().err
    assert left() == before


def test_an_update_that_fails_puts_autoscaling_back_that_stood_in_its_way(tmp_path: Path, calls: list[Call]) -> None:
    deploy(job_file(tmp_path, autoscaling={"max": 4}))
    backend().endpoint_ending = failing("no capacity")
    assert deploy(job_file(tmp_path, autoscaling={"max": 4}, instance_type="ml.m5.xlarge")) == 1
    scaling = boto3.client("application-autoscaling")
    [target] = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert target["ResourceId"] == "endpoint/bikes/variant/AllTraffic"


def test_another_instance_type_takes_the_autoscaling_away_for_the_update(tmp_path: Path, calls: list[Call]) -> None:
    deploy(job_file(tmp_path, autoscaling={"max": 4}))
    calls.clear()
    assert deploy(job_file(tmp_path, autoscaling={"max": 4}, instance_type="ml.m5.xlarge")) == 0
    made = [call.operation for call in calls]
    assert made.index("DeregisterScalableTarget") < made.index("UpdateEndpoint")
    assert made.index("UpdateEndpoint") < made.index("RegisterScalableTarget")


def test_autoscaling_that_the_description_no_longer_has_is_removed(tmp_path: Path) -> None:
    deploy(job_file(tmp_path, autoscaling={"max": 4}))
    assert deploy(job_file(tmp_path)) == 0
    scaling = boto3.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []


@pytest.mark.parametrize("operation", ["create_endpoint_config", "create_endpoint"])
def test_what_was_made_before_a_refused_call_is_removed_again(
    tmp_path: Path, operation: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(monkeypatch, operation, "The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances")
    assert deploy(job_file(tmp_path)) == 1
    assert "quota exceeded: ml.m5.large for endpoint usage is 0 Instances" in capsys.readouterr().err
    assert left() == ([], [], [])


def test_what_cannot_be_removed_is_named_with_the_way_to_do_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(monkeypatch, "create_endpoint", "The account-level service limit 'x' is 0 Instances")
    refuse(monkeypatch, "delete_model", "not now")
    assert deploy(job_file(tmp_path)) == 1
    [model] = backend()._models
    told = capsys.readouterr().err
    assert f"model {model} is left" in told
    assert f"aws sagemaker delete-model --model-name {model} --region eu-west-1" in told


def test_an_endpoint_that_failed_before_is_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = job_file(tmp_path)
    deploy(job, "--no-wait")
    failing(PING)(backend().endpoints["bikes"])
    assert deploy(job) == 0
    assert "it is removed and made again" in capsys.readouterr().out
    assert backend().endpoints["bikes"].endpoint_status == "InService"


def test_an_endpoint_of_something_else_is_not_touched(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(job_file(tmp_path))
    calls.clear()
    assert deploy(job_file(tmp_path, {"name": "others"}, name="bikes")) == 1
    assert "belongs to the job description bikes" in capsys.readouterr().err
    assert not any(call.operation.startswith(("Create", "Update", "Delete")) for call in calls)


def test_an_endpoint_with_instances_cannot_become_serverless(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(job_file(tmp_path))
    calls.clear()
    assert deploy(job_file(tmp_path, serverless={})) == 1
    assert "cannot become serverless" in capsys.readouterr().err
    assert "CreateModel" not in [call.operation for call in calls]


def test_what_is_missing_is_named_at_once_before_anything_is_made(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    captured = {"output": "s3://no-such-bucket/captured/"}
    job = job_file(tmp_path, alarms=["too-many-errors"], data_capture=captured)
    assert deploy(job, "--model", MODEL.replace("/old/", "/lost/")) == 1
    told = capsys.readouterr().err
    assert "there is nothing at s3://my-bucket/models/lost/output/model.tar.gz" in told
    assert "endpoint.data_capture.output: there is no bucket no-such-bucket" in told
    assert "there is no alarm too-many-errors in eu-west-1" in told
    assert not any(call.operation.startswith("Create") for call in calls)


def refuse(monkeypatch: pytest.MonkeyPatch, operation: str, message: str) -> None:
    """moto answers an operation as the service does when a quota is reached."""

    def refused(backend: SageMakerModelBackend, **request: Any) -> None:
        raise LimitExceeded(message)

    monkeypatch.setattr(SageMakerModelBackend, operation, refused)
