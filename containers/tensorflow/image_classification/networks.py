"""The networks: ResNet in the depths of SageMaker's image classification, and LeNet-5.

A network takes pixels from 0 to 255, shape (n, height, width, channels), normalises them itself and returns logits
(n, num_classes): softmax and sigmoid belong to the loss and to the answers.

ResNets follow He, Zhang, Ren, Sun, "Identity Mappings in Deep Residual Networks" (2016): batch normalisation and ReLU
stand before each convolution. LeNet-5 follows LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to
document recognition" (1998), with ReLU.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import keras
from keras import layers

from containers.tensorflow.image_classification.network_spec import (
    BOTTLENECK_FROM,
    CIFAR_DEPTHS,
    IMAGENET_BLOCKS,
    SMALL_SIDE,
    NetworkSpec,
)

LAST_LAYER = "logits"
_MOMENTUM, _EPSILON = 0.9, 2e-5  # of batch normalisation, for short epochs too


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
