"""The compiled steps of training and of judging one batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from containers.tensorflow.engine.batch import judged_by
from containers.tensorflow.engine.distribution import Devices
from containers.tensorflow.engine.epoch_metrics import EpochMetrics

Loss = Callable[[Any, Any], Any]
"""Labels (the inputs, where batches have no labels) and outputs -> losses of the records (n,)."""


class BatchSteps:
    """The work on a batch (inputs, labels, weights) of this host, on all of its devices at once."""

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        loss: Loss | None,
        metrics: Mapping[str, EpochMetrics],
        devices: Devices,
    ) -> None:
        self._model = model
        self._optimizer = optimizer
        self._loss = loss
        self._metrics = metrics
        self._devices = devices
        self._functions: dict[tuple[str, str], Callable[..., Any]] = {}
        self._gathered: Sequence[Any] | None = None
        self._gather = tf.function(lambda: self._devices.run(self._copies), autograph=False)
        self._average = tf.function(self._average_statistics, autograph=False)

    def training_step(self, signature: Any) -> Callable[[Any, float], None]:
        """A function that learns from a batch, given the sum of the weights of the batches of all hosts."""
        compiled = self._compiled(self._train, signature, tf.TensorSpec([], tf.float32))

        def step(batch: Any, weight: float) -> None:
            added = compiled(self._devices.split(batch), tf.constant(weight, tf.float32))
            self._metrics["train"].gather(added)

        return step

    def judging_step(self, signature: Any) -> Callable[[Any], None]:
        """A function that adds a batch to the metrics of the validation channel."""
        compiled = self._compiled(self._judge, signature)
        return lambda batch: self._metrics["validation"].gather(compiled(self._devices.split(batch)))

    def _compiled(self, function: Callable[..., Any], signature: Any, *others: Any) -> Callable[..., Any]:
        """Compiled once for each signature of batches; what several devices get has no common one, and sizes that
        differ are left open as they are met.
        """
        key = (function.__name__, repr(signature))
        if key not in self._functions and self._devices.local > 1:
            self._functions[key] = tf.function(function, reduce_retracing=True, autograph=False)
        elif key not in self._functions:
            self._functions[key] = tf.function(function, input_signature=[signature, *others], autograph=False)
        return self._functions[key]

    def _train(self, batch: Any, weight: Any) -> list[Any]:
        gradients, *judged = self._devices.run(self._gradients, batch, weight)
        # Outside ``run``: there the optimizer clips the sum of the gradients, not the part of each device.
        together = [self._devices.first(gradient) for gradient in gradients]
        self._optimizer.apply(together, self._model.trainable_variables)
        return self._add("train", judged)

    def _gradients(self, batch: Any, weight: Any) -> Any:
        """Returns, on one device, the gradients of the mean loss of the records of all hosts."""
        inputs, labels, weights = batch
        with tf.GradientTape() as tape:
            outputs = self._model(inputs, training=True)
            known = judged_by(inputs, labels)
            losses = self._losses(known, outputs, weights)
            objective = tf.math.divide_no_nan(tf.reduce_sum(losses * weights), weight)
            if penalties := self._own_losses[1]:
                objective += tf.add_n(penalties) / self._devices.total
            objective = self._optimizer.scale_loss(objective)
        gradients = tape.gradient(
            objective, self._model.trainable_variables, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        return self._devices.sum_of_all(gradients), losses, known, outputs, weights

    def _judge(self, batch: Any) -> list[Any]:
        return self._add("validation", self._devices.run(self._outputs, batch))

    def _outputs(self, batch: Any) -> Any:
        inputs, labels, weights = batch
        outputs = self._model(inputs, training=False)
        known = judged_by(inputs, labels)
        return self._losses(known, outputs, weights), known, outputs, weights

    def _losses(self, known: Any, outputs: Any, weights: Any) -> Any:
        """The losses of the records (n,): what the layers add for the batch is every record's."""
        losses = tf.zeros_like(weights) if self._loss is None else self._loss(known, outputs)
        added, _ = self._own_losses
        if not added and self._loss is None:
            raise ValueError("a network that is given no loss must add losses of its own, with add_loss of a layer")
        return losses + tf.add_n([tf.reduce_sum(tf.cast(loss, losses.dtype)) for loss in added]) if added else losses

    @property
    def _own_losses(self) -> tuple[list[Any], list[Any]]:
        """The losses that layers have added for the batch that the network has just seen, and penalties on weights."""
        penalties = sum(variable.regularizer is not None for variable in self._model.trainable_variables)
        losses = self._model.losses
        return losses[: len(losses) - penalties], losses[len(losses) - penalties :]

    def _add(self, channel: str, judged: Any) -> list[Any]:
        parts = zip(*map(self._devices.each, judged), strict=True)
        return [added for part in parts for added in self._metrics[channel].add(*part)]

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
        """Sets the statistics, on one device, to their mean over all devices by records."""
        total, *sums = self._devices.sum_of_all([records + 0.0, *(value * records for value in gathered)])
        for variable, value in zip(self._statistics, sums, strict=True):
            variable.assign(value / total)
