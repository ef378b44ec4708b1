"""The networks that there are: what a hyperparameter may ask for, and what a model file says of its network.

Without Keras, so that hyperparameters can be read where it is not installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from contract.errors import ArtifactError

NETWORKS = ("resnet", "lenet")
NORMALIZATIONS = ("image", "constant")

IMAGENET_BLOCKS: Mapping[int, tuple[int, int, int, int]] = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
    200: (3, 24, 36, 3),
}
"""Residual blocks of the four stages, by number of layers, as for ImageNet."""
CIFAR_DEPTHS = (20, 32, 44, 56, 110)
"""Numbers of layers of the narrow networks for small images: three stages of (layers - 2) / 6 blocks."""
DEPTHS = tuple(sorted((*IMAGENET_BLOCKS, *CIFAR_DEPTHS)))
BOTTLENECK_FROM = 50
"""ImageNet networks of at least so many layers have blocks of three convolutions, others of two."""

SMALL_SIDE = 32
"""Images of at most this height or width keep their size in the first layer."""
LEAST_SIDE: Mapping[str, int] = {"resnet": 8, "lenet": 16}
"""The smallest height and width, in pixels, that a network takes."""

LENET_LAYERS = 5
"""The ``num_layers`` of a LeNet."""


@dataclass(frozen=True)
class NetworkSpec:
    """All that decides a network's layers; ``asdict`` of it is JSON, and ``of`` reads that again.

    ``image_shape`` is (channels, height, width) as in the hyperparameter. ``num_layers`` is 5 for LeNet.
    ``normalization``: ``image`` subtracts each image's mean and divides by its standard deviation, over all its
    pixels and channels; ``constant`` maps 0…255 to -1…1.
    """

    network: str
    num_layers: int
    image_shape: tuple[int, int, int]
    num_classes: int
    multi_label: bool = False
    normalization: str = "image"
    dropout_rate: float = 0.0

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of one image as the network takes it."""
        channels, height, width = self.image_shape
        return height, width, channels

    def as_json(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return asdict(self) | {"image_shape": list(self.image_shape)}

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> NetworkSpec:
        """Reads what ``as_json`` made. Raises ``ArtifactError`` where the fields describe no network."""
        try:
            spec = cls(**{**fields, "image_shape": tuple(fields["image_shape"])})
        except (KeyError, TypeError) as error:
            raise ArtifactError(f"the description of the network is incomplete ({error}); train it again") from error
        fault = spec.fault()
        if fault:
            raise ArtifactError(f"the description of the network is wrong: {fault}")
        return spec

    def fault(self) -> str | None:
        """Returns why there is no such network, or None."""
        sizes = (*self.image_shape, self.num_layers, self.num_classes)
        if len(sizes) != 5 or not all(type(size) is int and size > 0 for size in sizes):
            return f"image_shape {self.image_shape}, num_layers {self.num_layers} and num_classes {self.num_classes}"
        if self.network not in NETWORKS or self.normalization not in NORMALIZATIONS:
            return f"network {self.network!r} with normalization {self.normalization!r}"
        if self.num_layers not in (DEPTHS if self.network == "resnet" else (LENET_LAYERS,)):
            return f"a {self.network} of {self.num_layers} layers"
        return too_small(self.network, self.image_shape)


def too_small(network: str, image_shape: Sequence[int]) -> str | None:
    """Returns what is wrong with (channels, height, width), or None where a network takes such images."""
    least = LEAST_SIDE[network]
    if min(image_shape[1:]) >= least:
        return None
    return f"{image_shape[1]} × {image_shape[2]} pixels are too few, {network} needs {least} × {least} or more"
