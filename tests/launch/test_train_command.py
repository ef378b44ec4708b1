"""``python -m launch train``: what is sent, what is found again, what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from launch.__main__ import main
from tests.launch.account import BUCKET, IMAGE, ROLE, Log, backend, described, furnish, tell, training
from tests.launch.conftest import ACCOUNT, Call
from tests.launch.policies import check_policy, unused


@pytest.fixture(autouse=True)
def job(aws: str, tmp_path: Path) -> Path:
    furnish()
    return described(tmp_path)


def train(job: Path, *options: str) -> int:
    return main(["train", str(job), "--interval", "0", *options])


def operations(calls: list[Call]) -> list[str]:
    return [call.operation for call in calls]


def test_a_dry_run_prints_the_request_that_would_be_sent_and_sends_none(
    job: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(job, "--dry-run") == 0
    assert operations(calls) == ["GetCallerIdentity"]
    printed = json.loads(capsys.readouterr().out)
    assert train(job) == 0
    assert printed == next(call.request for call in calls if call.operation == "CreateTrainingJob")


def test_with_the_roles_arn_a_dry_run_needs_neither_credentials_nor_network(
    tmp_path: Path, calls: list[Call], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    job = described(tmp_path, f"role: {ROLE}", f"role: arn:aws:iam::{ACCOUNT}:role/{ROLE}")
    assert train(job, "--dry-run") == 0
    assert json.loads(capsys.readouterr().out)["AlgorithmSpecification"]["TrainingImage"] == IMAGE
    assert calls == []


def test_the_job_that_is_described_is_created_and_its_result_told(
    job: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(job) == 0
    request = next(call.request for call in calls if call.operation == "CreateTrainingJob")
    name = request["TrainingJobName"]
    assert request["AlgorithmSpecification"]["TrainingImage"] == IMAGE
    assert request["RoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
    assert request["HyperParameters"] == {"objective": "reg:squarederror", "num_round": "200"}
    said = capsys.readouterr().out
    assert f"training job {name} is started" in said
    assert f"https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/jobs/{name}" in said
    assert f"/aws/sagemaker/TrainingJobs, streams {name}/" in said
    assert f"model    s3://{BUCKET}/models/{name}/output/model.tar.gz" in said
    assert "train:progress  100" in said


def test_the_same_request_again_shows_the_result_that_is_there(
    job: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    train(job)
    assert train(job) == 0
    assert operations(calls).count("CreateTrainingJob") == 1
    assert "has done the same before; --new runs it again" in capsys.readouterr().out


def test_another_run_of_the_same_request_gets_the_next_number(job: Path) -> None:
    train(job)
    assert train(job, "--new") == 0
    assert train(job, "--new") == 0
    first, *others = backend().training_jobs
    assert others == [f"{first}-2", f"{first}-3"]


def test_a_job_that_runs_is_followed_and_not_started_twice(
    job: Path, calls: list[Call], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    train(job, "--no-wait")
    training("Training")(next(iter(backend().training_jobs.values())))
    tell(monkeypatch, "training_jobs", [training("Training"), training("Completed")])
    assert train(job) == 0
    assert operations(calls).count("CreateTrainingJob") == 1
    assert "is there already, from the same request" in capsys.readouterr().out


@pytest.mark.parametrize("ending", ["Failed", "Stopped"])
def test_after_a_run_that_did_not_end_well_the_same_request_is_a_new_attempt(job: Path, ending: str) -> None:
    train(job, "--no-wait")
    training(ending)(next(iter(backend().training_jobs.values())))
    assert train(job) == 0
    first, second = backend().training_jobs
    assert second == f"{first}-2"


def test_progress_and_log_are_told_as_they_come_each_once(
    job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log: list[Log] = []

    def begins(job: Any) -> None:
        training("Downloading", "Downloading the training image")(job)

    def learns(job: Any) -> None:
        training("Training", "Training in progress")(job)
        log.append(Log("/aws/sagemaker/TrainingJobs"))
        log[0].write(f"{job.training_job_name}/algo-1-1700000000", "round 0", "round 0", "round 1")

    def ends(job: Any) -> None:
        log[0].write(f"{job.training_job_name}/algo-1-1700000000", "the last line")
        training("Completed", training_time_in_seconds=312, billable_time_in_seconds=94)(job)
        job.enable_managed_spot_training = True

    tell(monkeypatch, "training_jobs", [begins, learns, training("Training"), ends])
    assert train(job) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith("  | ")] == [
        "  | round 0",
        "  | round 0",
        "  | round 1",
        "  | the last line",
    ]
    assert sum("Downloading the training image" in line for line in said) == 1
    assert sum("Training in progress" in line for line in said) == 1
    assert "  time     312 s trained, 94 s billed, 70 % saved by spot" in said


def test_a_failed_job_ends_with_its_reason_and_the_cure(
    job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "AlgorithmError: ClientError: hyperparameter eta: 7 is above 1, exit code: 2"
    tell(monkeypatch, "training_jobs", [training("Training"), training("Failed", failure_reason=reason)])
    assert train(job) == 1
    errors = capsys.readouterr().err
    assert f"reason  {reason}" in errors
    assert "remedy  mend `hyperparameters` in the job description" in errors


def test_a_job_that_took_too_long_says_so_and_which_model_is_kept(
    job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(monkeypatch, "training_jobs", [training("MaxRuntimeExceeded")])
    assert train(job) == 1
    errors = capsys.readouterr().err
    assert "raise `training.max_runtime`" in errors
    assert f"model   s3://{BUCKET}/models/" in errors


def test_ctrl_c_leaves_the_job_running_and_says_how_to_stop_it(
    job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    tell(monkeypatch, "training_jobs", [training("Training")] * 2)
    assert train(job) == 130
    name = next(iter(backend().training_jobs))
    assert (
        f"goes on without us; to stop it: aws sagemaker stop-training-job --training-job-name {name} --region eu-west-1"
        in capsys.readouterr().err
    )


def test_the_policy_of_train_allows_its_calls_and_nothing_else(
    tmp_path: Path, calls: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    def writes(job: Any) -> None:
        Log("/aws/sagemaker/TrainingJobs").write(f"{job.training_job_name}/algo-1-1700000000", "round 0")

    tell(monkeypatch, "training_jobs", [writes])
    assert train(described(tmp_path, "\nchannels:", "\nkeys: {volume: 1234abcd}\nchannels:")) == 0
    check_policy("train", calls)
    assert unused("train", calls) == set()
