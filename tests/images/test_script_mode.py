"""A user's own program under `train`, in every image, with AWS's toolkit."""

from __future__ import annotations

import io
import json
import tarfile
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal

import docker
import pytest
from docker.errors import NotFound
from docker.models.images import Image
from docker.types import EndpointConfig

pytestmark = pytest.mark.image

PROGRAM = """
import argparse, json, os, sys
from pathlib import Path
import numpy
from beside import greeting

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
given = parser.parse_args()
print("metric=0.75")
(Path(os.environ["SM_MODEL_DIR"]) / "model.json").write_text(json.dumps({
    "rate": given.rate, "rows": Path(given.train, "rows.txt").read_text(), "greeting": greeting,
    "numpy": numpy.__file__, "safe path": sys.flags.safe_path, "hosts": os.environ["SM_HOSTS"],
    "entry": os.environ["SM_USER_ENTRY_POINT"], "program": sys.argv[0],
}))
"""
Files = Mapping[str, str | bytes]
SOURCE = {"train.py": PROGRAM, "beside.py": "greeting = 'hello'\n"}
CODE, SUBMIT = "/opt/ml/code", "/opt/ml/input/data/code/sourcedir.tar.gz"
FAILING = "import sys\nprint('a warning', file=sys.stderr)\nraise ValueError('bad välue')\n"
OWN = "import sys\nopen('/opt/ml/output/failure', 'w').write('no data on Mondays')\nsys.exit(4)\n"
KILLED = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
SAVES = """
import signal, sys
def save(*_):
    open("/opt/ml/model/model.txt", "w").write("saved")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("ready")
while True: signal.pause()
"""
WAITS = "import signal\nprint('ready')\nsignal.pause()\n"
ENDLESS: Files = {
    "requirements.txt": "--no-index\n./endless\n",
    "endless/pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
    "endless/backend.py": "import signal\nsignal.pause()\n",
}
"""Requirements whose installation does not end."""


def packed(files: Files, mode: Literal["w", "w:gz"] = "w") -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode=mode) as tar:
        for name, content in files.items():
            content = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return sink.getvalue()


def wheel(name: str, version: str, module: str) -> bytes:
    """A distribution of one module, as pip installs it without an index."""
    sink = io.BytesIO()
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(sink, "w") as file:
        file.writestr(f"{name}.py", module)
        file.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{about}/RECORD", "")
    return sink.getvalue()


@dataclass(frozen=True)
class Job:
    """A container that runs `train` on files that were copied into it, so that the host keeps nothing."""

    container: Any

    def log(self) -> str:
        return str(self.container.logs().decode())

    def wait(self) -> int:
        return int(self.container.wait(timeout=120)["StatusCode"])

    def wait_for(self, text: str) -> None:
        deadline, tick = time.monotonic() + 60, threading.Event()
        while text not in self.log():
            assert time.monotonic() < deadline, self.log()
            tick.wait(0.05)

    def read(self, path: str) -> str | None:
        """A file below /opt/ml; None where there is none."""
        try:
            chunks, _ = self.container.get_archive(f"/opt/ml/{path}")
        except NotFound:
            return None
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            member = tar.extractfile(tar.getmembers()[0])
            assert member is not None
            return member.read().decode()


