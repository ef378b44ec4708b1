"""``python -m launch delete``: nothing of an endpoint is left, and nothing else is touched."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import boto3
import pytest

from launch.__main__ import main
from tests.launch.account import BUCKET, backend, furnish
from tests.launch.conftest import Call
from tests.launch.hosting_jobs import MODEL, job_file


@pytest.fixture(autouse=True)
def account(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish()
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", "http://127.0.0.1:9")


def launch(verb: str, job: Path, *options: str) -> int:
    return main([verb, str(job), "--interval", "0", *options])


def deployed(job: Path) -> Path:
    assert launch("deploy", job, "--model", MODEL) == 0
    return job


def changing(calls: list[Call]) -> list[str]:
    return [one.operation for one in calls if one.operation.startswith(("Delete", "Deregister", "Create", "Put"))]


def test_endpoint_configuration_model_and_autoscaling_go(tmp_path: Path, calls: list[Call]) -> None:
    answers = {"output": f"s3://{BUCKET}/answers/"}
    job = deployed(job_file(tmp_path, asynchronous=answers, autoscaling={"min": 0, "max": 2}))
    assert launch("delete", job, "--yes") == 0
    kept = backend()
    assert (kept.endpoints, kept.endpoint_configs, kept._models) == ({}, {}, {})
    scaling = boto3.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    assert boto3.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_deleting_twice_says_that_there_is_nothing_and_is_no_failure(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    job = deployed(job_file(tmp_path))
    launch("delete", job, "--yes")
    calls.clear()
    assert launch("delete", job, "--yes") == 0
    assert "there is nothing of the endpoint bikes in eu-west-1" in capsys.readouterr().out
    assert changing(calls) == []


def test_it_says_before_what_it_will_delete_and_what_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = deployed(job_file(tmp_path, data_capture={"output": f"s3://{BUCKET}/captured/"}, autoscaling={"max": 3}))
    [model], [config] = backend()._models, backend().endpoint_configs
    capsys.readouterr()
    launch("delete", job, "--yes")
    said = capsys.readouterr().out
    told = ["endpoint bikes", "scaling policy bikes-load", f"configuration {config}", f"model {model}"]
    assert said.startswith("to be deleted in eu-west-1:\n  endpoint bikes\n")
    assert all(f"  {thing}\n" in said.partition("deleted\n")[0] for thing in told)
    assert f"captured requests stay in s3://{BUCKET}/captured/" in said
    assert "its log stays in CloudWatch, /aws/sagemaker/Endpoints/bikes" in said


def test_without_yes_and_without_anybody_to_ask_nothing_is_deleted(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    job = deployed(job_file(tmp_path))
    calls.clear()
    assert launch("delete", job) == 2
    assert "give --yes" in capsys.readouterr().err
    assert changing(calls) == []


def test_what_an_interrupted_deployment_has_left_goes_too(tmp_path: Path) -> None:
    job = deployed(job_file(tmp_path))
    del backend().endpoints["bikes"]
    assert launch("delete", job, "--yes") == 0
    assert (backend().endpoint_configs, backend()._models) == ({}, {})


def test_an_endpoint_that_is_on_its_way_is_deleted_when_it_has_arrived(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_file(tmp_path)
    launch("deploy", job, "--model", MODEL, "--no-wait")
    assert launch("delete", job, "--yes") == 0
    assert "the endpoint bikes is Creating; it can be deleted when that is over" in capsys.readouterr().out
    assert backend().endpoints == {}


def test_the_endpoint_of_another_description_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deployed(job_file(tmp_path))
    assert launch("delete", job_file(tmp_path, {"name": "others"}), "--endpoint", "bikes", "--yes") == 1
    assert "belongs to the job description bikes" in capsys.readouterr().err
    assert list(backend().endpoints) == ["bikes"]


def test_models_and_configurations_of_other_endpoints_stay(tmp_path: Path) -> None:
    deployed(job_file(tmp_path, name="bikes-2"))
    job = deployed(job_file(tmp_path))
    assert launch("delete", job, "--yes") == 0
    assert list(backend().endpoints) == ["bikes-2"]
    [config], [model] = backend().endpoint_configs, backend()._models
    assert config.startswith("bikes-2-")
    assert model.startswith("bikes-2-")


def test_an_alarm_of_somebody_else_stays_though_its_name_is_like_ours(tmp_path: Path) -> None:
    watch = boto3.client("cloudwatch")
    watch.put_metric_alarm(
        AlarmName="bikes-wake", MetricName="CPUUtilization", Namespace="AWS/EC2", Statistic="Average", Period=60,
        EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    job = deployed(job_file(tmp_path))
    assert launch("delete", job, "--yes") == 0
    assert [one["AlarmName"] for one in watch.describe_alarms()["MetricAlarms"]] == ["bikes-wake"]


def test_a_configuration_of_something_else_stays_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = deployed(job_file(tmp_path))
    variant = {"VariantName": "AllTraffic", "ModelName": next(iter(backend()._models)), "InitialVariantWeight": 1.0}
    boto3.client("sagemaker").create_endpoint_config(
        EndpointConfigName="shared", ProductionVariants=[variant | {"InstanceType": "ml.m5.large"}]
    )
    backend().endpoints["bikes"].endpoint_config_name = "shared"
    assert launch("delete", job, "--yes") == 0
    assert list(backend().endpoint_configs) == ["shared"]
    assert "configuration shared stays: it is not of this description" in capsys.readouterr().out


def test_an_end_of_input_instead_of_an_answer_deletes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = deployed(job_file(tmp_path))
    ours, theirs = pty.openpty()
    os.write(ours, b"\x04")  # Ctrl-D
    with os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        assert launch("delete", job) == 1
    os.close(ours)
    assert list(backend().endpoints) == ["bikes"]


def test_an_endpoint_that_the_description_had_before_is_named(tmp_path: Path) -> None:
    deployed(job_file(tmp_path, name="old-name"))
    assert launch("delete", job_file(tmp_path), "--endpoint", "old-name", "--yes") == 0
    assert backend().endpoints == {}
