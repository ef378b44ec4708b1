"""The images under test, found on the local Docker engine, and commands run in them."""

import os
import re
import shutil
import tempfile
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import docker
import pytest
from docker.errors import DockerException, ImageNotFound
from docker.models.images import Image

from tests.contract import logs

CONTAINERS = Path(__file__).parents[2] / "containers"
FAMILIES = sorted(lock.parent.name for lock in CONTAINERS.glob("*/requirements.txt"))
PROGRAMS = re.compile(r"\b(train|serve)\b")
ALGORITHM_PYTHON, SCRIPT_PYTHON = "/opt/venv/bin/python", "/opt/script-mode/bin/python"


def tags() -> list[str]:
    """The one image of IMAGE_TAG where that is set, else the newest build of every family."""
    chosen = os.environ.get("IMAGE_TAG")
    return [chosen] if chosen else [f"open-algorithms/{family}:latest" for family in FAMILIES]


def find_image(tag: str) -> Image:
    """The image; without an engine or image the test is skipped, or fails where REQUIRE_IMAGES=1."""
    try:
        with closing(docker.from_env()) as engine:
            return engine.images.get(tag)
    except ImageNotFound:
        unavailable(f"no image {tag}: build it with `make build FAMILY=…`, or name another in IMAGE_TAG")
    except DockerException as error:
        unavailable(f"no Docker engine answers ({error}): start one, or set DOCKER_HOST")


TOYS = Path(__file__).parents[1] / "toys"
TOYS_RECIPE = """
FROM open-algorithms/{family}:latest
COPY tests /toys/tests
ENV PYTHONPATH=/toys
"""
"""As CONTRIBUTING says of an image for a package of one's own; a container is told which of the toys it is for."""


@cache
def build_toys_image() -> Image:
    """The image of all toys of the tests, which stands on that of the first family."""
    find_image(f"open-algorithms/{FAMILIES[0]}:latest")
    with tempfile.TemporaryDirectory() as context, closing(docker.from_env()) as engine:
        Path(context, "Dockerfile").write_text(TOYS_RECIPE.format(family=FAMILIES[0]))
        shutil.copytree(TOYS, Path(context, "tests", "toys"), ignore=shutil.ignore_patterns("__pycache__"))
        Path(context, "tests", "__init__.py").touch()
        image: Image = engine.images.build(path=context, tag="open-algorithms/toys:latest", rm=True)[0]
        return image


def family_of(image: Image) -> str:
    """The family that the image says it holds."""
    variables = dict(variable.split("=", 1) for variable in image.attrs["Config"]["Env"])
    return str(variables["ALGORITHM_FAMILY"])


def title_of(image: Image) -> str:
    """The family, or the family and ``-gpu``."""
    title: str = image.labels["org.opencontainers.image.title"]
    return title.removeprefix("open-algorithms/")


def lock_of(image: Image) -> Path:
    """The lock that the image was installed from."""
    gpu = "gpu-" if title_of(image).endswith("-gpu") else ""
    return CONTAINERS / family_of(image) / f"{gpu}requirements.txt"


def unavailable(reason: str) -> NoReturn:
    """Skips, or fails in an environment that promised images: a check must not vanish unseen from CI."""
    if os.environ.get("REQUIRE_IMAGES") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@dataclass(frozen=True)
class Outcome:
    """How a container ended, and everything that it wrote."""

    exit_code: int
    log: str


def run(image: Image, *command: str, **options: Any) -> Outcome:
    """Runs a command in a container without network and removes it; options are those of docker's `containers.run`.

    The log of `train` and `serve` must not hold trouble that nobody expects.
    """
    with closing(docker.from_env()) as engine:
        container = engine.containers.create(image, list(command), **{"network_mode": "none", **options})
        try:
            container.start()
            outcome = Outcome(int(container.wait(timeout=300)["StatusCode"]), container.logs().decode())
        finally:
            container.remove(force=True)
    if PROGRAMS.search(" ".join(command)):
        logs.check(outcome.log, failed=outcome.exit_code != 0)
    return outcome


def python(image: Image, *lines: str, interpreter: str = ALGORITHM_PYTHON, **options: Any) -> str:
    """What a Python program prints in the image."""
    outcome = run(image, interpreter, "-c", "\n".join(lines), **options)
    assert outcome.exit_code == 0, outcome.log
    return outcome.log
