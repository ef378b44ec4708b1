"""``python -m launch tune``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from launch.__main__ import main
from tests.launch.account import backend, described, furnish, tell
from tests.launch.conftest import Call
from tests.launch.policies import check_policy, unused


@pytest.fixture(autouse=True)
def job(aws: str, tmp_path: Path) -> Path:
    furnish()
    return described(tmp_path)


def tune(job: Path, *options: str) -> int:
    return main(["tune", str(job), "--interval", "0", *options])


def goes_on(status: str, best: str = "", **counters: int) -> Any:
    """A tuning job has so many training jobs in each state."""

    def step(job: Any) -> None:
        job.hyper_parameter_tuning_job_status = status
        job.training_job_status_counters = counters
        metric = {"MetricName": "validation:rmse", "Value": 0.25, "Type": "Minimize"}
        tuned = {"eta": "0.125"}
        found = {"TrainingJobName": best, "TrainingJobArn": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/x"}
        found |= {"CreationTime": job.creation_time, "TrainingJobStatus": "Completed", "TunedHyperParameters": tuned}
        found["FinalHyperParameterTuningJobObjectiveMetric"] = metric
        job.best_training_job = found if best else None

    return step


def test_a_dry_run_prints_the_request_that_would_be_sent(
    job: Path, calls: list[Call], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tune(job, "--dry-run") == 0
    printed = json.loads(capsys.readouterr().out)
    tune(job, "--no-wait")
    assert printed == next(call.request for call in calls if call.operation == "CreateHyperParameterTuningJob")


def test_counts_are_told_when_they_change_and_the_best_job_at_the_end(
    job: Path, calls: list[Call], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["train", str(job), "--no-wait"])
    best = next(iter(backend().training_jobs))
    running = goes_on("InProgress", InProgress=2)
    story = [running, running, goes_on("InProgress", best, Completed=1, InProgress=1)]
    tell(
        monkeypatch,
        "hyper_parameter_tuning_jobs",
        [*story, goes_on("Completed", best, Completed=9, NonRetryableError=1)],
    )
    assert tune(job) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith(("  InProgress", "  Completed"))] == [
        "  InProgress: 2 in progress",
        "  InProgress: 1 completed, 1 in progress; best validation:rmse 0.25",
        "  Completed: 9 completed, 1 failed; best validation:rmse 0.25",
    ]
    assert f"  best     {best}: validation:rmse 0.25" in said
    assert any(line.split() == ["eta", "0.125"] for line in said)
    assert f"  model    s3://my-bucket/models/{best}/output/model.tar.gz" in said


def test_a_tuning_job_in_which_nothing_succeeded_ends_with_reason_and_cure(
    job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "No objective metrics found after running 5 training jobs."

    def fails(job: Any) -> None:
        goes_on("Failed", NonRetryableError=5)(job)
        job.failure_reason = reason

    tell(monkeypatch, "hyper_parameter_tuning_jobs", [fails])
    assert tune(job) == 1
    errors = capsys.readouterr().err
    assert reason in errors
    assert "check `tuning.metric`" in errors


def test_further_runs_get_numbers_within_the_32_characters_of_the_name(tmp_path: Path) -> None:
    job = described(tmp_path, "name: seoul-bike", "name: rented-bicycles-of-seoul-by-the-hour")
    assert tune(job, "--no-wait") == 0
    assert tune(job, "--no-wait", "--new") == 0
    assert tune(job, "--no-wait", "--new") == 0
    first, second, third = backend().hyper_parameter_tuning_jobs
    assert max(map(len, (first, second, third))) <= 32
    assert second.endswith(f"{first.rpartition('-')[2]}-2")
    assert third.endswith(f"{first.rpartition('-')[2]}-3")


def test_without_a_part_tuning_nothing_is_called(
    tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    without = "tuning:\n  metric: validation:rmse\n  ranges: {eta: {from: 0.01, to: 0.5, scale: log}}\n"
    assert tune(described(tmp_path, without)) == 2
    assert "has no part `tuning`" in capsys.readouterr().err
    assert calls == []


def test_the_policy_of_tune_allows_its_calls_and_nothing_else(
    tmp_path: Path, calls: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = described(tmp_path, "\nchannels:", "\nkeys: {volume: 1234abcd}\nchannels:")
    main(["train", str(job), "--no-wait"])
    best = next(iter(backend().training_jobs))
    calls.clear()
    tell(monkeypatch, "hyper_parameter_tuning_jobs", [goes_on("Completed", best, Completed=1)])
    assert tune(job) == 0
    check_policy("tune", calls)
    assert unused("tune", calls) == set()
