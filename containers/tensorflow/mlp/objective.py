"""The objective of learning: the loss of a record, and its weight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from containers.tensorflow.mlp.hyperparameters import MLPHyperparameters
from containers.tensorflow.mlp.plan import NetworkPlan
from contract.builtins.problem import Problem
from contract.context import Context
from contract.data import Float32
from contract.tables.data import Table


def loss(plan: NetworkPlan, params: MLPHyperparameters) -> Callable[[Any, Any], Any]:
    """Labels (n,) and what the learning network says of them, (n, 1) or (n, k) -> losses of the records (n,).

    Errors of a regression are taken in standard deviations of the label, where it is normalised.
    """
    if plan.problem.kind == "regression":
        return lambda labels, outputs: _error((labels - outputs[:, 0]) / plan.label_deviation, params)
    if plan.outputs == 1:
        return lambda labels, outputs: tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=outputs[:, 0])
    return lambda labels, outputs: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=outputs)


def _error(difference: Any, params: MLPHyperparameters) -> Any:
    size = abs(difference)
    if params.loss == "absolute_loss":
        return size
    if params.loss == "huber_loss":
        inner = tf.minimum(size, params.huber_delta)
        return inner * (size - inner / 2)
    return size * size


def metrics(plan: NetworkPlan) -> list[keras.metrics.Metric]:
    """Returns the metrics told after an epoch beside the loss, under the names that the model's metrics have."""
    if plan.problem.kind == "regression":
        return [keras.metrics.RootMeanSquaredError(name="rmse")]
    if plan.outputs == 1:
        return [keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0)]
    return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]


def class_weights(params: MLPHyperparameters, problem: Problem, table: Table, context: Context) -> Float32 | None:
    """Returns the weight of a record of each class (k,), or None where all weigh the same."""
    if params.class_weights is None:
        return None
    if isinstance(params.class_weights, tuple):
        return np.array(params.class_weights, np.float32)
    sums = np.bincount(table.labels.astype(np.int64), table.weight, problem.class_count)
    if context.sharded:
        sums = np.sum(context.agree(sums.tolist()), axis=0)
    balanced = np.divide(sums.sum() / problem.class_count, sums, out=np.zeros_like(sums, np.float64), where=sums > 0)
    return np.asarray(balanced, np.float32)


def optimizer(params: MLPHyperparameters) -> keras.optimizers.Optimizer:
    """The named optimizer; the training loop sets the learning rate of every epoch."""
    known, rate = keras.optimizers, params.learning_rate
    if params.optimizer in ("sgd", "nag"):
        return known.SGD(rate, momentum=params.momentum, nesterov=params.optimizer == "nag")
    if params.optimizer == "rmsprop":
        return known.RMSprop(rate)
    if params.optimizer == "adagrad":
        return known.Adagrad(rate)
    if params.optimizer == "adamw":
        return known.AdamW(rate, params.weight_decay, beta_1=params.beta_1, beta_2=params.beta_2)
    return known.Adam(rate, beta_1=params.beta_1, beta_2=params.beta_2)
