"""``python -m launch transform``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from moto.sagemaker.exceptions import SagemakerClientError

from launch.__main__ import main
from tests.launch.account import Log, Step, backend, described, furnish, tell
from tests.launch.conftest import Call
from tests.launch.policies import check_policy, unused

MODEL = "s3://my-bucket/models/old/output/model.tar.gz"


@pytest.fixture(autouse=True)
def job(aws: str, tmp_path: Path) -> Path:
    furnish()
    return described(tmp_path)


def transform(job: Path, *options: str) -> int:
    return main(["transform", str(job), "--interval", "0", *options])


def goes_on(status: str, **others: str) -> Step:
    def step(job: Any) -> None:
        job.transform_job_status = status
        vars(job).update(others)

    return step


def of(calls: list[Call], operation: str) -> Any:
    return next(call.request for call in calls if call.operation == operation)


def test_a_dry_run_prints_both_requests(job: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]) -> None:
    assert transform(job, "--dry-run", "--model", MODEL) == 0
    printed = json.loads(capsys.readouterr().out)
    transform(job, "--model", MODEL)
    assert printed == {operation: of(calls, operation) for operation in ("CreateModel", "CreateTransformJob")}


def test_the_model_is_made_for_the_job_and_removed_after_it(
    job: Path, calls: list[Call], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(monkeypatch, "transform_jobs", [goes_on("InProgress"), goes_on("Completed")])
    assert transform(job, "--model", MODEL) == 0
    assert of(calls, "CreateModel")["PrimaryContainer"]["ModelDataUrl"] == MODEL
    assert of(calls, "CreateTransformJob")["ModelName"] == of(calls, "CreateModel")["ModelName"]
    assert not backend()._models
    assert "output   s3://my-bucket/seoul-bike/predicted/" in capsys.readouterr().out


def test_the_newest_completed_training_of_the_description_is_taken(
    job: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = ["train", str(job), "--no-wait", "--new"]
    assert [main(train), main(train), main(train)] == [0, 0, 0]
    _, second, third = backend().training_jobs.values()
    third.training_job_status = "InProgress"
    (tmp_path / "other").mkdir()
    main(["train", str(described(tmp_path / "other", "name: seoul-bike", "name: seoul-bike-two")), "--no-wait"])
    capsys.readouterr()
    assert transform(job, "--dry-run") == 0
    printed = json.loads(capsys.readouterr().out)
    made = f"s3://my-bucket/models/{second.training_job_name}/output/model.tar.gz"
    assert printed["CreateModel"]["PrimaryContainer"]["ModelDataUrl"] == made


def test_of_a_newer_tuning_job_the_best_model_is_taken(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["train", str(job), "--no-wait"])
    main(["train", str(job), "--no-wait", "--new"])
    main(["tune", str(job), "--no-wait"])
    best, _ = backend().training_jobs
    next(iter(backend().hyper_parameter_tuning_jobs.values())).best_training_job |= {"TrainingJobName": best}
    capsys.readouterr()
    assert transform(job, "--dry-run") == 0
    assert f"/{best}/output/" in capsys.readouterr().out


def test_without_a_model_it_says_what_to_do(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert transform(job) == 2
    assert "there is no model of seoul-bike in eu-west-1" in capsys.readouterr().err


def test_a_failed_job_ends_with_reason_and_cure_and_its_model_is_removed(
    job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "AlgorithmError: Model container failed to respond to ping"
    tell(monkeypatch, "transform_jobs", [goes_on("Failed", failure_reason=reason)])
    assert transform(job, "--model", MODEL) == 1
    assert "its log says why" in capsys.readouterr().err
    assert not backend()._models


def test_where_the_job_is_refused_no_model_is_left(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backend().transform_jobs = Full()
    assert transform(job, "--model", MODEL) == 1
    assert "quota exceeded: ml.m5.xlarge for transform job usage is 0 Instances" in capsys.readouterr().err
    assert not backend()._models


class Full(dict[str, Any]):
    """No room for another job."""

    def __setitem__(self, name: str, job: Any) -> None:
        quota = "The account-level service limit 'ml.m5.xlarge for transform job usage' is 0 Instances, with current"
        raise SagemakerClientError("ResourceLimitExceeded", f"{quota} utilization of 0 Instances.")


def test_left_early_the_model_stays_and_is_named_and_the_same_command_removes_it(
    job: Path, calls: list[Call], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert transform(job, "--model", MODEL, "--no-wait") == 0
    name = of(calls, "CreateModel")["ModelName"]
    assert f"the model {name} stays" in capsys.readouterr().err
    assert list(backend()._models) == [name]
    tell(monkeypatch, "transform_jobs", [goes_on("Completed")])
    assert transform(job, "--model", MODEL) == 0
    assert not backend()._models
    assert len(backend().transform_jobs) == 1


def test_the_log_of_the_container_is_shown(
    job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def writes(job: Any) -> None:
        goes_on("InProgress")(job)
        log = Log("/aws/sagemaker/TransformJobs")
        log.write(f"{job.transform_job_name}/i-0abc-1700000000", "GET /ping 200")
        log.write(f"{job.transform_job_name}/i-0abc-1700000000/data-log", "MaxConcurrentTransforms=1")

    tell(monkeypatch, "transform_jobs", [writes, goes_on("Completed")])
    assert transform(job, "--model", MODEL) == 0
    said = capsys.readouterr().out
    assert "GET /ping 200" in said
    assert "MaxConcurrentTransforms=1" in said


def test_the_policy_of_transform_allows_its_calls_and_nothing_else(
    tmp_path: Path, calls: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = described(tmp_path, "\nchannels:", "\nkeys: {volume: 1234abcd}\nchannels:")
    transform(job, "--model", MODEL, "--no-wait")
    name = next(iter(backend().transform_jobs))
    Log("/aws/sagemaker/TransformJobs").write(f"{name}/i-0abc-1700000000", "GET /ping 200")
    tell(monkeypatch, "transform_jobs", [goes_on("InProgress"), goes_on("Completed")])
    next(iter(backend().transform_jobs.values())).transform_job_status = "InProgress"
    assert transform(job, "--model", MODEL) == 0
    long = described(tmp_path, "name: seoul-bike", "name: rented-bicycles-of-seoul-by-the-hour")
    assert main(["tune", str(long), "--no-wait"]) == 0
    finding = len(calls)
    transform(long, "--dry-run")
    looking = [call for call in calls[:finding] if call.operation != "CreateHyperParameterTuningJob"] + calls[finding:]
    check_policy("transform", looking)
    assert unused("transform", looking) == set()


def test_a_model_that_is_no_archive_in_s3_is_refused_before_any_call(
    job: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert transform(job, "--model", "model.tar.gz") == 2
    assert "--model model.tar.gz" in capsys.readouterr().err
    assert calls == []
