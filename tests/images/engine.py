"""The image under test, found on the local Docker engine."""

import os
from typing import NoReturn

import docker
import pytest
from docker.errors import DockerException, ImageNotFound
from docker.models.images import Image

TAG = os.environ.get("IMAGE_TAG", "open-algorithms/xgboost:latest")


def image_under_test() -> Image:
    """The image IMAGE_TAG; without an engine or image the test is skipped, or fails where REQUIRE_IMAGES=1."""
    try:
        return docker.from_env().images.get(TAG)
    except ImageNotFound:
        unavailable(f"no image {TAG}: build it with `make build FAMILY=xgboost`, or name another in IMAGE_TAG")
    except DockerException as error:
        unavailable(f"no Docker engine answers ({error}): start one, or set DOCKER_HOST")


def unavailable(reason: str) -> NoReturn:
    """Skips, or fails in an environment that promised images: a check must not vanish unseen from CI."""
    if os.environ.get("REQUIRE_IMAGES") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
