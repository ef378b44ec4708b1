"""``python -m launch retrain``: new data, a new model, and the endpoint only gets it if it is better."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from launch.__main__ import main
from tests.launch.account import BUCKET, backend, furnish, training
from tests.launch.conftest import Call
from tests.launch.hosting_jobs import job_file
from tests.launch.moto_endpoints import failing


@pytest.fixture(autouse=True)
def account(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish()
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", "http://127.0.0.1:9")


def with_metrics(monkeypatch: pytest.MonkeyPatch, rmses: list[float], metric: str = "validation:rmse") -> None:
    """Training jobs end with these values, one after the other, and leave their models."""
    create, values = backend().__class__.create_training_job, iter(rmses)

    def created(kept: Any, **request: Any) -> Any:
        job = create(kept, **request)
        value = next(values)
        job.final_metric_data_list = [
            {"MetricName": metric, "Value": value, "Timestamp": 0},
            {"MetricName": "train:rmse", "Value": value / 2, "Timestamp": 0},
        ]
        uploaded()
        return job

    monkeypatch.setattr(backend().__class__, "create_training_job", created)


def uploaded() -> None:
    """The models of all training jobs lie in S3."""
    for job in backend().training_jobs.values():
        address = job.model_artifacts["S3ModelArtifacts"].removeprefix(f"s3://{BUCKET}/")
        boto3.client("s3").put_object(Bucket=BUCKET, Key=address, Body=b"")


def retrain(job: Path, *options: str) -> int:
    return main(["retrain", str(job), "--interval", "0", *options])


def served() -> str:
    """The training job whose model serves."""
    client = boto3.client("sagemaker")
    config = client.describe_endpoint(EndpointName="bikes")["EndpointConfigName"]
    model = client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]["ModelName"]
    address: str = client.describe_model(ModelName=model)["PrimaryContainer"]["ModelDataUrl"]
    return address.split("/")[-3]


def test_without_an_endpoint_the_first_model_is_deployed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_metrics(monkeypatch, [10.0])
    assert retrain(job_file(tmp_path)) == 0
    assert "there is no endpoint bikes yet" in capsys.readouterr().out
    assert served() == next(iter(backend().training_jobs))


def test_a_better_model_takes_the_endpoint_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_metrics(monkeypatch, [10.0, 9.0])
    job = job_file(tmp_path)
    retrain(job)
    assert retrain(job) == 0
    first, second = backend().training_jobs
    assert second == f"{first}-2"
    assert served() == second
    said = capsys.readouterr().out
    assert "  validation:rmse  10   9\n" in said
    assert "  train:rmse       5    4.5\n" in said
    assert "better: validation:rmse 10 → 9 (minimize); the endpoint bikes is updated" in said


def test_a_worse_model_is_kept_and_the_endpoint_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    with_metrics(monkeypatch, [10.0, 11.0])
    job = job_file(tmp_path)
    retrain(job)
    calls.clear()
    assert retrain(job) == 0
    first, second = backend().training_jobs
    assert served() == first
    assert not {"UpdateEndpoint", "CreateModel"} & {call.operation for call in calls}
    said = capsys.readouterr().out
    assert "not better: validation:rmse 10 → 11 (minimize); the endpoint bikes stays as it is" in said
    assert f"the new model is kept: s3://{BUCKET}/models/{second}/output/model.tar.gz" in said


def test_deploy_does_not_host_by_itself_what_retrain_has_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_metrics(monkeypatch, [10.0, 11.0])
    job = job_file(tmp_path)
    retrain(job)
    retrain(job)
    assert main(["deploy", str(job), "--interval", "0"]) == 0
    assert "nothing is to be done" in capsys.readouterr().out
    assert served() == next(iter(backend().training_jobs))


def test_a_model_that_is_better_by_too_little_is_not_deployed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_metrics(monkeypatch, [10.0, 9.5])
    job = job_file(tmp_path)
    retrain(job)
    assert retrain(job, "--min-improvement", "0.6") == 0
    assert served() == next(iter(backend().training_jobs))
    assert "not better by 0.6 or more: validation:rmse 10 → 9.5" in capsys.readouterr().out


def test_a_metric_that_the_algorithm_has_not_is_a_wrong_command_before_any_call(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert retrain(job_file(tmp_path), "--metric", "validation:rsme") == 2
    assert "validation:rmse" in capsys.readouterr().err
    assert calls == []


def test_a_model_that_serves_without_a_metric_to_compare_by_is_refused_before_it_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    with_metrics(monkeypatch, [10.0], "validation:mae")
    job = job_file(tmp_path)
    retrain(job)
    calls.clear()
    assert retrain(job, "--metric", "validation:rmse") == 1
    assert "has no validation:rmse to compare by; it has train:rmse, validation:mae" in capsys.readouterr().err
    assert "CreateTrainingJob" not in [call.operation for call in calls]


def test_another_address_of_the_validation_channel_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_metrics(monkeypatch, [10.0, 9.0])
    retrain(job_file(tmp_path))
    elsewhere = {name: {"s3": f"s3://{BUCKET}/seoul-bike/{name}/"} for name in ("train", "new")}
    channels = {"train": elsewhere["train"], "validation": elsewhere["new"]}
    assert retrain(job_file(tmp_path, {"channels": channels})) == 0
    told = capsys.readouterr().err
    assert "was measured on other data" in told
    assert f"was s3://{BUCKET}/seoul-bike/validation/, and is s3://{BUCKET}/seoul-bike/new/" in told


def test_what_tuning_has_found_for_the_model_that_serves_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[Call]
) -> None:
    with_metrics(monkeypatch, [10.0, 9.0])
    retrain(job_file(tmp_path, {"hyperparameters": {"objective": "reg:squarederror", "num_round": 20, "eta": 0.07}}))
    calls.clear()
    tuning = {"metric": "validation:rmse", "ranges": {"eta": {"from": 0.01, "to": 0.5}}}
    single = {"objective": "reg:squarederror", "num_round": 20, "learning_rate": 0.3}
    assert retrain(job_file(tmp_path, {"tuning": tuning, "hyperparameters": single})) == 0
    [request] = [call.request for call in calls if call.operation == "CreateTrainingJob"]
    assert request["HyperParameters"] == {"objective": "reg:squarederror", "num_round": "20", "eta": "0.07"}


def test_a_training_that_an_interrupted_retrain_has_begun_is_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[Call]
) -> None:
    with_metrics(monkeypatch, [10.0])
    job = job_file(tmp_path)
    main(["train", str(job), "--no-wait"])
    running = next(iter(backend().training_jobs.values()))
    training("Training")(running)
    steps = iter([training("Training"), training("Completed")])
    describe = type(backend()).describe_training_job

    def told(kept: Any, name: str) -> Any:
        next(steps, training("Completed"))(running)
        return describe(kept, name)

    monkeypatch.setattr(type(backend()), "describe_training_job", told)
    assert retrain(job) == 0
    assert [call.operation for call in calls].count("CreateTrainingJob") == 1


def test_alarms_of_the_description_guard_the_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    with_metrics(monkeypatch, [10.0, 9.0])
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors", "Statistic": "Sum", "Threshold": 1.0}
    when = {"Period": 60, "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}
    boto3.client("cloudwatch").put_metric_alarm(AlarmName="too-many-errors", **metric, **when)
    job = job_file(tmp_path, alarms=["too-many-errors"])
    retrain(job)
    backend().endpoint_ending = failing("too-many-errors is in ALARM")
    assert retrain(job) == 1
    [update] = [call.request for call in calls if call.operation == "UpdateEndpoint"]
    alarms = update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert alarms == [{"AlarmName": "too-many-errors"}]
    assert "the old model serves on: too-many-errors is in ALARM" in capsys.readouterr().err
    assert served() == next(iter(backend().training_jobs))


def test_a_dry_run_prints_the_training_request_and_starts_nothing(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert retrain(job_file(tmp_path), "--dry-run") == 0
    assert json.loads(capsys.readouterr().out)["CreateTrainingJob"]["TrainingJobName"].startswith("bikes-")
    assert not any(call.operation.startswith("Create") for call in calls)


def test_a_multi_model_endpoint_is_not_retrained(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert retrain(job_file(tmp_path, multi_model={"models": f"s3://{BUCKET}/all/"})) == 2
    assert "copy the archive there" in capsys.readouterr().err
    assert calls == []
