"""Two virtual environments, one per SDK generation, and isolated runs of a user's program in them."""

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml

from tests.contract.subject import ROOT, Subject, subjects
from tests.contract.tree import Tree
from tests.images.engine import family_of, find_image, tags, unavailable

HERE = Path(__file__).parent
CACHE = ROOT / ".cache"
PROJECT_FOLDER = "com.docker.compose.project.working_dir"  # label that compose puts on what it starts
NO_TELEMETRY = 'SchemaVersion: "1.0"\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n'
ROWS = 3
PROGRAMS = {"v2": "v2_estimator.py", "v3": "v3_model_trainer.py"}
SPELLED = {"xgboost": {"save_model_on_termination": True, "base_score": None}}
"""Hyperparameters beside the description's, given in Python, whose values each SDK spells in its own way."""


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
def results(image: str, subject: Subject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the program of each SDK came to, by SDK."""
    folders = {sdk: tmp_path_factory.mktemp(sdk) for sdk in PROGRAMS}
    for folder in folders.values():
        write_job(folder, subject)
    yield {sdk: result for sdk, (result, _) in run_side_by_side(PROGRAMS, image, folders).items()}
    for folder in folders.values():
        tidy(folder, image)


def run_side_by_side(
    programs: dict[str, str], image: str, folders: dict[str, Path]
) -> dict[str, tuple[dict[str, Any], str]]:
    """Runs a program in each SDK at once, as they mostly wait; by SDK, what ``run_in_sdk`` returns."""
    with closing(docker.from_env()) as engine:
        # the SDKs' containers share a network; two programs that both found it missing would both make it
        workers = len(programs) if engine.networks.list(names=["sagemaker-local"]) else 1
    with ThreadPoolExecutor(workers) as pool:
        runs = {sdk: pool.submit(run_in_sdk, sdk, program, image, folders[sdk]) for sdk, program in programs.items()}
    return {sdk: run.result() for sdk, run in runs.items()}


def run_in_sdk(sdk: str, program: str, image: str, folder: Path) -> tuple[dict[str, Any], str]:
    """Runs a program of this folder in the environment of an SDK; returns FOLDER/result.json and what it wrote."""
    written = run_program(sdk, program, folder, image, str(folder), str(free_port()))
    return json.loads((folder / "result.json").read_text()), written


def run_program(sdk: str, program: str, home: Path, *arguments: str, **more: str) -> str:
    """What a program of this folder writes; ``home`` is its user's, ``more`` are variables of its environment."""
    command = [str(environment(sdk)), str(HERE / "quickly.py"), str(HERE / program), *arguments]
    settings = variables(home) | more
    done = subprocess.run(command, env=settings, cwd=home, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{done.stderr[-4000:]}\n{done.stdout[-8000:]}"
    return done.stdout + done.stderr


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
        "PYTHONPATH": str(ROOT),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(settings),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "dummy",
        "AWS_SECRET_ACCESS_KEY": "dummy",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def write_job(folder: Path, subject: Subject) -> None:
    """The algorithm's example as a user of an SDK has it: job.yaml, a folder for each channel, a batch of some records.

    Numbers are rows of one file of the batch, pictures are files of their own.
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
    (folder / "job.yaml").write_text(yaml.safe_dump(description(tree, subject, pictures=not rows)))
    (folder / "spelled.json").write_text(json.dumps(SPELLED.get(subject.family, {})))


def description(tree: Tree, subject: Subject, *, pictures: bool) -> dict[str, Any]:
    """A job description for runs on this machine; the addresses in S3 are nobody's."""
    channels = tree.read_config("inputdataconfig").items()
    kinds = {"content_type": "application/x-image", "accept": "application/jsonlines"} if pictures else {}
    return {
        "name": subject.name,
        "family": subject.family,
        "algorithm": subject.name,
        "hyperparameters": typed(tree.read_config("hyperparameters")),
        "channels": {name: {"local": name, "content_type": entry["ContentType"]} for name, entry in channels},
        "transform": {"data": "s3://nobodys/batch/", "output": "s3://nobodys/predicted/", **kinds},
    }


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
