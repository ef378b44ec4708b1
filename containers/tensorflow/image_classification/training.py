"""The learning of a network: its first weights, loss, optimizer, metrics and what the log says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from containers.tensorflow.engine.learning import EarlyStopping, Loss, TrainedNetwork, TrainingOptions, learn
from containers.tensorflow.image_classification import batches, networks
from containers.tensorflow.image_classification.augmentation import Augmentation
from containers.tensorflow.image_classification.hyperparameters import ImageClassificationHyperparameters
from containers.tensorflow.image_classification.initial_weights import Start
from contract.context import Context
from contract.data import Float32
from contract.images.pictures import Images

MIXED = "mixed_float16"
"""Keras' policy to compute in float16 and to keep weights in float32."""
SPEED_EVERY = 20
"""Batches between two lines about the speed, as in MXNet."""
_OF_NO_WEIGHT = ("epochs", "num_training_samples", "kv_store")
"""Hyperparameters that may change between a checkpoint and the job that goes on from it."""


def train(
    params: ImageClassificationHyperparameters, start: Start, channels: tuple[Images, Images], context: Context
) -> TrainedNetwork:
    """Trains a network on the first channel, judged by the second. Raises ``ChannelError`` with the picture that
    cannot be read."""
    images, held_out = channels
    _, height, width = start.spec.image_shape
    augmentation = Augmentation(params.augmentation_type, height, width)
    size, policy = params.mini_batch_size, _policy(params, context)
    learned = batches.training(images, size, augmentation, params.resize, params.seed, context)
    judged = batches.validation(held_out, size, context)
    return learn(
        _builder(params, start, policy),
        lambda: optimizer(params, mixed=policy == MIXED),
        loss(params, images, context),
        lambda: metrics(params),
        learned,
        judged,
        options(params, _configuration(params, start, channels, context)),
        context,
        _speed_log(context),
        lambda epoch, seconds: context.log(f"Epoch[{epoch}] Time cost={seconds:.3f}"),
    )


def options(params: ImageClassificationHyperparameters, configuration: str) -> TrainingOptions:
    """Epochs, learning rates and early stopping, by the accuracy on the validation channel."""
    early_stopping = EarlyStopping(
        metric="accuracy",
        mode="max",
        patience=params.early_stopping_patience,
        min_epochs=params.early_stopping_min_epochs,
        tolerance=params.early_stopping_tolerance,
        relative=True,
    )
    return TrainingOptions(
        epochs=params.epochs,
        rate=params.rate,
        early_stopping=early_stopping if params.early_stopping else None,
        best_by=("accuracy", "max"),
        configuration=configuration,
        keep_every=params.checkpoint_frequency,
    )


def optimizer(params: ImageClassificationHyperparameters, mixed: bool = False) -> keras.optimizers.Optimizer:
    """The chosen optimizer; the training loop sets its learning rate in every epoch."""
    rate = params.learning_rate
    if params.optimizer == "adam":
        made = keras.optimizers.Adam(rate, params.beta_1, params.beta_2, params.eps)
    elif params.optimizer == "rmsprop":
        made = keras.optimizers.RMSprop(rate, params.gamma, epsilon=params.eps)
    else:
        made = keras.optimizers.SGD(rate, params.momentum, nesterov=params.optimizer == "nag")
    return keras.optimizers.LossScaleOptimizer(made) if mixed else made


def loss(params: ImageClassificationHyperparameters, images: Images, context: Context) -> Loss:
    """Cross-entropy by record (n,): of the softmax, or the mean over the classes of those of their sigmoids."""
    if not params.multi_label:
        return lambda labels, logits: tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    shown, absent = np.ones((2, params.num_classes), np.float32)
    if params.use_weighted_loss:
        shown, absent = balance(images, context)

    def of_many_labels(labels: Any, logits: Any) -> Any:
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
        return tf.reduce_mean(losses * (labels * shown + (1 - labels) * absent), axis=1)

    return of_many_labels


def balance(images: Images, context: Context) -> tuple[Float32, Float32]:
    """Weights (num_classes,) of the images that show a class and of those that do not, 1 on average.

    All of the former together weigh as much as all of the latter; a class that all or no images show is left alone.
    """
    told = context.agree([len(images), images.labels.sum(axis=0).tolist()])
    hosts = told if context.sharded else told[:1]
    count = sum(host[0] for host in hosts)
    shown = np.sum([host[1] for host in hosts], axis=0)
    both = (shown > 0) & (shown < count)
    weights = [np.where(both, count / (2 * np.maximum(part, 1)), 1) for part in (shown, count - shown)]
    return weights[0].astype(np.float32), weights[1].astype(np.float32)


def metrics(params: ImageClassificationHyperparameters) -> Sequence[keras.metrics.Metric]:
    """``accuracy``, and ``top_k_accuracy`` where top_k is set; with several labels the mean accuracy over classes."""
    if params.multi_label:
        return [keras.metrics.MeanMetricWrapper(_right_labels, name="accuracy")]
    found: list[keras.metrics.Metric] = [keras.metrics.SparseCategoricalAccuracy("accuracy")]
    if params.top_k is not None:
        found.append(keras.metrics.SparseTopKCategoricalAccuracy(params.top_k, name="top_k_accuracy"))
    return found


def _right_labels(labels: Any, logits: Any) -> Any:
    """The share of classes about which each record's logits (n, k) are right."""
    right = tf.equal(logits > 0, labels > 0.5)
    return tf.reduce_mean(tf.cast(right, tf.float32), axis=1)


def _policy(params: ImageClassificationHyperparameters, context: Context) -> str:
    """The types that Keras computes and keeps weights in."""
    if params.precision_dtype == "float16" and tf.config.list_physical_devices("GPU"):
        return MIXED
    if params.precision_dtype == "float16":
        context.log("precision_dtype: float16 is for GPUs; there is none, so float32 is used")
    return "float32"


def _builder(params: ImageClassificationHyperparameters, start: Start, policy: str) -> Callable[[], keras.Model]:
    def build() -> keras.Model:
        keras.utils.set_random_seed(params.seed)
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy)
        try:
            network = networks.build(start.spec, params.penalty)
        finally:
            keras.config.set_dtype_policy(before)
        start.take_weights(network)
        return network

    return build


def _speed_log(context: Context) -> Callable[[int, int, float, Mapping[str, float]], None]:
    def tell(epoch: int, batch: int, speed: float, values: Mapping[str, float]) -> None:
        if batch > 0 and batch % SPEED_EVERY == 0:
            context.log(
                f"Epoch[{epoch}] Batch [{batch}] Speed: {speed:.2f} samples/sec accuracy={values['accuracy']:.6f}"
            )

    return tell


def _configuration(
    params: ImageClassificationHyperparameters, start: Start, channels: tuple[Images, Images], context: Context
) -> str:
    """A text that changes where a checkpoint would not fit: settings, pictures, hosts and where the weights began.

    Empty where there are no checkpoints, for it takes all pictures to be read.
    """
    if not any(context.agree(context.checkpoints is not None)):
        return ""
    settings = {name: value for name, value in params.settings().items() if name not in _OF_NO_WEIGHT}
    told = context.agree([images.fingerprint() for images in channels])
    return json.dumps([settings, told, start.identity()], sort_keys=True)
