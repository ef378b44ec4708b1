import os
from pathlib import Path

import pytest
from docker.models.images import Image

from tests.images.engine import find_image, tags

OF_ONE_IMAGE = Path(__file__).with_name("test_script_mode.py")
"""A user's program is run by the same code in every image: its tests run in one of them, but for these."""
IN_EVERY_IMAGE = ("test_a_program_finds_data", "test_the_toolkit_does_not_import")


@pytest.fixture(scope="session", params=tags())
def image(request: pytest.FixtureRequest) -> Image:
    """The image of one family."""
    tag: str = request.param
    return find_image(tag)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what shows nothing new; IMAGE_TESTS=all in the environment runs it."""
    unwanted = [item for item in items if os.environ.get("IMAGE_TESTS") != "all" and _shows_nothing_new(item)]
    config.hook.pytest_deselected(items=unwanted)
    items[:] = [item for item in items if item not in set(unwanted)]


def _shows_nothing_new(item: pytest.Item) -> bool:
    if item.path != OF_ONE_IMAGE or item.name.startswith(IN_EVERY_IMAGE) or not isinstance(item, pytest.Function):
        return False
    return bool(item.callspec.params["image"] != tags()[-1])
