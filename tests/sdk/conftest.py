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

from tests.images.engine import find_image, unavailable

HERE = Path(__file__).parent
IMAGE = os.environ.get("IMAGE_TAG", "open-algorithms/xgboost:latest")
CACHE = HERE.parent.parent / ".cache"
PROJECT_FOLDER = "com.docker.compose.project.working_dir"  # label that compose puts on what it starts
NO_TELEMETRY = 'SchemaVersion: "1.0"\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n'

Run = Callable[[str, str], dict[str, Any]]


@pytest.fixture(scope="session")
def image() -> str:
    """The tag of the image under test, on an engine that also has a compose command."""
    find_image(IMAGE)
    if not (shutil.which("docker-compose") or succeeds("docker", "compose", "version")):
        unavailable("SageMaker's local mode needs `docker compose` or `docker-compose`: install one of them")
    return IMAGE


def succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture(scope="session")
def run_sdk_program(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A function that runs a program of this folder in the environment of `v2` or `v3` and returns its result.json."""
    folders: list[Path] = []

    def run(sdk: str, program: str) -> dict[str, Any]:
        folder = tmp_path_factory.mktemp(sdk)
        folders.append(folder)
        write_channels(folder)
        command = [str(environment(sdk)), str(HERE / program), image, str(folder), str(free_port())]
        outcome = subprocess.run(
            command, env=variables(folder), cwd=folder, capture_output=True, text=True, timeout=600
        )
        assert outcome.returncode == 0, outcome.stdout[-4000:] + outcome.stderr[-4000:]
        result: dict[str, Any] = json.loads((folder / "result.json").read_text())
        return result

    yield run
    for folder in folders:
        tidy(folder, image)


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


def write_channels(folder: Path) -> None:
    """Channels of 144 rows with the label 2a - b in front, and a batch of three rows without one."""
    rows = "".join(f"{2 * a - b},{a},{b}\n" for a in range(12) for b in range(12))
    for name, text in {"train": rows, "validation": rows, "batch": "0,1\n3,2\n6,5\n"}.items():
        (folder / name).mkdir()
        (folder / name / "rows.csv").write_text(text)


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
