"""A trained network and its answers to pictures; its files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from containers.tensorflow.engine import network_file
from containers.tensorflow.image_classification import networks
from containers.tensorflow.image_classification.network_spec import NetworkSpec
from contract.data import Float32
from contract.errors import ArtifactError
from contract.images.decoding import Shape, UInt8, resize
from contract.images.pictures import Images
from contract.process.resources import processors

DESCRIPTION = "image-classification.json"
FORMAT = 1
_REMEDY = "upload the model archive again, or train the model again"
PART_BYTES = 1 << 24
"""Pixels that are held at once, after resizing, when many pictures are answered."""


@dataclass(frozen=True)
class ImageClassifier:
    """``epoch``, from 0, is that of the network's weights; ``kept`` are the weights of further epochs for the artifact.

    ``classes`` are the names of the classes, or empty where they are numbers.
    """

    network: keras.Model
    spec: NetworkSpec
    epoch: int
    kept: Mapping[int, Sequence[NDArray[Any]]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()

    def predict(self, images: Images) -> Float32:
        """Probabilities (n, num_classes) of n > 0 pictures, float32; see ``answer``.

        Raises the error of a picture that cannot be decoded.
        """
        height, width, channels = self.spec.input_shape
        size = max(1, PART_BYTES // (height * width * channels))
        found = [np.asarray(self.answer(tf.constant(self._pixels(part)))) for part in images.parts(size)]
        return np.concatenate(found)

    def _pixels(self, images: Images) -> UInt8:
        """The pictures as the network takes them, (n, height, width, channels)."""
        height, width, channels = self.spec.input_shape

        def one(record: int) -> UInt8:
            return resize(images.pixels(record), height, width)

        if len(images) == 1:
            return one(0)[None]
        stack = np.empty((len(images), height, width, channels), np.uint8)
        with ThreadPoolExecutor(processors()) as threads:
            for record, pixels in enumerate(threads.map(one, range(len(images)))):
                stack[record] = pixels
        return stack

    @cached_property
    def answer(self) -> Callable[[Any], Any]:
        """The network, compiled: pixels (n, height, width, channels) uint8 -> probabilities (n, num_classes) float32.

        How a convolution is summed up depends on the number of pictures, and so do the last bits. So the network sees
        one picture at a time, several of them side by side.
        """
        end = tf.sigmoid if self.spec.multi_label else tf.nn.softmax
        network = self.network

        def one(pixels: Any) -> Any:
            return end(network(pixels[None], training=False))[0]

        def answer(pixels: Any) -> Any:
            probabilities = tf.TensorSpec([self.spec.num_classes], tf.float32)
            return tf.map_fn(one, pixels, parallel_iterations=processors(), fn_output_signature=probabilities)

        signature = [tf.TensorSpec([None, *self.spec.input_shape], tf.uint8)]
        compiled: Callable[[Any], Any] = tf.function(answer, signature, autograph=False).get_concrete_function()
        return compiled

    def save(self, directory: Path) -> None:
        """Writes the network of each kept epoch, and what tells how it is built and which epoch answers."""
        network_file.save(self.network, directory / network_name(self.epoch))
        if self.kept:
            network = networks.build(self.spec)
            for epoch, weights in self.kept.items():
                network.set_weights(weights)
                network_file.save(network, directory / network_name(epoch))
        content = {
            "format": FORMAT,
            "network": self.spec.as_json(),
            "classes": list(self.classes),
            "serve": self.epoch + 1,
        }
        text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
        (directory / DESCRIPTION).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> ImageClassifier:
        """Reads what ``save`` wrote, ready to answer. Raises ``ArtifactError`` for what is missing or damaged."""
        spec, classes, epoch = _described(directory)
        path = directory / network_name(epoch)
        if not path.is_file():
            raise ArtifactError(f"no file {path.name} in the model directory, which holds: {_names(directory)}")
        if _least_bytes(spec) > path.stat().st_size:
            raise ArtifactError(f"{path.name} is too small for the network of {DESCRIPTION}: {_REMEDY}")
        network = networks.build(spec)
        network_file.load_weights(network, path)
        network.trainable = False
        model = cls(network, spec, epoch, classes=classes)
        model.answer(tf.zeros([1, *spec.input_shape], tf.uint8))  # the first answer is as fast as all others
        return model


def network_name(epoch: int) -> str:
    """The file of an epoch, counted from 0: like MXNet's, its name says how many epochs the network has seen."""
    return f"image-classification-{epoch + 1:04d}.keras"


def _described(directory: Path) -> tuple[NetworkSpec, tuple[str, ...], int]:
    """The network, the names of its classes and the epoch that answers."""
    path = directory / DESCRIPTION
    if not path.is_file():
        raise ArtifactError(f"no file {DESCRIPTION} in the model directory, which holds: {_names(directory)}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        form, fields, classes, number = (content[name] for name in ("format", "network", "classes", "serve"))
        spec = _spec(fields)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArtifactError(f"{DESCRIPTION} is damaged ({error}): {_REMEDY}") from error
    if form != FORMAT:
        raise ArtifactError(f"{DESCRIPTION} is of another image (format {form}, here {FORMAT}): serve it with that one")
    named = isinstance(classes, list) and all(isinstance(name, str) for name in classes)
    if not named or len(classes) not in (0, spec.num_classes) or type(number) is not int or number < 1:
        raise ArtifactError(f"{DESCRIPTION} is damaged (classes or serve): {_REMEDY}")
    return spec, tuple(classes), number - 1


def _spec(fields: Any) -> NetworkSpec:
    """Raises ``ArtifactError``, ``TypeError`` or ``ValueError`` where the fields describe no network."""
    spec = NetworkSpec.of(dict(fields))
    Shape.of(spec.image_shape)
    if type(spec.multi_label) is not bool or type(spec.dropout_rate) not in (int, float):
        raise TypeError("multi_label or dropout_rate")
    if not 0 <= spec.dropout_rate < 1:
        raise ValueError(f"dropout_rate is {spec.dropout_rate}")
    return spec


def _least_bytes(spec: NetworkSpec) -> int:
    """Bytes of the largest layer's weights: the layer must not be made where the file cannot hold them."""
    largest = spec.num_classes
    if spec.network == "lenet":
        rows, columns = (((side - 4) // 2 - 4) // 2 for side in spec.input_shape[:2])
        largest = max(largest, rows * columns)
    return 4 * largest


def _names(directory: Path) -> str:
    return ", ".join(sorted(path.name for path in directory.iterdir())) or "nothing"
