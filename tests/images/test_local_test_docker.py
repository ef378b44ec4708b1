"""local_test over Docker, with the toy programs in an image: mounts, isolation, ownership, and the classic scripts."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import DockerException, ImageNotFound

from local_test import description
from local_test.batch.request import TransformRequest
from local_test.batch.transform import run_transform
from local_test.docker_runtime import DockerRuntime
from local_test.endpoint import LocalEndpoint
from local_test.errors import EndpointError, ModelError, RuntimeMissing
from local_test.hosting import host
from local_test.job import run_job
from local_test.request import LocalChannel, TrainingRequest
from local_test.result import JobResult
from local_test.runtime import Log
from tests.images.engine import unavailable
from tests.local_test.conftest import TOYS, seen_by

pytestmark = pytest.mark.image

BASE_IMAGE = "public.ecr.aws/docker/library/python:3.13-slim-trixie"
ROOT = Path(__file__).parents[2]
STRANGER = 12345


@pytest.fixture(scope="module")
def engine() -> docker.DockerClient:
    try:
        engine = docker.from_env()
        engine.images.get(BASE_IMAGE)
    except ImageNotFound:
        unavailable(f"no image {BASE_IMAGE}: pull it")
    except DockerException as error:
        unavailable(f"no Docker engine answers ({error}): start one, or set DOCKER_HOST")
    return engine


@pytest.fixture(scope="module")
def toy(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    context = tmp_path_factory.mktemp("image")
    shutil.copytree(TOYS, context / "toys")
    tag = f"local-test-toy:{uuid.uuid4().hex[:12]}"
    recipe = f'FROM {BASE_IMAGE}\nCOPY toys/ /usr/local/bin/\nENV PYTHONUNBUFFERED=1\nLABEL run={tag}\nCMD ["train"]\n'
    (context / "Dockerfile").write_text(recipe)
    engine.images.build(path=str(context), tag=tag, rm=True)
    yield tag
    engine.images.remove(tag, force=True)


@pytest.fixture
def runtime(toy: str) -> DockerRuntime:
    return DockerRuntime(toy)


@pytest.fixture
def channel(tmp_path: Path) -> LocalChannel:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "rows.csv").write_text("1,10\n3,30\n")
    return LocalChannel("train", tmp_path / "train", "text/csv")


def train(
    runtime: DockerRuntime,
    channel: LocalChannel,
    output: Path,
    behaviour: str = "learn",
    log: Any = print,
    **fields: Any,
) -> JobResult:
    request = TrainingRequest((channel,), {"behaviour": behaviour}, **fields)
    return run_job(request, runtime, output, log)


@pytest.fixture
def model(runtime: DockerRuntime, channel: LocalChannel, tmp_path: Path) -> Path:
    return train(runtime, channel, tmp_path / "job").model


def test_I01_train_works_from_mounts_and_environment_alone(
    runtime: DockerRuntime, channel: LocalChannel, tmp_path: Path
) -> None:
    lines: list[str] = []
    result = train(runtime, channel, tmp_path / "job", log=lines.append, environment={"COLOUR": "blue"})
    seen = seen_by(result)
    assert (result.status, result.failure_reason) == ("Completed", "")
    assert lines == ["[0]#011train-mean:1.0", "[1]#011train-mean:2.0"]
    assert seen["base"] == "/opt/ml"
    assert seen["data"] == {"train/rows.csv": "1,10\n3,30\n"}
    assert seen["environment"]["COLOUR"] == "blue"
    assert result.model.is_file()


def test_a_single_file_becomes_the_only_object_of_its_channel(
    runtime: DockerRuntime, channel: LocalChannel, tmp_path: Path
) -> None:
    alone = LocalChannel("train", channel.path / "rows.csv")
    assert seen_by(train(runtime, alone, tmp_path / "job"))["data"] == {"train/rows.csv": "1,10\n3,30\n"}


def test_F07_a_channel_cannot_be_written(runtime: DockerRuntime, channel: LocalChannel, tmp_path: Path) -> None:
    result = train(runtime, channel, tmp_path / "job", "change-input")
    assert result.status == "Failed"
    assert "Read-only file system" in result.log.read_text()
    assert (channel.path / "rows.csv").read_text() == "1,10\n3,30\n"


def test_a_job_has_no_network_unless_it_is_asked_for(toy: str, channel: LocalChannel, tmp_path: Path) -> None:
    lines: list[str] = []
    train(DockerRuntime(toy), channel, tmp_path / "job", "reach-out", lines.append)
    train(DockerRuntime(toy, network=True), channel, tmp_path / "job", "reach-out", lines.append)
    assert "eth0" not in lines[0]
    assert "eth0" in lines[1]


def test_checkpoints_are_kept(runtime: DockerRuntime, channel: LocalChannel, tmp_path: Path) -> None:
    lines: list[str] = []
    for _ in range(2):
        train(runtime, channel, tmp_path / "job", "checkpoint", lines.append, checkpoints=tmp_path / "checkpoints")
    assert lines == ["found []", "found ['round-2']"]


def test_a_failure_is_told_in_the_services_words(runtime: DockerRuntime, channel: LocalChannel, tmp_path: Path) -> None:
    result = train(runtime, channel, tmp_path / "job", "fail")
    assert result.failure_reason.startswith("AlgorithmError: ClientError: eta = 7 is above 1")
    assert result.failure_reason.endswith(", exit code: 3")


def test_an_interrupted_job_gets_sigterm_and_its_model_is_collected(
    runtime: DockerRuntime, channel: LocalChannel, tmp_path: Path
) -> None:
    result = train(runtime, channel, tmp_path / "job", "save-on-sigterm", lambda _: os.kill(os.getpid(), signal.SIGINT))
    assert (result.status, result.ending.exit_code) == ("Stopped", 1)
    assert result.model.is_file()


def test_no_container_is_left_behind(
    engine: docker.DockerClient, toy: str, runtime: DockerRuntime, channel: LocalChannel, tmp_path: Path
) -> None:
    train(runtime, channel, tmp_path / "job", "fail")
    assert engine.containers.list(all=True, filters={"ancestor": toy}) == []


def python_for(uid: int) -> str:
    """A Python that this user may run, with the docker package in its reach."""
    for python in (sys.executable, "/usr/bin/python3"):
        check = [python, "-c", "import docker, local_test"]
        try:
            if subprocess.run(check, cwd="/", env=environment_for(), user=uid, group=uid, check=False).returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("another user can run no Python with the docker package here")


def environment_for() -> dict[str, str]:
    packages = Path(docker.__file__).parents[1]
    return {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_files_belong_to_a_caller_who_is_not_root(toy: str) -> None:
    python = python_for(STRANGER)
    folder = Path(tempfile.mkdtemp())
    try:
        os.chown(folder, STRANGER, STRANGER)
        command = [python, "-m", "local_test", "train", "--image", toy, "--output", f"{folder}/job",
                   "--checkpoints", f"{folder}/checkpoints", "--hyperparameter", "behaviour=checkpoint"]  # fmt: skip
        done = subprocess.run(
            command, cwd="/", env=environment_for(), user=STRANGER, group=STRANGER,
            extra_groups=[Path("/var/run/docker.sock").stat().st_gid], capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        assert {path.lstat().st_uid for path in folder.rglob("*")} == {STRANGER}
        assert (folder / "checkpoints" / "round-2").is_file()
        assert (folder / "job" / "model.tar.gz").is_file()
    finally:
        shutil.rmtree(folder)


def test_V16_the_endpoint_has_a_read_only_model_and_root_and_a_writable_tmp(
    runtime: DockerRuntime, model: Path
) -> None:
    with LocalEndpoint(runtime, model, ping_period=0.1) as endpoint:
        assert endpoint.invoke(b"1\n2\n", "text/csv").text == "2.0\n2.0\n"
        assert endpoint.invoke(b"x", "toy/who").text == "uid=0 model:no :no tmp:yes"


def test_the_endpoint_runs_under_another_user(toy: str, model: Path) -> None:
    with LocalEndpoint(DockerRuntime(toy, user="1051"), model, ping_period=0.1) as endpoint:
        assert endpoint.invoke(b"x", "toy/who").text == "uid=1051 model:no :no tmp:yes"


def test_an_endpoint_that_is_not_faithful_may_write(toy: str, model: Path) -> None:
    with LocalEndpoint(DockerRuntime(toy, faithful=False), model, ping_period=0.1) as endpoint:
        assert endpoint.invoke(b"x", "toy/who").text == "uid=0 model:yes :yes tmp:yes"


def test_B04_a_batch_transform_answers_every_record(runtime: DockerRuntime, model: Path, tmp_path: Path) -> None:
    def serving(environment: Mapping[str, str], log: Log) -> LocalEndpoint:
        return LocalEndpoint(runtime, model, environment=environment, ping_period=0.1, log=log)

    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "rows.csv").write_text("1\n2\n3")
    (tmp_path / "data" / "deep" / "row.csv").write_text("4\n")
    request = TransformRequest(
        tmp_path / "data", split="Line", assemble="Line", strategy="SingleRecord", max_concurrent=2,
        environment={"COLOUR": "blue"},
    )  # fmt: skip
    result = run_transform(request, serving, tmp_path / "out")
    assert (result.status, result.records, result.requests) == ("Completed", 4, 4)
    assert (tmp_path / "out" / "rows.csv.out").read_text() == "2.0\n2.0\n2.0\n"
    assert (tmp_path / "out" / "deep" / "row.csv.out").read_text() == "2.0\n"
    assert "serving the mean 2.0 with blue colour" in result.log.read_text()


def test_N01_the_containers_of_a_pipeline_listen_where_they_are_told(
    toy: str, runtime: DockerRuntime, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "job.yaml").write_text(
        "name: means\nfamily: xgboost\nhyperparameters: {num_round: 1}\n"
        "channels: {train: {local: train, content_type: text/csv}}\n"
        "endpoint: {pipeline: {before: [{image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/"
        f"{toy}, local: {model}, environment: {{COLOUR: blue}}}}]}}}}\n"
    )
    log: list[str] = []
    with host(description.read(tmp_path / "job.yaml"), model, runtime, log=log.append) as pipeline:
        assert pipeline.ping() == 200
        assert pipeline.invoke(b"1\n2\n", "text/csv").text == "2.0\n2.0\n"
        with pytest.raises(ModelError, match=r"\(415\) from container-2"):
            pipeline.invoke(b"x", "toy/who")
    assert "container-1: serving the mean 2.0 with blue colour" in log
    assert "container-2: serving the mean 2.0 with no colour" in log


def test_an_endpoint_that_crashes_is_told_with_its_log(runtime: DockerRuntime, model: Path) -> None:
    crashing = LocalEndpoint(runtime, model, ping_period=0.1, environment={"TOY": "crash"})
    with pytest.raises(EndpointError, match=r"exit code 5 .*\n.*the model was written by a later release"), crashing:
        pass


def test_a_taken_port_is_told(runtime: DockerRuntime, model: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = LocalEndpoint(runtime, model, port=other.getsockname()[1])
        with pytest.raises(EndpointError, match="cannot start `serve`"), taken:
            pass


def test_a_missing_image_is_told_with_the_remedy(
    engine: docker.DockerClient, channel: LocalChannel, tmp_path: Path
) -> None:
    assert engine
    with pytest.raises(RuntimeMissing, match="no image no-such-image:1 on this machine: build it"):
        train(DockerRuntime("no-such-image:1"), channel, tmp_path / "job")


def test_the_classic_scripts_train_serve_and_predict(toy: str, tmp_path: Path) -> None:
    scripts = tmp_path / "local_test"
    shutil.copytree(ROOT / "local_test", scripts, ignore=shutil.ignore_patterns("model", "output", "*.py"))
    trained = subprocess.run([str(scripts / "train_local.sh"), toy], capture_output=True, text=True, check=False)
    assert trained.returncode == 0, trained.stderr
    assert "Completed" in trained.stdout
    mean = (scripts / "test_dir" / "model" / "parts" / "mean.txt").read_text()
    with socket.socket() as probe:
        probe.bind(("", 0))
        environment = os.environ | {"PORT": str(probe.getsockname()[1])}
    command = [str(scripts / "serve_local.sh"), toy]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        assert "serving the mean" in serving.stdout.readline()
        predict = [str(scripts / "predict.sh"), str(scripts / "payload.csv"), "text/csv"]
        answer = subprocess.run(predict, env=environment, capture_output=True, text=True, check=False)
        refused = subprocess.run([*predict[:2], "text/plain"], env=environment, capture_output=True, check=False)
        serving.terminate()
        rest = serving.stdout.read()
    assert answer.stdout.splitlines() == [mean] * 5
    assert refused.returncode != 0
    assert "bye" in rest
    assert serving.returncode == 0


def test_the_train_script_tells_the_failure_reason(toy: str, tmp_path: Path) -> None:
    scripts = tmp_path / "local_test"
    shutil.copytree(ROOT / "local_test", scripts, ignore=shutil.ignore_patterns("model", "output", "*.py"))
    (scripts / "test_dir" / "input" / "config" / "hyperparameters.json").write_text('{"behaviour": "fail"}')
    trained = subprocess.run([str(scripts / "train_local.sh"), toy], capture_output=True, text=True, check=False)
    assert trained.returncode == 3
    assert "Failed: AlgorithmError: ClientError: eta = 7 is above 1" in trained.stderr
