"""The image of one algorithm of a family: the family's image with a default, and nothing else that differs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest
from docker.models.images import Image

from tests.images.engine import FAMILIES, find_image, run

pytestmark = pytest.mark.image

ROOT = Path(__file__).parents[2]


def examples(family: str) -> list[Path]:
    return sorted((ROOT / "containers" / family / "example").iterdir())


SEVERAL = [family for family in FAMILIES if len(examples(family)) > 1]


def build(family: str, algorithm: str) -> subprocess.CompletedProcess[str]:
    """`make build`, as a user calls it; the family's image was built before, so that every layer is there."""
    command = ["make", "build", f"FAMILY={family}", f"ALGORITHM={algorithm}"]
    return subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", params=SEVERAL)
def family(request: pytest.FixtureRequest) -> str:
    """A family with several algorithms, whose image was built."""
    family: str = request.param
    find_image(f"open-algorithms/{family}:latest")
    return family


@pytest.fixture(scope="module")
def example(family: str) -> Path:
    """The example of the algorithm whose image is built: the last by name."""
    return examples(family)[-1]


@pytest.fixture(scope="module")
def image(family: str, example: Path) -> Iterator[Image]:
    """The image of one algorithm."""
    built = build(family, example.name)
    assert built.returncode == 0, built.stderr
    image = find_image(f"open-algorithms/{family}-{example.name}:latest")
    yield image
    with closing(docker.from_env()) as engine:
        engine.images.remove(image.id, force=True)  # by all of its tags


def test_it_has_the_layers_of_the_familys_image(image: Image, family: str) -> None:
    assert image.attrs["RootFS"] == find_image(f"open-algorithms/{family}:latest").attrs["RootFS"]


def test_it_trains_and_serves_its_algorithm_without_being_asked(image: Image, example: Path) -> None:
    outcome = run(
        image,
        *("sh", "-c", "cp -r /example /tmp/ml && train && serve --check && cat /tmp/ml/model/manifest.json"),
        volumes=[f"{example}:/example:ro"],
        environment={"SAGEMAKER_BASE_DIR": "/tmp/ml"},
    )
    assert outcome.exit_code == 0, outcome.log
    assert f'"algorithm": "{example.name}"' in outcome.log


def test_the_familys_image_asks_for_the_algorithm(family: str, example: Path) -> None:
    chosen = {"SAGEMAKER_BASE_DIR": "/tmp/ml"}
    copied = ("sh", "-c", "cp -r /example /tmp/ml && train")
    image = find_image(f"open-algorithms/{family}:latest")
    outcome = run(image, *copied, volumes=[f"{example}:/example:ro"], environment=chosen)
    assert outcome.exit_code != 0
    assert "ALGORITHM" in outcome.log
    assert example.name in outcome.log


def test_an_algorithm_that_is_not_in_the_family_is_not_built(family: str, example: Path) -> None:
    built = build(family, "no-such-algorithm")
    assert built.returncode != 0
    assert "'no-such-algorithm' is not in" in built.stdout + built.stderr
    assert example.name in built.stdout + built.stderr
