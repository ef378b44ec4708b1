"""The networks: ResNet in the depths of SageMaker's image classification, and LeNet-5.

A network takes pixels from 0 to 255, shape (n, height, width, channels), normalises them itself and returns logits
(n, num_classes): softmax and sigmoid belong to the loss and to the answers.

ResNets follow He, Zhang, Ren, Sun, "Identity Mappings in Deep Residual Networks" (2016): batch normalisation and ReLU
stand before each convolution. LeNet-5 follows LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to
document recognition" (1998), with ReLU.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import keras
from keras import layers

from containers.errors import ArtifactError

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
"""What ``num_layers`` of a LeNet is."""
LAST_LAYER = "logits"
_MOMENTUM, _EPSILON = 0.9, 2e-5  # of batch normalisation, for short epochs too


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
        """What ``as_json`` made. Raises ``ArtifactError`` where the fields describe no network."""
        try:
            spec = cls(**{**fields, "image_shape": tuple(fields["image_shape"])})
        except (KeyError, TypeError) as error:
            raise ArtifactError(f"the description of the network is incomplete ({error}); train it again") from error
        fault = spec.fault()
        if fault:
            raise ArtifactError(f"the description of the network is wrong: {fault}")
        return spec

    def fault(self) -> str | None:
        """Why there is no such network, or None."""
        sizes = (*self.image_shape, self.num_layers, self.num_classes)
        if len(sizes) != 5 or not all(type(size) is int and size > 0 for size in sizes):
            return f"image_shape {self.image_shape}, num_layers {self.num_layers} and num_classes {self.num_classes}"
        if self.network not in NETWORKS or self.normalization not in NORMALIZATIONS:
            return f"network {self.network!r} with normalization {self.normalization!r}"
        if self.num_layers not in (DEPTHS if self.network == "resnet" else (LENET_LAYERS,)):
            return f"a {self.network} of {self.num_layers} layers"
        return too_small(self.network, self.image_shape)


def too_small(network: str, image_shape: Sequence[int]) -> str | None:
    """What is wrong with (channels, height, width), or None where a network takes such images."""
    least = LEAST_SIDE[network]
    if min(image_shape[1:]) >= least:
        return None
    return f"{image_shape[1]} × {image_shape[2]} pixels are too few, {network} needs {least} × {least} or more"


def build(spec: NetworkSpec, weight_decay: float = 0.0) -> keras.Model:
    """A network with new weights; ``weight_decay`` is the factor of the L2 penalty, half the sum of squared weights."""
    pixels = keras.Input(spec.input_shape, name="pixels")
    penalty = keras.regularizers.L2(weight_decay / 2) if weight_decay > 0 else None
    body = _lenet if spec.network == "lenet" else _resnet
    features = body(_normalised(pixels, spec), spec, penalty)
    # The last layer stays in float32, whatever the others compute in: a softmax needs the range.
    logits = layers.Dense(spec.num_classes, kernel_regularizer=penalty, dtype="float32", name=LAST_LAYER)(features)
    return keras.Model(pixels, logits, name=f"{spec.network}{spec.num_layers}")


def _normalised(pixels: Any, spec: NetworkSpec) -> Any:
    if spec.normalization == "constant":
        return layers.Rescaling(1 / 127.5, offset=-1.0, dtype="float32", name="normalization")(pixels)
    # One grey level squared: the noise of an image of one colour is not blown up.
    centred = layers.LayerNormalization(
        axis=(1, 2, 3), epsilon=1.0, center=False, scale=False, dtype="float32", name="normalization"
    )
    return centred(pixels)


def _lenet(pixels: Any, spec: NetworkSpec, penalty: Any) -> Any:
    signal = pixels
    for number, filters in enumerate((6, 16), start=1):
        convolution = layers.Conv2D(
            filters, 5, activation="relu", kernel_regularizer=penalty, name=f"convolution_{number}"
        )
        signal = layers.AveragePooling2D(2, name=f"pool_{number}")(convolution(signal))
    signal = layers.Flatten(name="flat")(signal)
    for number, units in enumerate((120, 84), start=1):
        dense = layers.Dense(units, activation="relu", kernel_regularizer=penalty, name=f"dense_{number}")
        signal = _dropped(dense(signal), spec, f"dropout_{number}")
    return signal


def _dropped(signal: Any, spec: NetworkSpec, name: str) -> Any:
    return layers.Dropout(spec.dropout_rate, name=name)(signal) if spec.dropout_rate > 0 else signal


def _resnet(pixels: Any, spec: NetworkSpec, penalty: Any) -> Any:
    signal, parts = pixels, _Parts(penalty)
    blocks, widths = _stages(spec.num_layers)
    signal = parts.convolution(signal, widths[0], 3) if spec.num_layers in CIFAR_DEPTHS else parts.stem(signal)
    deep = spec.num_layers in IMAGENET_BLOCKS and spec.num_layers >= BOTTLENECK_FROM
    block = parts.bottleneck if deep else parts.basic
    for stage, (count, width) in enumerate(zip(blocks, widths, strict=True)):
        for number in range(count):
            first = number == 0
            signal = block(signal, width, stride=2 if first and stage > 0 else 1, project=first)
    signal = layers.GlobalAveragePooling2D(name="mean")(parts.activated(signal))
    return _dropped(signal, spec, "dropout")


def _stages(num_layers: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The number of residual blocks of each stage, and of channels that they answer."""
    if num_layers in CIFAR_DEPTHS:
        return ((num_layers - 2) // 6,) * 3, (16, 32, 64)
    widths = (256, 512, 1024, 2048) if num_layers >= BOTTLENECK_FROM else (64, 128, 256, 512)
    return IMAGENET_BLOCKS[num_layers], widths


class _Parts:
    """The parts of a ResNet, numbered so that the same network has the same names of layers in every process.

    ``penalty`` is the regulariser of every convolution's weights, or None.
    """

    def __init__(self, penalty: Any) -> None:
        self._penalty = penalty
        self._made: Counter[str] = Counter()

    def _name(self, kind: str) -> str:
        self._made[kind] += 1
        return f"{kind}_{self._made[kind]}"

    def convolution(self, signal: Any, filters: int, size: int, stride: int = 1) -> Any:
        convolution = layers.Conv2D(
            filters,
            size,
            strides=stride,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            kernel_regularizer=self._penalty,
            name=self._name("convolution"),
        )
        return convolution(signal)

    def activated(self, signal: Any) -> Any:
        scaled = layers.BatchNormalization(momentum=_MOMENTUM, epsilon=_EPSILON, name=self._name("batch_normalization"))
        return layers.ReLU(name=self._name("relu"))(scaled(signal))

    def stem(self, signal: Any) -> Any:
        """The first layers of an ImageNet network: a quarter of the size, or the size itself for small images."""
        if min(signal.shape[1:3]) <= SMALL_SIDE:
            return self.convolution(signal, 64, 3)
        signal = self.activated(self.convolution(signal, 64, 7, stride=2))
        return layers.MaxPooling2D(3, strides=2, padding="same", name="pool")(signal)

    def basic(self, signal: Any, width: int, stride: int, project: bool) -> Any:
        """Two convolutions of 3 × 3 beside a shortcut, which is a convolution of 1 × 1 where the shape changes."""
        ready = self.activated(signal)
        shortcut = self.convolution(ready, width, 1, stride) if project else signal
        ready = self.activated(self.convolution(ready, width, 3, stride))
        return self._sum(self.convolution(ready, width, 3), shortcut)

    def bottleneck(self, signal: Any, width: int, stride: int, project: bool) -> Any:
        """A convolution of 3 × 3 on a quarter of the channels, between two of 1 × 1, beside a shortcut."""
        ready = self.activated(signal)
        shortcut = self.convolution(ready, width, 1, stride) if project else signal
        ready = self.activated(self.convolution(ready, width // 4, 1))
        ready = self.activated(self.convolution(ready, width // 4, 3, stride))
        return self._sum(self.convolution(ready, width, 1), shortcut)

    def _sum(self, signal: Any, shortcut: Any) -> Any:
        return layers.Add(name=self._name("sum"))([signal, shortcut])
