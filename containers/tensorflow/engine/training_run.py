"""A training run: its epochs are judged, kept, and ended in time."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from containers.tensorflow.engine.batch import complete, signature
from containers.tensorflow.engine.checkpoints import Checkpoints, TrainingState, Weights
from containers.tensorflow.engine.distribution import Devices, finite, values
from containers.tensorflow.engine.epoch_batches import EpochBatches
from containers.tensorflow.engine.epoch_metrics import EpochMetrics
from containers.tensorflow.engine.progress import TrainingOptions, TrainingProgress
from containers.tensorflow.engine.steps import BatchSteps
from contract.context import Context
from contract.errors import ChannelError, HyperparameterError, Stopped
from contract.scores import Scores

Batches: TypeAlias = Callable[[int], tf.data.Dataset]
"""Epoch (from 0) -> batches (inputs, labels or None, weights or None) of this host; the same ones for the same epoch.

Inputs and labels may be any nest of tensors, dense or ragged; what sizes differ from batch to batch says the data set's
``element_spec``.
"""
OnBatch: TypeAlias = Callable[[int, int, float, Mapping[str, float]], None]
"""Epoch, batch, records a second of all hosts since the epoch began, metrics of this host's records so far.

A metric is worked out when it is looked up, which takes a moment: look at some of the batches only.
"""


@dataclass(frozen=True)
class TrainedNetwork:
    """The result of training: the network with the kept weights, of ``epoch`` (from 0) of ``epochs`` that ran.

    ``kept`` holds the weights of every n-th epoch, where the options ask for them.
    """

    model: keras.Model
    epoch: int
    epochs: int
    kept: Mapping[int, Weights]


class TrainingRun:
    """A run on its way: what each epoch does, and where the run stands after it."""

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        steps: BatchSteps,
        metrics: Mapping[str, EpochMetrics],
        devices: Devices,
        options: TrainingOptions,
        context: Context,
        on_batch: OnBatch | None,
    ) -> None:
        self._model = model
        self._optimizer = optimizer
        self._steps = steps
        self._metrics = metrics
        self._devices = devices
        self._options = options
        self._context = context
        self._on_batch = on_batch
        self._best: Weights = []
        self._kept: dict[int, Weights] = {}
        self._checkpoints = None
        if context.checkpoints is not None and context.leads:
            configuration = f"{options.configuration} {options.best_by}"
            self._checkpoints = Checkpoints(context.checkpoints, configuration, context.log)
        self.progress = TrainingProgress(options)

    def resume(self) -> None:
        """Goes on from the newest checkpoint: the first host reads it and tells the others, who may not have it."""
        found = self._checkpoints.newest(self._fresh(), self._options.epochs) if self._checkpoints else None
        told = json.dumps(found and {"history": found.history, "kept": sorted(found.kept)})
        about = json.loads(self._context.agree(told)[0])
        if about is None:
            return
        state = found or self._fresh()
        for variable, value in zip(self._variables, self._of_leader(state.variables), strict=True):
            variable.assign(value)
        self._best = self._of_leader(state.best)
        for number in filter(self._asked, about["kept"]):
            self._kept[number] = self._of_leader(state.kept.get(number, state.best))
        for number, scores in enumerate(about["history"]):
            self.progress.add(scores)
            self._context.log_round(number, scores)

    def _of_leader(self, arrays: Weights) -> Weights:
        return self._devices.of_leader(arrays)

    @property
    def _variables(self) -> list[Any]:
        return [*self._model.variables, *self._optimizer.variables]

    def _fresh(self) -> TrainingState:
        """Returns the state before the first epoch; states to go on from have arrays of the same shapes and types."""
        return self._state(values(self._model.weights))

    def _state(self, best: Weights) -> TrainingState:
        return TrainingState(self.progress.history, values(self._variables), best, self._kept)

    def epoch(self, train: Batches, validation: Batches | None) -> bool:
        """Runs the next epoch; False where it was cut short or came to nothing, and training ends."""
        number = self.progress.epochs
        self._optimizer.learning_rate.assign(self._options.rate(number))
        if not self._train(number, train(number)):
            return False
        scores = {"train": self._metrics["train"].of_all_hosts()}
        if not self._sane(number, scores):
            return False
        if validation is not None:
            if not self._judge(validation(number)):
                return False
            scores["validation"] = self._metrics["validation"].of_all_hosts()
            if not self._sane(number, scores):
                return False
        self._complete(number, scores)
        return True

    def _train(self, number: int, dataset: tf.data.Dataset) -> bool:
        self._metrics["train"].reset()
        batches = EpochBatches(dataset, self._devices, self._context.stopping)
        step = self._steps.training_step(batches.signature)
        started = time.monotonic()
        for index, (batch, weight) in enumerate(batches):
            if batches.out:
                self._steps.remember_statistics()
            step(batch, weight)
            if self._on_batch is not None:
                speed = batches.records / (time.monotonic() - started)
                self._on_batch(number, index, speed, self._metrics["train"])
        if not batches.stopped and not batches.records:
            raise ChannelError("channel 'train' holds no records")
        if not batches.stopped:
            self._steps.average_statistics(batches.mine)
        return not batches.stopped

    def _judge(self, dataset: tf.data.Dataset) -> bool:
        """Judges this host's part of the validation records; False where a host was asked to stop."""
        self._metrics["validation"].reset()
        step = self._steps.judging_step(signature(dataset.element_spec))
        stopped = False
        for batch in dataset:
            stopped = stopped or self._context.stopping()
            if stopped:
                break
            step(complete(batch))
        (stops,) = self._devices.sum_over_hosts([np.array(float(stopped))])
        return float(stops) == 0

    def _sane(self, number: int, scores: Scores) -> bool:
        """Returns whether the epoch is kept; raises ``HyperparameterError`` if neither it nor an earlier one can be."""
        fault = self._fault(number, scores)
        if not fault:
            return True
        remedy = "choose a lower rate, or a larger eps where there is one"
        message = f"learning_rate: training diverged, {fault}; {remedy}"
        if self._options.best_by is None or not self._best:
            raise HyperparameterError(message)
        self._context.log(f"{message}. The model of epoch {self.progress.best} is kept")
        return False

    def _fault(self, number: int, scores: Scores) -> str:
        """Says what of an epoch is no number, if anything is: a train loss is older than the last update's weights."""
        for channel, metrics in scores.items():
            if not math.isfinite(metrics["loss"]):
                return f"the {channel} loss of epoch {number} is {metrics['loss']}"
        return "" if finite(self._model.weights) else f"the weights after epoch {number} are not finite"

    def _complete(self, number: int, scores: Scores) -> None:
        self.progress.add(scores)
        self._context.log_round(number, scores)
        weights = values(self._model.weights) if self._asked(number) or self.progress.best == number else []
        if self.progress.best == number:
            self._best = weights
        if self._asked(number):
            self._kept[number] = weights
        if self._checkpoints is not None:
            self._checkpoints.write(self._state(self._best))
        if self.progress.out_of_patience:
            self._context.log(f"early stopping: {self.progress.waited} epochs without progress")

    def _asked(self, number: int) -> bool:
        """Returns whether the options ask for the weights of an epoch."""
        every = self._options.keep_every
        return every is not None and (number + 1) % every == 0

    def learned(self, build: Callable[[], keras.Model]) -> TrainedNetwork:
        """The network with the kept weights, free of the other hosts."""
        if not self._best:
            raise Stopped("the job was asked to stop before its first epoch was complete; there is no model to keep")
        model = self._model if self._devices.total == 1 else build()
        model.set_weights(self._best)
        return TrainedNetwork(model, self.progress.best, self.progress.epochs, self._kept)
