"""``python -m launch status``."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from launch.__main__ import main
from tests.launch.account import backend, described, furnish, training
from tests.launch.conftest import Call
from tests.launch.policies import check_policy, unused

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/open-algorithms/xgboost:0.1.0"


@pytest.fixture(autouse=True)
def job(aws: str, tmp_path: Path) -> Path:
    furnish()
    return described(tmp_path)


def rows(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def host(name: str) -> None:
    """An endpoint of that name, with its configuration and model."""
    sagemaker = boto3.client("sagemaker")
    model, config = f"{name}-0123456789", f"{name}-abcdef0123"
    sagemaker.create_model(
        ModelName=model, PrimaryContainer={"Image": IMAGE}, ExecutionRoleArn="arn:aws:iam::123456789012:role/r"
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 2,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)


def test_where_there_is_nothing_it_says_so(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", str(job)]) == 0
    assert capsys.readouterr().out == "there is nothing of seoul-bike in eu-west-1\n"


def test_everything_of_the_description_is_one_table(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    job = described(tmp_path, "instance_type: ml.m5.large", "instance_type: ml.m5.large, alarms: [too-slow, gone]")
    for verb in ("train", "tune"):
        main([verb, str(job), "--no-wait"])
    main(["train", str(job), "--no-wait", "--new"])
    main(["transform", str(job), "--no-wait", "--model", "s3://my-bucket/models/old/output/model.tar.gz"])
    host("seoul-bike")
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName="too-slow", MetricName="ModelLatency", Namespace="AWS/SageMaker", Statistic="Average", Period=60,
        EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    first, second = backend().training_jobs
    training("Failed", failure_reason="AlgorithmError: exit code: 137")(backend().training_jobs[second])
    capsys.readouterr()
    calls.clear()
    assert main(["status", str(job)]) == 0
    table = rows(capsys)
    assert ["training", "job", first, "Completed"] in [row[:4] for row in table]
    failed = next(row for row in table if second in row)
    assert "Failed" in failed
    assert "memory ran out" in " ".join(failed)
    assert ["endpoint", "seoul-bike", "Creating"] in [row[:3] for row in table]
    assert ["variant", "AllTraffic", "2", "instances"] in table
    assert any(row[:2] == ["alarm", "too-slow"] for row in table)
    assert ["alarm", "gone", "missing"] in [row[:3] for row in table]
    assert sum(row[0] == "model" for row in table) == 2
    assert any(row[:2] == ["tuning", "job"] for row in table)
    assert any(row[:2] == ["transform", "job"] for row in table)


def test_what_belongs_to_a_description_with_a_longer_name_is_not_shown(
    job: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other").mkdir()
    main(["train", str(described(tmp_path / "other", "name: seoul-bike", "name: seoul-bike-two")), "--no-wait"])
    host("seoul-bike-two")
    capsys.readouterr()
    assert main(["status", str(job)]) == 0
    assert capsys.readouterr().out == "there is nothing of seoul-bike in eu-west-1\n"


def test_the_policy_of_status_allows_its_calls_and_nothing_else(tmp_path: Path, calls: list[Call]) -> None:
    job = described(tmp_path, "name: seoul-bike", "name: rented-bicycles-of-seoul-by-the-hour")
    job.write_text(job.read_text().replace("ml.m5.large", "ml.m5.large, alarms: [too-slow]"))
    main(["tune", str(job), "--no-wait"])
    main(["train", str(job), "--no-wait"])
    host("rented-bicycles-of-seoul-by-the-hour")
    main(["transform", str(job), "--no-wait", "--model", "s3://my-bucket/models/old/output/model.tar.gz"])
    for failed in (*backend().transform_jobs.values(), *backend().hyper_parameter_tuning_jobs.values()):
        for member in ("transform_job_status", "hyper_parameter_tuning_job_status"):
            if hasattr(failed, member):
                setattr(failed, member, "Failed")
    calls.clear()
    assert main(["status", str(job)]) == 0
    check_policy("status", calls)
    assert unused("status", calls) == set()
