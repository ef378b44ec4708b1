"""Reading channels of pictures in tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from contract.errors import ChannelError
from contract.images import ImageInput, Images
from contract.source import Source
from tests.image_data.samples import source


@dataclass(frozen=True)
class Params:
    """The hyperparameters that an input of pictures looks at."""

    image_shape: str = "3,32,32"
    num_classes: int | None = None
    multi_label: int = 0


def read(
    channel: Path | Source, content_type: str | None = None, params: Params | None = None, like: Images | None = None
) -> Images:
    """Reads a channel, given as its folder or as what ``arrange`` made of it."""
    given = source(channel, content_type) if isinstance(channel, Path) else channel
    return ImageInput().read(given, params or Params(), like)


def refusal(
    channel: Path | Source, content_type: str | None = None, params: Params | None = None, like: Images | None = None
) -> str:
    """What a channel is refused with."""
    with pytest.raises(ChannelError) as refused:
        read(channel, content_type, params, like)
    return str(refused.value)
