"""``python -m launch deploy``: a new endpoint, a new model behind one, and what is left when that fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from launch.__main__ import main
from tests.launch.account import BUCKET, backend, furnish
from tests.launch.conftest import Call
from tests.launch.hosting_jobs import MODEL, job_file, moved
from tests.launch.price_list import served


@pytest.fixture(autouse=True)
def account(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    furnish()
    with served() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", address)
        yield


def deploy(job: Path, *options: str) -> int:
    return main(["deploy", str(job), "--interval", "0", *options])


def sent(calls: list[Call], operation: str) -> dict[str, Any]:
    [request] = [dict(call.request) for call in calls if call.operation == operation]
    return request


def operations(calls: list[Call]) -> list[str]:
    changing = ("Create", "Update", "Delete", "Put", "Register", "Deregister")
    return [call.operation for call in calls if call.operation.startswith(changing)]


def test_model_configuration_and_endpoint_are_created_and_autoscaling_follows(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_file(tmp_path, autoscaling={"max": 4})
    assert deploy(job, "--model", MODEL) == 0
    assert operations(calls) == [
        "CreateModel",
        "CreateEndpointConfig",
        "CreateEndpoint",
        "RegisterScalableTarget",
        "PutScalingPolicy",
    ]
    model, config = sent(calls, "CreateModel"), sent(calls, "CreateEndpointConfig")
    assert model["PrimaryContainer"]["ModelDataUrl"] == MODEL
    assert config["ProductionVariants"][0]["ModelName"] == model["ModelName"]
    assert sent(calls, "CreateEndpoint")["EndpointConfigName"] == config["EndpointConfigName"]
    assert sent(calls, "CreateEndpoint")["EndpointName"] == "bikes"
    assert boto3.client("sagemaker").describe_endpoint(EndpointName="bikes")["EndpointStatus"] == "InService"
    said = capsys.readouterr().out
    assert "  Creating\n  InService\n" in said
    assert "invoke-endpoint --region eu-west-1 --endpoint-name bikes --content-type text/csv" in said


def test_the_same_deployment_again_changes_nothing(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_file(tmp_path)
    deploy(job, "--model", MODEL)
    calls.clear()
    assert deploy(job, "--model", MODEL) == 0
    assert operations(calls) == []
    assert "nothing is to be done" in capsys.readouterr().out


def test_a_new_model_is_put_behind_the_endpoint_that_is_there_and_the_old_one_goes(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_file(tmp_path)
    deploy(job, "--model", MODEL)
    [old] = backend()._models
    calls.clear()
    assert deploy(job, "--model", moved(MODEL)) == 0
    assert operations(calls) == [
        "CreateModel",
        "CreateEndpointConfig",
        "UpdateEndpoint",
        "DeleteEndpointConfig",
        "DeleteModel",
    ]
    [new] = backend()._models
    assert new != old
    [config] = backend().endpoint_configs
    assert boto3.client("sagemaker").describe_endpoint(EndpointName="bikes")["EndpointConfigName"] == config
    assert f"way back  deploy with --model {MODEL}" in capsys.readouterr().out


def test_a_dry_run_prints_all_requests_and_makes_nothing(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_file(tmp_path, autoscaling={"max": 4})
    assert deploy(job, "--model", MODEL, "--dry-run") == 0
    assert operations(calls) == []
    printed = json.loads(capsys.readouterr().out)
    deploy(job, "--model", MODEL)
    for operation in ("CreateModel", "CreateEndpointConfig", "CreateEndpoint", "RegisterScalableTarget"):
        assert printed[operation] == sent(calls, operation)
    assert printed["PutScalingPolicy"] == [sent(calls, "PutScalingPolicy")]


def test_without_a_model_the_newest_training_of_the_description_is_hosted(tmp_path: Path, calls: list[Call]) -> None:
    job = job_file(tmp_path)
    main(["train", str(job), "--interval", "0"])
    [name] = backend().training_jobs
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"models/{name}/output/model.tar.gz", Body=b"")
    assert deploy(job) == 0
    address = sent(calls, "CreateModel")["PrimaryContainer"]["ModelDataUrl"]
    assert address == f"s3://{BUCKET}/models/{name}/output/model.tar.gz"


def test_without_a_model_and_without_a_training_the_remedy_is_named(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(job_file(tmp_path)) == 2
    assert "python -m launch train" in capsys.readouterr().err
    assert operations(calls) == []


def test_the_cost_is_told_before_from_the_price_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = job_file(tmp_path, autoscaling={"max": 4})
    deploy(job, "--model", MODEL)
    told = capsys.readouterr().err
    assert f"cost: 2 × ml.m5.large run, and are paid, until `python -m launch delete {job}`" in told
    assert "0.23 USD an hour, 5.52 USD a day, 167.90 USD a month" in told
    assert "autoscaling keeps 2 to 4 of them; 4 cost 0.46 USD an hour" in told


def test_without_the_right_to_ask_for_prices_the_page_is_named(
    tmp_path: Path, aws: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", "http://127.0.0.1:9")
    assert deploy(job_file(tmp_path), "--model", MODEL) == 0
    assert "see https://aws.amazon.com/sagemaker/pricing/" in capsys.readouterr().err


def test_one_instance_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert deploy(job_file(tmp_path, instances=1), "--model", MODEL) == 0
    assert "2 are spread over two zones" in capsys.readouterr().err


def test_without_waiting_the_rest_is_done_by_the_next_run(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_file(tmp_path, autoscaling={"max": 4})
    assert deploy(job, "--model", MODEL, "--no-wait") == 0
    assert operations(calls)[-1] == "CreateEndpoint"
    assert "run when the endpoint is in service, adds the autoscaling" in capsys.readouterr().err
    calls.clear()
    assert deploy(job, "--model", MODEL) == 0
    assert operations(calls) == ["RegisterScalableTarget", "PutScalingPolicy"]


@pytest.mark.parametrize("address", ["model.tar.gz", "s3://my-bucket/model.zip"])
def test_a_model_that_is_no_archive_in_s3_is_a_wrong_command(tmp_path: Path, calls: list[Call], address: str) -> None:
    assert deploy(job_file(tmp_path), "--model", address) == 2
    assert calls == []


def test_a_description_without_an_endpoint_is_a_wrong_command(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(job_file(tmp_path, without_endpoint=True), "--model", MODEL) == 2
    assert "`endpoint: {}` takes the defaults" in capsys.readouterr().err
    assert calls == []
