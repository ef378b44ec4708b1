"""Options and surroundings that cannot be meant: one clear line before anything is started."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from moto.backends import get_backend

from launch.__main__ import main
from tests.launch.account import backend, described, furnish
from tests.launch.conftest import ACCOUNT, REGION
from tests.launch.hosting_jobs import MODEL, job_file


@pytest.mark.parametrize("verb", ["train", "tune", "transform", "deploy", "retrain", "delete"])
@pytest.mark.parametrize("interval", ["-1", "nan", "inf", "often"])
def test_an_interval_that_nobody_can_wait_is_a_wrong_command(
    tmp_path: Path, verb: str, interval: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main([verb, str(described(tmp_path)), "--interval", interval])
    assert left.value.code == 2
    assert "--interval: " in capsys.readouterr().err


def test_what_the_endpoint_of_a_retraining_lacks_is_found_before_training_is_paid(
    aws: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    furnish()
    captured = {"output": "s3://no-such-bucket/captured/"}
    assert main(["retrain", str(job_file(tmp_path, alarms=["too-many-errors"], data_capture=captured))]) == 1
    told = capsys.readouterr().err
    assert "there is no alarm too-many-errors in eu-west-1" in told
    assert "endpoint.data_capture.output: there is no bucket no-such-bucket" in told
    assert not backend().training_jobs


def test_an_alarm_made_of_others_is_not_called_missing(
    aws: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    furnish()
    job = job_file(tmp_path, alarms=["all-is-wrong"])
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName="all-is-wrong", MetricName="x", Namespace="x", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    get_backend("cloudwatch")[ACCOUNT][REGION].alarms["all-is-wrong"].rule = "TRUE"  # moto cannot make one
    assert main(["deploy", str(job), "--model", MODEL, "--interval", "0"]) == 0
    capsys.readouterr()
    assert main(["status", str(job)]) == 0
    [alarm] = [line.split() for line in capsys.readouterr().out.splitlines() if "all-is-wrong" in line]
    assert "missing" not in alarm


def test_a_setting_of_the_environment_that_botocore_cannot_read_is_told_in_one_line(
    aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    furnish()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    assert main(["train", str(described(tmp_path))]) == 1
    told = capsys.readouterr().err
    assert "nonsense; check AWS_ENDPOINT_URL" in told
    assert len(told.splitlines()) == 1
    assert not backend().training_jobs
