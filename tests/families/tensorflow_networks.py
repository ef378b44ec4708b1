"""Tiny real networks of the family tensorflow, and the records that they learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from containers.tensorflow.engine.distribution import share
from containers.tensorflow.engine.learning import Batches, TrainedNetwork, TrainingOptions, learn
from contract.context import Context

ROWS, COLUMNS, BATCH = 100, 4, 16
RATE = 0.02


@dataclass(frozen=True)
class Records:
    features: NDArray[np.float32]
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]

    def take(self, rows: Any) -> Records:
        return Records(self.features[rows], self.labels[rows], self.weights[rows])


def records(rows: int = ROWS, seed: int = 3) -> Records:
    """Random features, and labels (n, 1) that depend on them."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, COLUMNS)).astype(np.float32)
    labels = features[:, :1] - 0.5 * features[:, 1:2] + 0.1 * random.normal(size=(rows, 1))
    return Records(features, labels.astype(np.float32), np.ones(rows, np.float32))


def batches(data: Records, size: int = BATCH, context: Context | None = None, shuffled: bool = True) -> Batches:
    """This host's part of the records, in another order in every epoch."""

    def of(epoch: int) -> tf.data.Dataset:
        rows = np.arange(len(data.labels))
        order = np.random.default_rng(epoch).permutation(rows) if shuffled else rows
        mine = data.take(share(order, context or Context()))
        return tf.data.Dataset.from_tensor_slices((mine.features, mine.labels, mine.weights)).batch(size)

    return of


def unweighted(given: Batches) -> Batches:
    """The same batches without weights."""
    return lambda epoch: given(epoch).map(lambda features, labels, weights: (features, labels, None))


def network(normalised: bool = True, dropout: float = 0.1, penalty: float = 0.0) -> keras.Model:
    return keras.Sequential(
        [
            keras.layers.Input((COLUMNS,)),
            keras.layers.Dense(8, activation="tanh", kernel_regularizer=keras.regularizers.L2(penalty)),
            keras.layers.BatchNormalization() if normalised else keras.layers.Identity(),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(1),
        ]
    )


def plain() -> keras.Model:
    """A network whose answers depend on nothing but its inputs, also while it learns."""
    return network(normalised=False, dropout=0.0)


def squared(labels: Any, outputs: Any) -> Any:
    return tf.reduce_mean(tf.square(labels - outputs), axis=-1)


def options(epochs: int = 3, **others: Any) -> TrainingOptions:
    return TrainingOptions(epochs, others.pop("rate", lambda epoch: RATE), **others)


def trained(
    train: Batches,
    validation: Batches | None = None,
    plan: TrainingOptions | None = None,
    context: Context | None = None,
    build: Any = network,
    **others: Any,
) -> TrainedNetwork:
    """Trains a network."""
    return learn(
        build,
        others.pop("optimizer", lambda: keras.optimizers.SGD(RATE, momentum=0.9)),
        others.pop("loss", squared),
        others.pop("metrics", lambda: [keras.metrics.RootMeanSquaredError(name="rmse")]),
        train,
        validation,
        plan or options(),
        context or Context(),
        **others,
    )


def loss_of(model: keras.Model, data: Records) -> float:
    """The mean squared error of a network's answers."""
    return float(np.mean(squared(data.labels, model(data.features, training=False))))


def same(mine: keras.Model, other: keras.Model, tolerance: float = 0.0) -> bool:
    """Whether two networks have the same weights."""
    pairs = zip(mine.get_weights(), other.get_weights(), strict=True)
    return all(np.allclose(left, right, rtol=tolerance, atol=tolerance) for left, right in pairs)
