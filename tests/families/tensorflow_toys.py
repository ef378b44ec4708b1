"""Tiny real networks that learn from more than rows with a label: sequences, pictures with boxes, inputs alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from containers.tensorflow.engine.distribution import share
from containers.tensorflow.engine.learning import Accumulator, Batches, TrainedNetwork
from contract.context import Context
from tests.families.tensorflow_networks import COLUMNS, options, squared, trained

# Sequences of any length, and a label for each.

STEPS = 2
"""Numbers a step of a sequence."""
LENGTHS = (3, 7, 1, 5, 2)
"""The longest sequence of each batch."""


def sequences(padded: bool, size: int = 6, seed: int = 3) -> Batches:
    """Batches whose longest sequences differ; labels (n, 1) are the mean of a sequence's first numbers."""
    random = np.random.default_rng(seed)
    batches = []
    for longest in LENGTHS:
        lengths = np.r_[longest, random.integers(1, longest + 1, size - 1)]
        numbers = random.normal(size=(lengths.sum(), STEPS)).astype(np.float32)
        ragged = tf.RaggedTensor.from_row_lengths(numbers, lengths)
        inputs = {"numbers": ragged.to_tensor(), "lengths": tf.constant(lengths, tf.int32)} if padded else ragged
        batches.append((inputs, tf.reduce_mean(ragged[:, :, :1], axis=1), None))
    return lambda epoch: _of_batches(batches, padded)


def _of_batches(batches: Sequence[Any], padded: bool) -> tf.data.Dataset:
    inputs: Any = tf.RaggedTensorSpec([None, None, STEPS], ragged_rank=1)
    if padded:
        inputs = {"numbers": tf.TensorSpec([None, None, STEPS]), "lengths": tf.TensorSpec([None], tf.int32)}
    given = [batch[:2] for batch in batches]
    dataset = tf.data.Dataset.from_generator(lambda: iter(given), output_signature=(inputs, tf.TensorSpec([None, 1])))
    return dataset.map(lambda inputs, labels: (inputs, labels, None))


class SequenceNetwork(keras.Model):
    """The mean of what a layer says of each step, and a layer behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.step = keras.layers.Dense(4, activation="tanh")
        self.last = keras.layers.Dense(1)
        self.step.build((None, STEPS))
        self.last.build((None, 4))
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        if isinstance(inputs, tf.RaggedTensor):
            numbers, lengths = inputs.to_tensor(), tf.cast(inputs.row_lengths(), tf.int32)
        else:
            numbers, lengths = inputs["numbers"], inputs["lengths"]
        there = tf.sequence_mask(lengths, tf.shape(numbers)[1], tf.float32)[:, :, None]
        return self.last(tf.reduce_sum(self.step(numbers) * there, axis=1) / tf.reduce_sum(there, axis=1))


# Pictures with a size, and any number of boxes in each.


@dataclass(frozen=True)
class Scenes:
    features: NDArray[np.float32]
    sizes: NDArray[np.float32]
    boxes: Sequence[NDArray[np.float32]]
    """Of each picture (any number, 2)."""

    def take(self, count: int) -> Scenes:
        """The first ones."""
        return Scenes(self.features[:count], self.sizes[:count], self.boxes[:count])


def scenes(count: int, seed: int = 3) -> Scenes:
    """Every fourth picture has no box."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(count, COLUMNS)).astype(np.float32)
    sizes = (features[:, 0] + 0.1 * random.standard_cauchy(count)).astype(np.float32)
    near = [features[number, None, 1:3] + 0.1 * random.normal(size=(number % 4, 2)) for number in range(count)]
    return Scenes(features, sizes, [boxes.astype(np.float32) for boxes in near])


def scene_batches(data: Scenes, size: int, context: Context) -> Batches:
    """This host's part of the pictures, with labels ``size`` (n,) and ``boxes`` (n, any number, 2)."""
    rows = share(np.arange(len(data.sizes)), context)
    boxes = tf.RaggedTensor.from_row_lengths(
        np.concatenate([np.empty((0, 2), np.float32), *(data.boxes[row] for row in rows)]),
        np.array([len(data.boxes[row]) for row in rows], np.int64),
    )
    labels = {"size": data.sizes[rows], "boxes": boxes}
    dataset = tf.data.Dataset.from_tensor_slices((data.features[rows], labels, np.ones(len(rows), np.float32)))
    return lambda epoch: dataset.batch(size)


