"""The training loop of the family: epochs over batches, judged, kept, and ended in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

import keras

from containers.tensorflow.engine.distribution import Devices, in_touch
from containers.tensorflow.engine.epoch_metrics import Accumulator, AnyMetric, EpochMetrics
from containers.tensorflow.engine.progress import EarlyStopping, TrainingOptions
from containers.tensorflow.engine.steps import BatchSteps, Loss
from containers.tensorflow.engine.training_run import Batches, OnBatch, TrainedNetwork, TrainingRun
from contract.context import Context

__all__ = ["Accumulator", "Batches", "EarlyStopping", "Loss", "TrainedNetwork", "TrainingOptions", "learn"]

SEED = 0

OnEpoch: TypeAlias = Callable[[int, float], None]
"""Epoch, seconds."""


def learn(
    build: Callable[[], keras.Model],
    optimizer: Callable[[], keras.optimizers.Optimizer],
    loss: Loss | None,
    metrics: Callable[[], Sequence[AnyMetric]],
    train: Batches,
    validation: Batches | None,
    options: TrainingOptions,
    context: Context,
    on_batch: OnBatch | None = None,
    on_epoch: OnEpoch | None = None,
) -> TrainedNetwork:
    """Trains the network that ``build`` returns, together with the other hosts.

    The objective is the mean of the records' losses by their weights, over the batches of all hosts, plus the penalties
    on weights that layers ask for (regularisation). What layers add for a batch (``add_loss``) is part of the loss of
    each of its records, and with ``loss`` None all of it. Scores hold ``loss``, without the penalties, and the metrics;
    those of train are gathered while it learns. A metric of Keras is a sum over records at heart, any other one is an
    ``Accumulator``. The same data, threads and hosts give the same weights.

    Raises ``Stopped`` when asked to stop before an epoch is complete, ``HyperparameterError`` when training diverges,
    ``ChannelError`` where no host has a record and ``PlatformError`` where another host is lost.
    """
    devices = Devices(context)
    keras.utils.set_random_seed(SEED)
    with devices.strategy.scope():
        model, rule = build(), optimizer()
        rule.build(model.trainable_variables)
    judged = {channel: EpochMetrics(metrics(), devices) for channel in ("train", "validation")}
    steps = BatchSteps(model, rule, loss, judged, devices)
    training = TrainingRun(model, rule, steps, judged, devices, options, context, on_batch)
    with in_touch(context):
        training.resume()
        while not training.progress.ended:
            started = time.monotonic()
            epoch = training.progress.epochs
            if not training.epoch(train, validation):
                break
            if on_epoch is not None:
                on_epoch(epoch, time.monotonic() - started)
    return training.learned(build)
