"""Two virtual environments, one per SDK generation, and isolated runs of a user's program in them."""

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.contract.subject import Subject, subjects
from tests.contract.tree import Tree
from tests.images.engine import family_of, find_image, tags, unavailable

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache"
PROJECT_FOLDER = "com.docker.compose.project.working_dir"  # label that compose puts on what it starts
NO_TELEMETRY = 'SchemaVersion: "1.0"\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n'
ROWS = 3
SPELLED = {"xgboost": {"save_model_on_termination": True, "base_score": None}}
"""Hyperparameters beside the example's whose Python values each SDK spells in its own way."""

Run = Callable[[str, str], dict[str, Any]]


@pytest.fixture(scope="module", params=tags())
def image(request: pytest.FixtureRequest) -> str:
    """The tag of the image under test."""
    tag: str = request.param
    check_local_mode(tag)
    return tag


def check_local_mode(tag: str) -> None:
    """Skips or fails unless the image is there, on an engine that also has a compose command."""
    find_image(tag)
    if not (shutil.which("docker-compose") or succeeds("docker", "compose", "version")):
        unavailable("SageMaker's local mode needs `docker compose` or `docker-compose`: install one of them")


def succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def subject(image: str) -> Subject:
    """The algorithm whose example is the user's job: the family's first that reads tables."""
    family = family_of(find_image(image))
    return next(subject for subject in subjects() if subject.family == family and subject.reads("text/csv"))


@pytest.fixture(scope="module")
def run_sdk_program(image: str, subject: Subject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A function that runs a program of this folder in the environment of `v2` or `v3` and returns its result.json."""
    folders: list[Path] = []

    def run(sdk: str, program: str) -> dict[str, Any]:
        folder = tmp_path_factory.mktemp(sdk)
        folders.append(folder)
        write_job(folder, subject)
        return run_in_sdk(sdk, program, image, folder)[0]

    yield run
    for folder in folders:
        tidy(folder, image)


def run_in_sdk(sdk: str, program: str, image: str, folder: Path) -> tuple[dict[str, Any], str]:
    """Runs a program of this folder in the environment of an SDK; returns FOLDER/result.json and what it wrote."""
    command = [str(environment(sdk)), str(HERE / program), image, str(folder), str(free_port())]
    outcome = subprocess.run(command, env=variables(folder), cwd=folder, capture_output=True, text=True, timeout=600)
    written = outcome.stdout + outcome.stderr
    assert outcome.returncode == 0, written[-8000:]
    return json.loads((folder / "result.json").read_text()), written


def environment(sdk: str) -> Path:
    """The Python of the SDK's virtual environment: made once, and made again when its pins or the Python change."""
    pins = HERE / f"requirements-{sdk}.txt"
    folder = CACHE / f"sdk-{sdk}"
    stamp, wanted = folder / "made-from.txt", f"{platform.python_version()}\n{pins.read_text()}"
    python = folder / "bin" / "python"
    if not (stamp.is_file() and stamp.read_text() == wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]  # the pins are complete
        subprocess.run([*install, "--requirement", str(pins)], check=True)
        stamp.write_text(wanted)
    return python


def variables(folder: Path) -> dict[str, str]:
    """What the program may know of its host: where the engine is. Credentials are dummies, the home is empty."""
    settings = folder / "sdk-defaults.yaml"
    settings.write_text(NO_TELEMETRY)
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("DOCKER_")}
    return {
        "DOCKER_CONFIG": str(Path.home() / ".docker"),  # compose may be a plugin installed there
        **kept,
        "HOME": str(folder),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(settings),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "dummy",
        "AWS_SECRET_ACCESS_KEY": "dummy",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def write_job(folder: Path, subject: Subject) -> None:
    """The algorithm's example as a user of an SDK has it: job.json, a folder for each channel, a batch of some records.

    ``rows`` are the batch's, where they are numbers; pictures are files of the batch.
    """
    tree = Tree(subject.example)
    shutil.copytree(tree.base / "input" / "data", folder, dirs_exist_ok=True)
    batch = tree.records()[:ROWS]
    (folder / "batch").mkdir()
    rows = [record for record in batch if isinstance(record, str)]
    if rows:
        (folder / "batch" / "rows.csv").write_text("".join(f"{row}\n" for row in rows))
    for number, picture in enumerate(record for record in batch if isinstance(record, bytes)):
        (folder / "batch" / f"{number}.png").write_bytes(picture)
    channels = tree.read_config("inputdataconfig")
    job = {
        "hyperparameters": typed(tree.read_config("hyperparameters"))
        | {"algorithm": subject.name}
        | SPELLED.get(subject.family, {}),
        "content_types": {name: entry["ContentType"] for name, entry in channels.items()},
        "rows": [[float(cell) for cell in row.split(",")] for row in rows],
    }
    (folder / "job.json").write_text(json.dumps(job))


def typed(hyperparameters: dict[str, str]) -> dict[str, Any]:
    """Numbers and truth values as a Python program has them; the rest stays text."""
    return {name: scalar(text) for name, text in hyperparameters.items()}


def scalar(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def tidy(folder: Path, image: str) -> None:
    """Removes the containers that the SDK left, and gives files that they wrote as root back to the caller."""
    with closing(docker.from_env()) as engine:
        for container in engine.containers.list(all=True, filters={"label": PROJECT_FOLDER}):
            if container.labels[PROJECT_FOLDER].startswith(str(folder)):
                container.remove(force=True)
        owner = ["chown", "-R", f"{os.getuid()}:{os.getgid()}", "/run-folder"]
        engine.containers.run(image, owner, volumes=[f"{folder}:/run-folder"], remove=True, network_mode="none")