def scene_network() -> keras.Model:
    features = keras.Input((COLUMNS,))
    hidden = keras.layers.Dense(6, activation="tanh")(features)
    outputs = {"size": keras.layers.Dense(1)(hidden), "box": keras.layers.Dense(2)(hidden)}
    return keras.Model(features, outputs)


def scene_loss(labels: Any, outputs: Any) -> Any:
    """The squared error of the size, and the mean squared distance of the boxes from the one that is answered."""
    distances = tf.reduce_sum(tf.square(labels["boxes"] - outputs["box"][:, None, :]), axis=-1)
    mean = tf.math.divide_no_nan(tf.reduce_sum(distances, axis=1), tf.cast(labels["boxes"].row_lengths(), tf.float32))
    return tf.square(labels["size"] - outputs["size"][:, 0]) + mean


class MedianError(Accumulator):
    """The median of the sizes' errors: no sum over records, and none of the hosts' own medians."""

    name = "median"

    def __init__(self) -> None:
        self._errors: NDArray[Any] = np.empty(0, np.float32)

    def reset(self) -> None:
        self._errors = self._errors[:0]

    def add(self, labels: Any, outputs: Any, weights: Any) -> None:
        errors = np.abs(labels["size"].numpy() - outputs["size"].numpy()[:, 0])
        self._errors = np.append(self._errors, errors)

    def state(self) -> Sequence[NDArray[Any]]:
        return [self._errors]

    def merge(self, states: Sequence[Sequence[NDArray[Any]]]) -> None:
        self._errors = np.concatenate([errors for (errors,) in states])

    def result(self) -> float:
        return float(np.median(self._errors)) if len(self._errors) else float("nan")


class BoxCount(keras.metrics.Metric):
    """How many boxes there are: a sum, as metrics of Keras are."""

    def __init__(self) -> None:
        super().__init__(name="boxes")
        self.total = self.add_weight(initializer="zeros", name="total")

    def update_state(self, labels: Any, outputs: Any, weights: Any) -> None:
        counts = tf.cast(labels["boxes"].row_lengths(), tf.float32)
        self.total.assign_add(tf.reduce_sum(counts * weights))

    def result(self) -> Any:
        return self.total.value


def trained_on_scenes(train: Scenes, held_out: Scenes, size: int, context: Context, **others: Any) -> TrainedNetwork:
    return trained(
        scene_batches(train, size, context), scene_batches(held_out, size, context), others.pop("plan", options(2)),
        context, scene_network, loss=scene_loss, metrics=lambda: [MedianError(), BoxCount()], **others,
    )  # fmt: skip


# Inputs alone.


def unlabelled(given: Batches) -> Batches:
    """The same batches without labels."""
    return lambda epoch: given(epoch).map(lambda features, labels, weights: (features, None, weights))


def autoencoder() -> keras.Model:
    return keras.Sequential(
        [keras.layers.Input((COLUMNS,)), keras.layers.Dense(2, activation="tanh"), keras.layers.Dense(COLUMNS)]
    )


class Distance(keras.layers.Layer):
    """Adds the mean squared distance of two tensors to the losses of the network, and answers the second one."""

    def call(self, pair: Any) -> Any:
        self.add_loss(tf.reduce_mean(squared(*pair)))
        return pair[1]


def with_losses() -> keras.Model:
    """The same autoencoder, which brings its loss itself."""
    features = keras.Input((COLUMNS,))
    hidden = keras.layers.Dense(2, activation="tanh")(features)
    return keras.Model(features, Distance()([features, keras.layers.Dense(COLUMNS)(hidden)]))


def trained_on_inputs(
    build: Callable[[], keras.Model], loss: Any, train: Batches, held_out: Batches, context: Context, **others: Any
) -> TrainedNetwork:
    plan = others.pop("plan", options(3))
    return trained(train, held_out, plan, context, build, loss=loss, **others)
