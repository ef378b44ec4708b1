"""The compiled steps of training and of judging one batch, and the totals of an epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from containers.tensorflow.engine.distribution import Devices, values

Loss = Callable[[Any, Any], Any]
"""Labels and outputs -> losses of the records (n,)."""


class Totals(Mapping[str, float]):
    """Loss and metrics over the records of an epoch: by name, those of this host's records so far."""

    def __init__(self, metrics: Sequence[keras.metrics.Metric], devices: Devices) -> None:
        self._loss = keras.metrics.Mean(name="loss")
        self._metrics = metrics
        self._by_name = {metric.name: metric for metric in (self._loss, *metrics)}
        self._devices = devices

    def __getitem__(self, name: str) -> float:
        return float(self._by_name[name].result())

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def reset(self) -> None:
        """Starts an epoch."""
        for metric in self._by_name.values():
            metric.reset_state()

    def add(self, losses: Any, labels: Any, outputs: Any, weights: Any) -> None:
        """Adds a batch; runs inside a compiled step."""
        self._loss.update_state(losses, weights)
        for metric in self._metrics:
            metric.update_state(labels, outputs, weights)

    def of_all_hosts(self) -> dict[str, float]:
        """The values over the records of all hosts, which all must call; the sums of this host are lost."""
        variables = [variable for metric in self._by_name.values() for variable in metric.variables]
        sums = self._devices.sum_over_hosts(values(variables))
        for variable, total in zip(variables, sums, strict=True):
            variable.assign(total)
        return dict(self)


class Steps:
    """What is done with a batch (inputs, labels, weights) of this host, on all of its devices at once."""

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        loss: Loss,
        totals: Mapping[str, Totals],
        devices: Devices,
    ) -> None:
        self._model = model
        self._optimizer = optimizer
        self._loss = loss
        self._totals = totals
        self._devices = devices
        self._train_step: Callable[..., None] | None = None
        self._judge_step: Callable[..., None] | None = None
        self._gathered: Sequence[Any] | None = None
        self._gather = tf.function(lambda: self._devices.run(self._copies), autograph=False)
        self._average = tf.function(self._average_statistics, autograph=False)

    def train(self, batch: Any, weight: float) -> None:
        """Learns from a batch, given the sum of the weights of the batches of all hosts."""
        self._train_step = self._train_step or self._compiled(self._train, batch, tf.TensorSpec([], tf.float32))
        self._train_step(self._devices.split(batch), tf.constant(weight, tf.float32))

    def judge(self, batch: Any) -> None:
        """Adds a batch to the totals of the validation channel."""
        self._judge_step = self._judge_step or self._compiled(self._judge, batch)
        self._judge_step(self._devices.split(batch))

    def _compiled(self, function: Callable[..., None], batch: Any, *others: Any) -> Callable[..., None]:
        """Compiled once, for batches of any number of records; what several devices get has no common signature."""
        if self._devices.local > 1:
            return tf.function(function, reduce_retracing=True, autograph=False)  # type: ignore[no-any-return]
        any_size = tf.nest.map_structure(lambda part: tf.TensorSpec([None, *part.shape[1:]], part.dtype), batch)
        return tf.function(function, input_signature=[any_size, *others], autograph=False)  # type: ignore[no-any-return]

    def _train(self, batch: Any, weight: Any) -> None:
        gradients, losses, labels, outputs, weights = self._devices.run(self._gradients, batch, weight)
        # Outside ``run``: there the optimizer clips the sum of the gradients, not the part of each device.
        together = [self._devices.first(gradient) for gradient in gradients]
        self._optimizer.apply(together, self._model.trainable_variables)
        self._add("train", losses, labels, outputs, weights)

    def _gradients(self, batch: Any, weight: Any) -> Any:
        """On one device: the gradients of the mean loss of the records of all hosts."""
        inputs, labels, weights = batch
        with tf.GradientTape() as tape:
            outputs = self._model(inputs, training=True)
            losses = self._loss(labels, outputs)
            objective = tf.math.divide_no_nan(tf.reduce_sum(losses * weights), weight)
            if self._model.losses:
                objective += tf.add_n(self._model.losses) / self._devices.total
            objective = self._optimizer.scale_loss(objective)
        gradients = tape.gradient(objective, self._model.trainable_variables)
        return self._devices.sum_of_all(gradients), losses, labels, outputs, weights

    def _judge(self, batch: Any) -> None:
        self._add("validation", *self._devices.run(self._outputs, batch))

    def _outputs(self, batch: Any) -> Any:
        inputs, labels, weights = batch
        outputs = self._model(inputs, training=False)
        return self._loss(labels, outputs), labels, outputs, weights

    def _add(self, channel: str, losses: Any, labels: Any, outputs: Any, weights: Any) -> None:
        parts = (losses, labels, outputs, weights)
        self._totals[channel].add(*(self._devices.together(part) for part in parts))

    def remember_statistics(self) -> None:
        """Keeps the moving statistics (batch normalisation) of this host's own batches, at its first call of an epoch.

        Batches without weight move them too, though no record is learned from.
        """
        if self._devices.total > 1 and self._gathered is None:
            self._gathered = self._gather()

    def average_statistics(self, records: int) -> None:
        """Makes the moving statistics the same on all devices: the mean of the remembered ones, by ``records``.

        Each device gathers those of the records that it saw; a host that had none in this epoch has no say.
        """
        self.remember_statistics()
        if self._gathered:
            self._average(tf.constant(float(records)), self._gathered)
        self._gathered = None

    @property
    def _statistics(self) -> list[Any]:
        variables = self._model.non_trainable_variables
        return [variable for variable in variables if keras.backend.is_float_dtype(variable.dtype)]

    def _copies(self) -> list[Any]:
        return [tf.identity(variable.value) for variable in self._statistics]

    def _average_statistics(self, records: Any, gathered: Sequence[Any]) -> None:
        self._devices.run(self._assign_mean, records, gathered)

    def _assign_mean(self, records: Any, gathered: Sequence[Any]) -> None:
        """On one device."""
        total, *sums = self._devices.sum_of_all([records + 0.0, *(value * records for value in gathered)])
        for variable, value in zip(self._statistics, sums, strict=True):
            variable.assign(value / total)