class Jobs:
    """Starts jobs in one image and removes them at the end."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.containers: list[Any] = []

    def start(self, files: Files, **hyperparameters: str) -> Job:
        """``files`` go below /opt/ml; the network is that of a job under isolation: none."""
        return self.start_host("algo-1", ["algo-1"], {"network_mode": "none"}, files, hyperparameters)

    def start_host(
        self, host: str, hosts: list[str], network: dict[str, Any], files: Files, hyperparameters: dict[str, str]
    ) -> Job:
        with closing(docker.from_env()) as engine:
            container = engine.containers.create(self.image, ["train"], hostname=host, **network)
        self.containers.append(container)
        config = {
            "hyperparameters": hyperparameters,
            "resourceconfig": {"current_host": host, "hosts": hosts, "network_interface_name": "eth0"},
            "inputdataconfig": {"train": {"TrainingInputMode": "File"}},
        }
        written = {f"input/config/{name}.json": json.dumps(value) for name, value in config.items()}
        tree = {"input/data/train/rows.txt": "three", "output/data/.keep": "", "model/.keep": "", **written, **files}
        container.put_archive("/", packed({f"opt/ml/{name}": content for name, content in tree.items()}))
        container.start()
        return Job(container)

    def run(self, program: str, beside: Files | None = None) -> tuple[int, Job]:
        """Runs a program that lies in the folder of the code, with files beside it."""
        source = {f"code/{name}": content for name, content in {"train.py": program, **(beside or {})}.items()}
        job = self.start(source, sagemaker_program="train.py", sagemaker_submit_directory=CODE)
        return job.wait(), job


@pytest.fixture
def jobs(image: Image) -> Iterator[Jobs]:
    started = Jobs(image)
    yield started
    for container in started.containers:
        container.remove(force=True)


def test_a_program_finds_data_hyperparameters_neighbours_and_the_algorithms_packages(jobs: Jobs) -> None:
    code = {f"code/{name}": content for name, content in SOURCE.items()}
    job = jobs.start(code, sagemaker_program='"train.py"', sagemaker_submit_directory=f'"{CODE}"', rate="0.5")
    assert job.wait() == 0, job.log()
    assert "\nmetric=0.75\n" in job.log()
    assert job.read("output/failure") is None
    model = json.loads(job.read("model/model.json") or "{}")
    assert model.pop("numpy").startswith("/opt/venv/lib/")
    assert model == {
        "rate": 0.5,
        "rows": "three",
        "greeting": "hello",
        "safe path": False,
        "hosts": '["algo-1"]',
        "entry": "train.py",
        "program": "train.py",
    }


@pytest.mark.parametrize("submit", [{}, {"sagemaker_submit_directory": SUBMIT}], ids=["by channel", "by path"])
def test_a_source_directory_arrives_packed_in_the_code_channel(jobs: Jobs, submit: dict[str, str]) -> None:
    archive = packed(SOURCE, "w:gz")
    files = {"input/data/code/sourcedir.tar.gz": archive}
    job = jobs.start(files, sagemaker_program="train.py", rate="0.5", **submit)
    assert job.wait() == 0, job.log()
    assert json.loads(job.read("model/model.json") or "{}")["greeting"] == "hello"


def test_T08_the_failure_names_class_program_exit_code_and_error(jobs: Jobs) -> None:
    exit_code, job = jobs.run(FAILING)
    assert exit_code == 1, job.log()
    assert job.read("output/failure") == "AlgorithmError: train.py ended with exit code 1: ValueError: bad välue"


def test_T05_the_exit_code_of_the_program_is_that_of_the_job(jobs: Jobs) -> None:
    exit_code, job = jobs.run("import sys; sys.exit(42)")
    assert exit_code == 42, job.log()
    assert (job.read("output/failure") or "").startswith("AlgorithmError: train.py ended with exit code 42")


def test_a_failure_file_of_the_program_is_kept(jobs: Jobs) -> None:
    exit_code, job = jobs.run(OWN)
    assert exit_code == 4, job.log()
    assert job.read("output/failure") == "no data on Mondays"


def test_a_killed_program_most_likely_ran_out_of_memory(jobs: Jobs) -> None:
    exit_code, job = jobs.run(KILLED)
    assert exit_code == 137, job.log()
    assert "memory" in (job.read("output/failure") or "")


def test_S01_S02_sigterm_reaches_the_program_and_its_clean_end_is_a_success(jobs: Jobs) -> None:
    job = jobs.start({"code/train.py": SAVES}, sagemaker_program="train.py", sagemaker_submit_directory=CODE)
    job.wait_for("ready")
    job.container.kill("SIGTERM")
    assert job.wait() == 0, job.log()
    assert job.read("model/model.txt") == "saved"


def test_S01_a_program_that_sigterm_ends_was_stopped(jobs: Jobs) -> None:
    job = jobs.start({"code/train.py": WAITS}, sagemaker_program="train.py", sagemaker_submit_directory=CODE)
    job.wait_for("ready")
    job.container.kill("SIGTERM")
    assert job.wait() == 143, job.log()
    assert (job.read("output/failure") or "").startswith("Stopped: train.py was told to stop, and SIGTERM ended it")


@pytest.mark.parametrize(
    ("beside", "before"), [({}, "runs instead"), (ENDLESS, "Processing ./endless")], ids=["start", "installation"]
)
def test_S01_a_stop_before_the_program_has_begun_is_not_lost(jobs: Jobs, beside: Files, before: str) -> None:
    files = {f"code/{name}": content for name, content in {"train.py": WAITS, **beside}.items()}
    job = jobs.start(files, sagemaker_program="train.py", sagemaker_submit_directory=CODE)
    job.wait_for(before)
    job.container.kill("SIGTERM")
    assert job.wait() == 143, job.log()
    told = job.read("output/failure")
    assert told is not None
    assert told.startswith("Stopped: train.py was told to stop")  # at "start" the program may just have begun
    assert not beside or told == "Stopped: train.py was told to stop before it had begun"
    assert "ready" not in job.log()


def test_a_shell_script_is_a_program_too(jobs: Jobs) -> None:
    script = "#!/bin/sh\necho first=$2 > $SM_MODEL_DIR/model.txt\n"
    files = {"code/bin/train.sh": script}
    job = jobs.start(files, sagemaker_program="bin/train.sh", sagemaker_submit_directory=CODE, alpha="7")
    assert job.wait() == 0, job.log()
    assert job.read("model/model.txt") == "first=7\n"


def test_requirements_beside_the_program_are_installed_before_it_and_go_before_the_algorithms(jobs: Jobs) -> None:
    program = "import orjson\nopen('/opt/ml/model/model.txt', 'w').write(orjson.TOLD)\n"
    name = "orjson-99.0-py3-none-any.whl"
    requirements = f"--no-index\n./{name}\n"
    beside: Files = {name: wheel("orjson", "99.0", "TOLD = 'mine'\n"), "requirements.txt": requirements}
    exit_code, job = jobs.run(program, beside)
    assert exit_code == 0, job.log()
    assert job.read("model/model.txt") == "mine"


def test_requirements_that_cannot_be_installed_fail_the_job_with_the_reason(jobs: Jobs) -> None:
    exit_code, job = jobs.run("print('never')\n", {"requirements.txt": "--no-index\nno-such-distribution==1.0\n"})
    assert exit_code == 2, job.log()
    failure = job.read("output/failure") or ""
    assert failure.startswith("ClientError: what train.py requires cannot be installed")
    assert "No matching distribution found for no-such-distribution==1.0" in failure
    assert "\nnever" not in job.log()


def test_code_that_cannot_be_fetched_fails_the_job_with_address_and_cause(jobs: Jobs) -> None:
    where = "s3://bucket/sourcedir.tar.gz"
    job = jobs.start({}, sagemaker_program="train.py", sagemaker_submit_directory=where)
    assert job.wait() == 2, job.log()
    failure = job.read("output/failure") or ""
    assert failure.startswith("ClientError: train.py cannot be fetched (")
    assert where in failure


@pytest.fixture
def network() -> Iterator[str]:
    """A network whose containers find each other by their names; ask for it before the jobs that go first."""
    with closing(docker.from_env()) as engine:
        made = engine.networks.create(f"script-mode-{uuid.uuid4().hex}", internal=True)
        yield made.name
        made.remove()


def test_every_host_runs_the_program_once_all_names_are_known(network: str, jobs: Jobs) -> None:
    hosts = ["algo-1", "algo-2"]
    given = {"sagemaker_program": "train.py", "sagemaker_submit_directory": CODE}
    started = []
    for host in hosts:
        place = {"network": network, "networking_config": {network: EndpointConfig("1.44", aliases=[host])}}
        started.append(jobs.start_host(host, hosts, place, {"code/train.py": SAVES}, given))
    for job in started:
        job.wait_for("ready")  # and stay, so that the other finds the name
    for host, job in zip(hosts, started, strict=True):
        assert f"SM_CURRENT_HOST={host}\n" in job.log()
        job.container.kill("SIGTERM")
        assert job.wait() == 0, job.log()


def test_the_toolkit_does_not_import_the_libraries_of_the_image(jobs: Jobs) -> None:
    """Where TensorFlow is installed, the toolkit imports it for the names of its errors, unless it is kept from it."""
    program = """
import os
maps = open(f"/proc/{os.getppid()}/maps").read()
assert "tensorflow" not in maps, "the toolkit holds TensorFlow"
"""
    exit_code, job = jobs.run(program)
    assert exit_code == 0, job.log()
