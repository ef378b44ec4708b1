"""What is wrong with an image of this machine, or with the machine, is said before anything is made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from launch.__main__ import main
from launch.version import VERSION
from tests.launch import moto_iam
from tests.launch.conftest import Call
from tests.launch.policies import policy
from tests.launch.push import toys
from tests.launch.push.conftest import Engine

pytestmark = [pytest.mark.image, pytest.mark.usefixtures("aws")]

DESCRIPTION = """\
name: a-job
family: lightgbm
channels: {train: {s3: "s3://my-bucket/train/", content_type: text/csv}}
training: {instance_type: ml.p3.2xlarge, volume_gb: 1}
endpoint: {pipeline: {after: [{image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/b:1"}]}}
"""


def push(name: str, *options: str) -> int:
    return main(["push", "--family", "lightgbm", "--image", f"{name}:{VERSION}", *options])


def changing(calls: list[Call]) -> list[Call]:
    return [call for call in calls if call.operation.startswith(("Create", "Put"))]


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_made(
    name: str, engine: Engine, monkeypatch: pytest.MonkeyPatch, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    moto_iam.become(monkeypatch, *policy("push"), {"Effect": "Deny", "Action": "ecr:C*", "Resource": "*"})
    calls.clear()
    bad = {
        "Cmd": ["/bin/sh", "-c", "train"],
        "Env": ["ALGORITHM_FAMILY=xgboost", "PATH=/not/there:/bin"],
        "User": "1000",
    }
    toys.load(f"{name}:{VERSION}", bad, {"serve": b"", "other": toys.PROGRAM}, architecture="arm64")
    assert push(name, "--instance-type", "ml.m5.xlarge", "--volume-gb", "1") == 1
    told = capsys.readouterr().err
    for problem in (
        "holds the family xgboost, not lightgbm",
        "built for linux/arm64, but ml.m5.xlarge runs linux/amd64",
        "CMD has the shell form",
        "`train` does not start: no folder of PATH has it (/not/there:/bin)",
        "/bin/serve is not executable",
        "volume of 1 GB",
        "has no label org.opencontainers.image.version",
        "has no right to ecr:CreateRepository",
        "has no right to ecr:CompleteLayerUpload",
    ):
        assert problem in told
    assert "runs as the user 1000" in told
    assert changing(calls) == []
    assert engine.changes() == []


def test_a_job_description_says_what_the_image_is_for(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = tmp_path / "job.yaml"
    job.write_text(DESCRIPTION)
    toys.load(f"{name}:{VERSION}")
    assert main(["push", "--job", str(job), "--image", f"{name}:{VERSION}", "--dry-run"]) == 1
    told = capsys.readouterr().err
    assert "2 problems" in told
    assert "volume of 1 GB" in told
    assert "capabilities.accept-bind-to-port=true is missing" in told
    assert "ml.p3.2xlarge has a GPU" in told


def test_a_dry_run_shows_the_requests_and_sends_none(
    name: str, engine: Engine, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    toys.load(f"{name}:{VERSION}")
    assert push(name, "--dry-run") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["CreateRepository"]["repositoryName"] == shown["PutLifecyclePolicy"]["repositoryName"] == name
    assert len(shown["docker push"]) == 2
    assert {call.operation for call in calls} == {"GetCallerIdentity"}
    assert engine.changes() == []


@pytest.mark.parametrize(
    ("variable", "value", "status", "remedy"),
    [
        ("DOCKER_HOST", "tcp://127.0.0.1:1", 1, "start Docker"),
        ("DOCKER", "no-such-client", 2, "install Docker"),
        ("AWS_DEFAULT_REGION", "", 2, "give --region"),
        ("NOTHING", "", 1, "build it with `make build"),
    ],
)
def test_without_client_engine_region_or_image_there_is_one_line_with_the_remedy(
    variable: str,
    value: str,
    status: int,
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    toys.demand_engine()
    monkeypatch.setenv(variable, value)
    assert push("open-algorithms/never-built") == status
    told = capsys.readouterr().err
    assert remedy in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("tag", ["a b", "x/y", "é", ".hidden", "sha256-51c22eb438e3", "t" * 129])
def test_a_tag_that_no_registry_takes_is_refused_before_anything_is_looked_at(
    tag: str, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert push("open-algorithms/never-built", "--tag", tag) == 2
    assert "--tag is" in capsys.readouterr().err
    assert calls == []


@pytest.mark.parametrize("options", [("--volume-gb", "0"), ("--volume-gb", "-5"), ("--instance-type", "ml.c7g")])
def test_options_that_mean_nothing_are_refused(options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert push("open-algorithms/never-built", *options) == 2
    assert f"{options[0]} is" in capsys.readouterr().err
