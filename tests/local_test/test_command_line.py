"""`python -m local_test` as a user starts it: in a process of its own, with the programs beside its Python."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_test.endpoint import LocalEndpoint
from local_test.option_values import channel_of, content_type_of, hyperparameters_in
from local_test.process_runtime import ProcessRuntime
from local_test.request import LocalChannel
from tests.local_test.conftest import ROOT, Train

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def local_test(python: Path) -> Command:
    def run(*arguments: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(python), "-m", "local_test", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture
def url(train: Train, runtime: ProcessRuntime) -> Iterator[str]:
    with LocalEndpoint(runtime, train().model, ping_period=0.05) as endpoint:
        yield endpoint.url


def test_train_shows_log_status_metrics_and_files(local_test: Command, channel: LocalChannel, tmp_path: Path) -> None:
    done = local_test(
        "train", "--family", "toy", "--channel", f"train={channel.path},content_type=text/csv",
        "--hyperparameter", "behaviour=learn", "--output", tmp_path / "job",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    model = str(tmp_path / "job" / "model.tar.gz")
    for part in ("[1]#011train-mean:2.0", "Completed after", "train:mean        2\n", model):
        assert part in done.stdout


def test_train_shows_the_failure_reason_and_exits_1(local_test: Command, tmp_path: Path) -> None:
    done = local_test("train", "--family", "toy", "--hyperparameter", "behaviour=fail", "--output", tmp_path / "job")
    assert done.returncode == 1
    assert "FailureReason: AlgorithmError: ClientError: eta = 7 is above 1" in done.stdout


def test_train_says_what_137_means(local_test: Command, tmp_path: Path) -> None:
    behaviour = "behaviour=run-out-of-memory"
    done = local_test("train", "--family", "toy", "--hyperparameter", behaviour, "--output", tmp_path / "job")
    assert "exit code 137 is SIGKILL, most often because memory ran out" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["train", "--family", "toy", "--channel", "train=/no/such/folder"], "no file or folder /no/such/folder"),
        (["train", "--family", "toy", "--channel", "train"], "write NAME=PATH"),
        (["train", "--family", "toy", "--channel", "train=.,type=x"], "'type' is none of content_type, input_mode"),
        (["train", "--family", "toy", "--channel", "train=.,input_mode=Fast"], "none of File, FastFile, Pipe"),
        (["train", "--family", "toy", "--hyperparameter", "eta"], "write NAME=VALUE"),
        (["train", "--family", "toy", "--hyperparameters", "/no/such.json"], "/no/such.json"),
        (["train", "--family", "toy", "--env", "A-B=1"], "use letters, digits and _"),
        (["train", "--family", "toy", "--max-runtime", "0"], "above 0 seconds"),
        (["train", "--image", "toy", "--runtime", "process"], "--image needs Docker"),
        (["train"], "give a job description, --family or --image"),
        (["serve", "--family", "toy", "--model", "/no/such.tar.gz"], "no model /no/such.tar.gz"),
        (["serve", "--family", "toy", "--model", ".", "--user", "1051"], "--user needs Docker"),
        (["serve", "--family", "toy", "--model", ".", "--port", "99999"], "'99999' is no port: give a number up to"),
        (["serve", "--family", "toy", "--model", ".", "--port", "-1"], "'-1' is no port: give a number up to 65535"),
        (["predict", "--url", "http://127.0.0.1:1", "rows.xyz"], "give --content-type"),
        (["predict", "--url", "http://127.0.0.1:1", "/no/such.csv"], "payload /no/such.csv"),
        (["predict", "--url", "127.0.0.1:8080", "--content-type", "a/b", "-"], "give http://HOST:PORT"),
        (["demo", "--family", "toy"], "the demo knows no family 'toy'"),
        (["demo", "--data", "/no/such"], "holds no seoul-bike"),
    ],
)
def test_wrong_usage_exits_2_with_one_clear_line(local_test: Command, arguments: list[str], remedy: str) -> None:
    done = local_test(*arguments, stdin="")
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert remedy in last
    assert "error:" in last
    assert "Traceback" not in done.stderr


def test_predict_prints_the_body_as_it_is(local_test: Command, url: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("1\n2\n3\n")
    done = local_test("predict", "--url", url, tmp_path / "rows.csv")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2.0\n2.0\n2.0\n", "")


def test_predict_reads_standard_input(local_test: Command, url: str) -> None:
    assert local_test("predict", "--url", url, "--content-type", "text/csv", "-", stdin="1\n").stdout == "2.0\n"


def test_predict_shows_a_refusal_in_the_services_form_and_exits_1(local_test: Command, url: str) -> None:
    done = local_test("predict", "--url", url, "--content-type", "text/plain", "-", stdin="x")
    assert (done.returncode, done.stdout) == (1, "")
    name, _, form = done.stderr.partition(": ")
    assert name == "ModelError"
    assert json.loads(form)["OriginalStatusCode"] == 415


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_runs_in_the_foreground_until_it_is_told_to_stop(
    python: Path, train: Train, number: signal.Signals
) -> None:
    command = [str(python), "-m", "local_test", "serve", "--family", "toy", "--model", str(train().model)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        in_service = next(line for line in serving.stdout if line.startswith("in service at http://127.0.0.1:"))
        serving.send_signal(number)
        rest = serving.stdout.read()
    assert in_service
    assert "bye" in rest
    assert "stopped" in rest
    assert serving.returncode == 0


def test_a_job_is_stopped_by_ctrl_c(python: Path, tmp_path: Path) -> None:
    verb = ["train", "--family", "toy", "--hyperparameter", "behaviour=save-on-sigterm"]
    command = [str(python), "-m", "local_test", *verb, "--output", str(tmp_path / "job")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as training:
        assert training.stdout is not None
        next(line for line in training.stdout if "waiting" in line)
        training.send_signal(signal.SIGINT)
        rest = training.stdout.read()
    assert "Stopped after" in rest
    assert training.returncode == 1
    assert (tmp_path / "job" / "model.tar.gz").is_file()


def test_a_reader_that_goes_away_ends_the_job_without_a_traceback(python: Path, tmp_path: Path) -> None:
    command = [str(python), "-m", "local_test", "train", "--family", "toy", "--output", str(tmp_path / "job")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as training:
        assert training.stdout is not None
        assert training.stderr is not None
        training.stdout.readline()
        training.stdout.close()
        assert "Traceback" not in training.stderr.read()
    assert training.returncode == 1


def test_without_a_docker_engine_there_is_one_clear_line(tmp_path: Path) -> None:
    pytest.importorskip("docker")
    command = [sys.executable, "-m", "local_test", "train", "--image", "any:1", "--output", str(tmp_path / "job")]
    environment = os.environ | {"DOCKER_HOST": f"unix://{tmp_path}/no.sock"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    remedy = "start Docker (or set DOCKER_HOST), or use --runtime process"
    assert done.returncode == 1
    assert done.stderr == f"local_test: error: no Docker engine answers: {remedy}\n"


def test_a_comma_in_a_path_is_part_of_the_path() -> None:
    assert channel_of("train=a,b/c.csv,content_type=text/csv;label_size=1") == LocalChannel(
        "train", Path("a,b/c.csv"), "text/csv;label_size=1"
    )


def test_hyperparameters_in_a_file_become_strings_as_the_sdk_writes_them(tmp_path: Path) -> None:
    (tmp_path / "h.json").write_text('{"eta": 0.2, "objective": "reg:squarederror", "flag": true, "list": [1, 2]}')
    assert hyperparameters_in(tmp_path / "h.json") == {
        "eta": "0.2", "objective": "reg:squarederror", "flag": "true", "list": "[1, 2]",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("a.CSV", "text/csv"), ("a.b.jsonl", "application/jsonlines"), ("x/y.json", "application/json")],
)
def test_the_content_type_follows_the_payloads_suffix(name: str, content_type: str) -> None:
    assert content_type_of(name) == content_type
