"""The hyperparameters of SageMaker's image classification."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from containers.tensorflow.image_classification.network_spec import (
    DEPTHS,
    LENET_LAYERS,
    NETWORKS,
    NORMALIZATIONS,
    NetworkSpec,
    too_small,
)
from contract.hyperparameters import Hyperparameters, hyperparameter, rule

CROPS = ("crop", "crop_color", "crop_color_transform")
OPTIMIZERS = ("sgd", "adam", "rmsprop", "nag")
DEFAULT_LAYERS = 152


@dataclass(frozen=True, kw_only=True)
class ImageClassificationHyperparameters(Hyperparameters):
    """Names, ranges and defaults as in SageMaker's; network, normalization, dropout_rate and seed are ours."""

    num_classes: int = hyperparameter(bounds="(0, inf)", help="number of classes")
    num_training_samples: int = hyperparameter(
        bounds="(0, inf)", help="images in the train channel; another number is told in the log and changes nothing"
    )
    network: str = hyperparameter("resnet", choices=NETWORKS, help="resnet with num_layers, or lenet (LeNet-5)")
    num_layers: int = hyperparameter(
        DEFAULT_LAYERS,
        bounds="(0, inf)",
        help=f"layers of a resnet: {', '.join(map(str, DEPTHS))}; 20, 32, 44, 56 and 110 are narrow, for small images",
    )
    image_shape: tuple[int, ...] = hyperparameter(
        (3, 224, 224), bounds="(0, inf)", help="channels, height, width of the images that the network takes"
    )
    use_pretrained_model: int = hyperparameter(
        0, bounds="[0, 1]", help="1: begin with the weights of the model channel; no weights are downloaded"
    )
    epochs: int = hyperparameter(30, bounds="(0, inf)", help="passes over the training images")
    mini_batch_size: int = hyperparameter(32, bounds="(0, inf)", tunable=(8, 512), help="images a step on each host")
    learning_rate: float = hyperparameter(0.1, bounds="[0, inf)", tunable=(1e-6, 0.5), scale="log", help="step size")
    lr_scheduler_step: tuple[int, ...] = hyperparameter(
        (), bounds="(0, inf)", help="epochs at which the learning rate falls, such as 10, 20"
    )
    lr_scheduler_factor: float = hyperparameter(0.1, bounds="[0, 1]", help="what a fall multiplies by")
    optimizer: str = hyperparameter(
        "sgd", choices=OPTIMIZERS, tunable=OPTIMIZERS, help="nag: sgd with Nesterov's momentum"
    )
    momentum: float = hyperparameter(0.9, bounds="[0, 1]", tunable=(0.0, 0.999), help="of sgd and nag")
    weight_decay: float = hyperparameter(
        0.0001, bounds="[0, inf)", tunable=(0.0, 0.999), help="of sgd and nag: factor of the L2 penalty"
    )
    beta_1: float = hyperparameter(0.9, bounds="[0, 1]", tunable=(1e-6, 0.999), help="of adam, first moment")
    beta_2: float = hyperparameter(0.999, bounds="[0, 1]", tunable=(1e-6, 0.999), help="of adam, second moment")
    eps: float = hyperparameter(
        1e-8, bounds="[0, inf)", tunable=(1e-8, 1.0), scale="log", help="of adam and rmsprop, against division by zero"
    )
    gamma: float = hyperparameter(0.9, bounds="[0, 1]", tunable=(1e-8, 0.999), help="of rmsprop, decay of the mean")
    augmentation_type: str | None = hyperparameter(
        None,
        choices=CROPS,
        shown="none",
        help="crop: random crop and flip; crop_color: also hue, saturation and lightness; "
        "crop_color_transform: also rotation, shear and aspect ratio",
    )
    resize: int | None = hyperparameter(
        None, bounds="(0, inf)", help="training images are scaled to this length of their shorter side, in pixels"
    )
    top_k: int | None = hyperparameter(
        None, bounds="(1, inf)", help="also logs top_k_accuracy: the label is among the k most probable"
    )
    multi_label: int = hyperparameter(0, bounds="[0, 1]", help="1: an image may belong to several classes or to none")
    use_weighted_loss: int = hyperparameter(
        0, bounds="[0, 1]", help="with multi_label: an image of a class weighs as much as all images without it"
    )
    precision_dtype: str = hyperparameter(
        "float32", choices=("float32", "float16"), help="float16: mixed precision on a GPU; without one float32"
    )
    kv_store: str | None = hyperparameter(
        None, choices=("dist_sync", "dist_async"), help="with several hosts; both train synchronously"
    )
    checkpoint_frequency: int | None = hyperparameter(
        None,
        bounds="(0, inf)",
        help="the weights of every so manieth epoch lie in the artifact too; the model is that of the best epoch",
    )
    early_stopping: bool = hyperparameter(False, help="stops when the validation accuracy gets no better")
    early_stopping_min_epochs: int = hyperparameter(10, bounds="(0, inf)", help="epochs that are always trained")
    early_stopping_patience: int = hyperparameter(5, bounds="(0, inf)", help="epochs without improvement to wait")
    early_stopping_tolerance: float = hyperparameter(0.0, bounds="[0, inf)", help="relative improvement that counts")
    dropout_rate: float = hyperparameter(
        0.0, bounds="[0, 1)", tunable=(0.0, 0.5), help="share of values that are dropped before the last layers"
    )
    normalization: str | None = hyperparameter(
        None,
        choices=NORMALIZATIONS,
        shown="image, or as in the earlier model",
        help="image: each image by its own mean and deviation; constant: 0 to 255 becomes -1 to 1",
    )
    seed: int = hyperparameter(0, bounds="[0, inf)", help="of the first weights, the order of images and augmentation")

    @property
    def spec(self) -> NetworkSpec:
        """The network that is asked for, with each image's own normalisation where none is."""
        return NetworkSpec(
            network=self.network,
            num_layers=self.num_layers if self.network == "resnet" else LENET_LAYERS,
            image_shape=(self.image_shape[0], self.image_shape[1], self.image_shape[2]),
            num_classes=self.num_classes,
            multi_label=bool(self.multi_label),
            normalization=self.normalization or NORMALIZATIONS[0],
            dropout_rate=self.dropout_rate,
        )

    @property
    def penalty(self) -> float:
        """The weight decay of the chosen optimizer; adam and rmsprop have none."""
        return self.weight_decay if self.optimizer in ("sgd", "nag") else 0.0

    def rate(self, epoch: int) -> float:
        """The learning rate of an epoch, counted from 0."""
        falls = sum(epoch >= step for step in self.lr_scheduler_step)
        return float(self.learning_rate * self.lr_scheduler_factor**falls)

    @rule("image_shape", "network", "num_layers")
    def _a_network_that_exists(self) -> Iterator[str]:
        if len(self.image_shape) != 3 or self.image_shape[0] not in (1, 3):
            yield f"image_shape: {self._shape} is not channels, height, width with 1 or 3 channels, such as 3,224,224"
        elif self.network == "resnet" and self.num_layers not in DEPTHS:
            yield f"num_layers: {self.num_layers} is not one of {', '.join(map(str, DEPTHS))}"
        elif self.network == "lenet" and self.num_layers not in (DEFAULT_LAYERS, LENET_LAYERS):
            yield f"num_layers: {self.num_layers} is for network resnet, lenet has {LENET_LAYERS}"
        elif fault := too_small(self.network, self.image_shape):
            yield f"image_shape: {fault}"

    @rule("image_shape", "resize")
    def _resize_that_suffices(self) -> Iterator[str]:
        if self.resize is not None and self.resize < min(self.image_shape[1:], default=0):
            yield f"resize: {self.resize} is smaller than the images of image_shape {self._shape}"

    @rule("multi_label", "use_weighted_loss")
    def _weights_for_many_labels(self) -> Iterator[str]:
        if self.use_weighted_loss and not self.multi_label:
            yield "use_weighted_loss: is for multi_label 1"

    @rule("num_classes", "multi_label", "top_k")
    def _fewer_than_all_classes(self) -> Iterator[str]:
        if self.num_classes == 1 and not self.multi_label:
            yield "num_classes: one class leaves nothing to tell apart; 1 is for multi_label 1"
        elif self.top_k is not None and self.top_k > self.num_classes:
            yield f"top_k: {self.top_k} is more than num_classes {self.num_classes}"

    @rule("epochs", "checkpoint_frequency")
    def _an_epoch_that_comes(self) -> Iterator[str]:
        if self.checkpoint_frequency is not None and self.checkpoint_frequency > self.epochs:
            yield f"checkpoint_frequency: {self.checkpoint_frequency} is more than epochs {self.epochs}"

    @rule("optimizer", "beta_1", "beta_2", "gamma")
    def _an_optimizer_that_moves(self) -> Iterator[str]:
        used = {"adam": ("beta_1", "beta_2"), "rmsprop": ("gamma",)}.get(self.optimizer, ())
        for name in used:
            if getattr(self, name) == 1:
                yield f"{name}: 1 takes nothing of any gradient, {self.optimizer} cannot learn; usual are 0.9 or 0.999"

    @property
    def _shape(self) -> str:
        return ",".join(map(str, self.image_shape))
