import pytest
from docker.models.images import Image

from tests.images.engine import find_image, tags


@pytest.fixture(scope="session", params=tags())
def image(request: pytest.FixtureRequest) -> Image:
    """The image of one family."""
    tag: str = request.param
    return find_image(tag)
