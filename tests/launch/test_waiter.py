"""Following survives what passes; what does not pass ends it, and the job goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from launch.__main__ import main
from launch.requests.names import again, made_from, named, run_number
from tests.launch.account import backend, described, furnish, tell, training
from tests.launch.refusals import Front, Refusal


@pytest.fixture
def front(front: Front) -> Front:
    furnish()
    return front


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return described(tmp_path)


def train(job: Path) -> int:
    return main(["train", str(job), "--interval", "0"])


def test_throttling_and_faults_of_the_service_only_delay_it(
    front: Front, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    front.refusals["DescribeTrainingJob"] = Refusal("ThrottlingException", "Rate exceeded", times=3)
    assert train(job) == 0
    assert capsys.readouterr().err.count("AWS wants fewer calls") == 3


def test_a_service_that_never_answers_again_ends_it(
    front: Front, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    front.refusals["DescribeTrainingJob"] = Refusal("InternalFailure", "-", 500)
    assert train(job) == 1
    assert "goes on without us; to stop it: aws sagemaker stop-training-job" in capsys.readouterr().err


def test_credentials_that_expire_in_between_end_it_and_the_same_command_follows_on(
    front: Front, job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    front.refusals["DescribeTrainingJob"] = Refusal("ExpiredTokenException", "The security token is expired", 400, 1)
    assert train(job) == 1
    errors = capsys.readouterr().err
    assert "the credentials have expired" in errors
    assert "goes on without us" in errors
    training("Training")(next(iter(backend().training_jobs.values())))
    tell(monkeypatch, "training_jobs", [training("Completed")])
    assert train(job) == 0
    assert len(backend().training_jobs) == 1


def test_the_same_request_sent_by_somebody_else_in_between_is_followed(
    front: Front, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(job) == 0
    front.refusals["CreateTrainingJob"] = Refusal("ResourceInUse", "a training job with this name already exists")
    kept = backend().list_training_jobs
    answers = iter([{"TrainingJobSummaries": []}])
    backend().list_training_jobs = lambda **request: next(answers, None) or kept(**request)
    assert train(job) == 0
    assert "is there already" in capsys.readouterr().out


NAMES = [
    ("seoul-bike", 63),
    ("a-name-of-forty-characters-in-all-exactly", 63),
    ("rented-bicycles-of-seoul-by-hour", 32),
]


@pytest.mark.parametrize(("prefix", "limit"), NAMES)
def test_names_of_further_runs_are_known_again(prefix: str, limit: int) -> None:
    first = named(prefix, {"a": 1}, limit)
    for number in (1, 2, 10, 999):
        name = again(first, number, limit)
        assert len(name) <= limit
        assert run_number(name, first) == number
        assert made_from(prefix, name, limit)


@pytest.mark.parametrize("time", ["2026-11-23-18-54-31-123", "20261123185431", "261123-1854"])
def test_names_that_the_sdks_make_of_a_description_are_known(time: str) -> None:
    assert made_from("seoul-bike", f"seoul-bike-{time}")
    assert not made_from("seoul-bike", f"seoul-bike-two-{time}")
    assert not made_from("seoul-bike", f"seoul-bike-{time}-001-0123abcd")


def test_names_of_other_requests_and_descriptions_are_not_taken_for_ours() -> None:
    first = named("seoul-bike", {"a": 1})
    assert run_number(named("seoul-bike", {"a": 2}), first) == 0
    assert run_number(f"{first}-001-0123abcd", first) == 0
    assert not made_from("seoul-bike", named("seoul-bike-two", {"a": 1}))
    assert not made_from("seoul-bike", f"{first}-001-0123abcd")
    assert not made_from("seoul-bike", "seoul-bike")
