"""`local_test` runs the file that `launch` takes to SageMaker; what the command line says goes before it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_test import merged_options
from local_test.description import not_imitated
from local_test.docker_runtime import DockerRuntime
from local_test.errors import InvalidArgument
from local_test.options import parser
from local_test.process_runtime import ProcessRuntime
from local_test.request import LocalChannel, TrainingRequest
from local_test.runtime import Runtime
from tests.local_test.conftest import ROOT

DESCRIPTION = """\
name: mean
family: xgboost
hyperparameters: {num_round: 10, eta: 0.5}
channels:
  train: {s3: s3://my-bucket/train/, local: train.csv, content_type: text/csv, input_mode: FastFile}
  validation: {s3: s3://my-bucket/validation/, content_type: text/csv}
environment: {COLOUR: green}
training: {instance_type: ml.c5.large, max_runtime: 600}
"""

OWN_PROGRAM = "environment: {SAGEMAKER_PROGRAM: train.py}"


@pytest.fixture
def job(tmp_path: Path) -> Path:
    (tmp_path / "train.csv").write_text("1,10\n3,30\n")
    (tmp_path / "validation.csv").write_text("1,10\n")
    (tmp_path / "job.yaml").write_text(DESCRIPTION)
    return tmp_path / "job.yaml"


def request(job: Path, *options: str) -> TrainingRequest:
    parsed = parser().parse_args(["train", str(job), *options])
    return merged_options.request_of(parsed, merged_options.job_of(parsed))


def runtime(job: Path, *options: str) -> Runtime:
    parsed = parser().parse_args(["train", str(job), *options])
    return merged_options.runtime_of(parsed, merged_options.job_of(parsed))


def test_the_description_says_what_the_options_would(job: Path) -> None:
    found = request(job, "--channel", f"validation={job.parent / 'validation.csv'}")
    assert found.channels == (
        LocalChannel("train", job.parent / "train.csv", "text/csv", "FastFile"),
        LocalChannel("validation", job.parent / "validation.csv", "text/csv"),
    )
    assert found.hyperparameters == {"num_round": "10", "eta": "0.5"}
    assert (found.environment, found.instance_type, found.max_runtime) == ({"COLOUR": "green"}, "ml.c5.large", 600)


def test_options_override_and_add(job: Path) -> None:
    found = request(
        job, "--channel", "train=other.csv,input_mode=File", "--channel", "validation=v.csv,content_type=text/libsvm",
        "--hyperparameter", "eta=0.1", "--env", "COLOUR=red", "--env", "SIZE=2", "--max-runtime", "5",
        "--instance-type", "ml.m5.large",
    )  # fmt: skip
    assert found.channels == (
        LocalChannel("train", Path("other.csv"), "text/csv", "File"),
        LocalChannel("validation", Path("v.csv"), "text/libsvm"),
    )
    assert found.hyperparameters == {"num_round": "10", "eta": "0.1"}
    assert (found.environment, found.max_runtime) == ({"COLOUR": "red", "SIZE": "2"}, 5)
    assert found.instance_type == "ml.m5.large"


def test_data_that_are_in_s3_only_are_asked_for_by_their_option(job: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"no local data for validation: .*, or --channel validation=PATH"):
        request(job)


def test_the_algorithm_is_passed_on_where_the_family_has_several(job: Path) -> None:
    text = DESCRIPTION.replace("xgboost", "sklearn\nalgorithm: kmeans").replace(
        "num_round: 10, eta: 0.5", "k: 2, feature_dim: 1"
    )
    job.write_text(text.replace("validation: {s3", "test: {s3"))
    assert request(job, "--channel", "test=t.csv").hyperparameters["algorithm"] == "kmeans"


@pytest.mark.parametrize(
    ("options", "more", "expected"),
    [
        ([], "", ProcessRuntime("xgboost")),
        (["--family", "toy"], "", ProcessRuntime("toy")),
        (["--runtime", "docker"], "", DockerRuntime("open-algorithms/xgboost:latest")),
        (["--image", "mine:1"], OWN_PROGRAM, DockerRuntime("mine:1", network=True)),
        (["--image", "mine:1", "--no-network"], OWN_PROGRAM, DockerRuntime("mine:1")),
        (["--image", "mine:1"], f"{OWN_PROGRAM}\nnetwork: {{isolation: true}}", DockerRuntime("mine:1")),
        (["--image", "mine:1", "--network"], "network: {isolation: true}", DockerRuntime("mine:1", network=True)),
    ],
)
def test_family_and_isolation_choose_the_runtime(job: Path, options: list[str], more: str, expected: Runtime) -> None:
    job.write_text(DESCRIPTION.replace("environment: {COLOUR: green}", more or "environment: {}"))
    assert runtime(job, *options) == expected


def test_an_endpoint_is_served_with_its_environment_and_time(job: Path) -> None:
    job.write_text(DESCRIPTION + "endpoint: {environment: {A: b, C: d}, startup_seconds: 90}\n")
    parsed = parser().parse_args(["serve", str(job), "--model", "m", "--env", "A=x"])
    assert merged_options.serving_of(parsed, merged_options.job_of(parsed)) == ({"A": "x", "C": "d"}, 90)


def test_what_one_machine_does_not_do_is_told(job: Path, tmp_path: Path) -> None:
    text = DESCRIPTION.replace("xgboost", "tensorflow\nalgorithm: mlp").replace("num_round: 10, eta: 0.5", "")
    job.write_text(text.replace("max_runtime: 600", "instances: 2, checkpoints: s3://my-bucket/checkpoints/"))
    described = merged_options.job_of(parser().parse_args(["train", str(job)]))
    assert described is not None
    assert len(list(not_imitated(described, None))) == 2
    assert len(list(not_imitated(described, tmp_path))) == 1


def test_the_program_gets_what_the_description_says(python: Path, job: Path, tmp_path: Path) -> None:
    command = [str(python), "-m", "local_test", "train", str(job), "--output", str(tmp_path / "job")]
    command += ["--channel", f"validation={tmp_path / 'validation.csv'}"]
    libraries = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }  # a link is not always seen as its environment's
    done = subprocess.run(command, cwd=ROOT, env=libraries, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Completed after" in done.stdout
    summary = json.loads((tmp_path / "job" / "job.json").read_text())
    assert summary["TrainingJobStatus"] == "Completed"
    seen = json.loads((tmp_path / "job" / "output" / "seen.json").read_text())
    assert seen["environment"]["COLOUR"] == "green"


def test_all_mistakes_of_a_description_are_told_and_nothing_runs(job: Path, tmp_path: Path) -> None:
    job.write_text(DESCRIPTION.replace("instance_type", "instance_tipe").replace("600", "ten"))
    command = [sys.executable, "-m", "local_test", "train", str(job), "--output", str(tmp_path / "job")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{job}:8: training.instance_tipe: unknown key, did you mean instance_type?" in done.stderr
    assert f"{job}:8: training.max_runtime: should be a whole number, not 'ten'" in done.stderr
    assert not (tmp_path / "job").exists()
