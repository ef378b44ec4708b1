import pytest
from docker.models.images import Image

from tests.images.engine import image_under_test


@pytest.fixture(scope="session")
def image() -> Image:
    return image_under_test()
