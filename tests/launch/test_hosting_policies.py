"""The policies of deploy, delete and retrain allow what the commands call, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from launch.__main__ import main
from tests.launch.account import BUCKET, Log, backend, furnish
from tests.launch.conftest import Call
from tests.launch.hosting_jobs import MODEL, job_file, moved
from tests.launch.moto_endpoints import failing
from tests.launch.policies import check_policy, unused
from tests.launch.price_list import served
from tests.launch.test_retrain_command import uploaded, with_metrics

KEYS = {"keys": {"volume": "1234abcd-12ab-34cd-56ef-1234567890ab"}}


@pytest.fixture(autouse=True)
def account(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    furnish()
    with served() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", address)
        yield


def launch(verb: str, job: Path, *options: str) -> int:
    return main([verb, str(job), "--interval", "0", *options])


def test_the_policy_of_deploy_allows_its_calls_and_nothing_else(tmp_path: Path, calls: list[Call]) -> None:
    everything = {
        "asynchronous": {"output": f"s3://{BUCKET}/answers/"},
        "autoscaling": {"min": 0, "max": 2},
        "alarms": ["too-many-errors"],
    }
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors", "Statistic": "Sum", "Threshold": 1.0}
    when = {"Period": 60, "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}
    boto3.client("cloudwatch").put_metric_alarm(AlarmName="too-many-errors", **metric, **when)
    launch("train", job_file(tmp_path, KEYS, **everything))
    uploaded()
    calls.clear()
    job = job_file(tmp_path, KEYS, **everything)
    assert launch("deploy", job) == 0  # the newest model
    assert launch("deploy", job_file(tmp_path, KEYS, instance_type="ml.m5.xlarge"), "--model", MODEL) == 0
    backend().endpoint_ending = failing("no capacity")
    Log("/aws/sagemaker/Endpoints/bikes").write("AllTraffic/i-0123", "x")
    assert launch("deploy", job, "--model", moved(MODEL)) == 1
    failing("no capacity")(backend().endpoints["bikes"])
    backend().endpoints["bikes"].endpoint_status = "Failed"
    launch("deploy", job, "--model", MODEL)
    check_policy("deploy", calls)
    # of a tuning job's model, which ``newest_model`` also looks for
    assert unused("deploy", calls) == {"sagemaker:DescribeHyperParameterTuningJob"}


def test_the_policy_of_delete_allows_its_calls_and_nothing_else(tmp_path: Path, calls: list[Call]) -> None:
    answers = {"output": f"s3://{BUCKET}/answers/"}
    job = job_file(tmp_path, asynchronous=answers, autoscaling={"min": 0, "max": 2})
    launch("deploy", job, "--model", MODEL)
    calls.clear()
    assert launch("delete", job, "--yes") == 0
    check_policy("delete", calls)
    assert unused("delete", calls) == set()


def test_the_policy_of_retrain_allows_its_calls_and_nothing_else(
    tmp_path: Path, calls: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_metrics(monkeypatch, [10.0, 9.0, 11.0])
    Log("/aws/sagemaker/TrainingJobs")
    answers = {"output": f"s3://{BUCKET}/answers/"}
    scaled = job_file(tmp_path, KEYS, asynchronous=answers, autoscaling={"min": 0, "max": 2})
    assert launch("retrain", scaled) == 0
    assert launch("retrain", job_file(tmp_path, KEYS)) == 0
    assert launch("retrain", job_file(tmp_path, KEYS)) == 0
    check_policy("retrain", calls)
    assert unused("retrain", calls) <= {"logs:GetLogEvents", "sagemaker:DeleteEndpoint"}
