"""The algorithm ``image-classification``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from numpy.typing import NDArray

from containers.tensorflow.engine.distribution import strategy
from containers.tensorflow.image_classification import networks
from containers.tensorflow.image_classification.answers import DIRECTIONS, ImageOutput
from containers.tensorflow.image_classification.hyperparameters import ImageClassificationHyperparameters
from containers.tensorflow.image_classification.initial_weights import begin
from containers.tensorflow.image_classification.metric_log import ImageClassificationLog
from containers.tensorflow.image_classification.model import ImageClassifier
from containers.tensorflow.image_classification.network_spec import IMAGENET_BLOCKS, SMALL_SIDE
from containers.tensorflow.image_classification.training import train as train_network
from contract.algorithm import Algorithm, Channel
from contract.answer import USUAL, RequestOptions
from contract.context import Context
from contract.errors import ChannelError
from contract.images.input import ImageInput
from contract.images.pictures import Images

MAX_TRAIN_EVALUATION_RECORDS = 5_000
"""Training images that the final model is judged on: a forward pass takes long, each epoch has judged them anyway."""
IMAGENET_SIDE, CIFAR_SIDE = 64, 64
"""Pixels: below the first the stem of an ImageNet network leaves little of an image, above the second a network of
CIFAR's kind is slow, as it works on the full size."""


class ImageClassification(Algorithm[ImageClassificationHyperparameters, Images, ImageClassifier]):
    """ResNet or LeNet, for one or for several labels an image."""

    name: ClassVar[str] = "image-classification"
    channels = (
        Channel("train", True, ("training",)),
        Channel("validation", True),
        Channel("train_lst", companion=True),
        Channel("validation_lst", companion=True),
    )
    max_train_evaluation_records = MAX_TRAIN_EVALUATION_RECORDS
    one_record = True
    continues = True
    resumes = True
    distributed = True
    Hyperparameters = ImageClassificationHyperparameters
    libraries: Sequence[str] = ("tensorflow-cpu", "tensorflow", "keras", "numpy", "pillow")
    metrics = DIRECTIONS
    metric_log = ImageClassificationLog()
    input = ImageInput()

    def fit(
        self, params: ImageClassificationHyperparameters, train: Images, validation: Images | None, context: Context
    ) -> ImageClassifier:
        if validation is None:
            raise ChannelError("the channel 'validation' is missing: the best epoch is chosen by its images")
        strategy(context)  # first of all: hosts cannot be joined once TensorFlow has begun to work
        earlier = None if context.base_model is None else self.load(context.base_model)
        start = begin(params, earlier, train.classes)
        samples = sum(context.agree(len(train))) if context.sharded else len(train)
        for line in _notes(params, samples):
            context.log(line)
        learned = train_network(params, start, (train, validation), context)
        # Without the penalty and in float32: what answers does not depend on what it was trained on.
        network = networks.build(start.spec)
        network.set_weights(learned.model.get_weights())
        return ImageClassifier(network, start.spec, learned.epoch, learned.kept, train.classes)

    def predict(self, model: ImageClassifier, batch: Images, options: RequestOptions = USUAL) -> NDArray[Any]:
        return model.predict(batch)

    def output(self, model: ImageClassifier) -> ImageOutput:
        return ImageOutput(model.spec, model.classes)

    def save(self, model: ImageClassifier, directory: Path) -> None:
        model.save(directory)

    def load(self, directory: Path) -> ImageClassifier:
        return ImageClassifier.load(directory)

    def best_iteration(self, model: ImageClassifier) -> int | None:
        return model.epoch


def _notes(params: ImageClassificationHyperparameters, samples: int) -> Iterator[str]:
    """Yields what a user may not expect of the settings."""
    if params.num_training_samples != samples:
        yield (
            f"num_training_samples is {params.num_training_samples}, but the channel 'train' holds {samples} images: "
            "all of them are learned from"
        )
    if params.kv_store == "dist_async":
        yield "kv_store dist_async: several hosts train synchronously, as with dist_sync"
    if params.multi_label and params.top_k is not None:
        yield "top_k: is for one label an image, with multi_label it is not computed"
    if params.optimizer in ("adam", "rmsprop") and params.eps == 0:
        yield f"eps: 0 lets {params.optimizer} divide by zero where a gradient stays 0; usual is 1e-08"
    if params.network == "resnet":
        yield from _notes_on_size(params)


def _notes_on_size(params: ImageClassificationHyperparameters) -> Iterator[str]:
    _, height, width = params.image_shape
    side, named = min(height, width), f"num_layers {params.num_layers} with images of {height} × {width} pixels"
    if params.num_layers not in IMAGENET_BLOCKS and side > CIFAR_SIDE:
        yield f"{named}: this network is for small images and slow on large ones; 18 or 34 layers suit them"
    elif params.num_layers in IMAGENET_BLOCKS and side <= SMALL_SIDE:
        yield f"{named}: the first layer has 3 × 3 filters and keeps the size; 20 to 110 layers are much faster here"
    elif params.num_layers in IMAGENET_BLOCKS and side < IMAGENET_SIDE:
        yield f"{named}: the last blocks see {-(-height // 32)} × {-(-width // 32)} places; 20 to 110 layers suit"


ALGORITHM = ImageClassification()
