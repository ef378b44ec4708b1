"""Training that goes on from an earlier model, which the job's ``model`` channel brings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np

from containers.tensorflow.image_classification.hyperparameters import ImageClassificationHyperparameters
from containers.tensorflow.image_classification.model import ImageClassifier
from containers.tensorflow.image_classification.network_spec import NetworkSpec
from containers.tensorflow.image_classification.networks import LAST_LAYER
from contract.errors import HyperparameterError

SHOWN = 5
"""Names of classes that a message holds."""


@dataclass(frozen=True)
class Start:
    """The start of training: the network's description, and the network whose weights it takes, if any.

    Where ``new_classes``, the last layer begins anew.
    """

    spec: NetworkSpec
    network: keras.Model | None = None
    new_classes: bool = False

    def identity(self) -> tuple[str, ...]:
        """Texts that change with the weights that are taken over, if any, and with what is made of them."""
        if self.network is None:
            return ()
        digest = hashlib.sha256()
        for array in self.network.get_weights():
            digest.update(np.ascontiguousarray(array).data.cast("B"))
        return digest.hexdigest(), self.spec.normalization, "new classes" if self.new_classes else "same classes"

    def take_weights(self, network: keras.Model) -> None:
        """Copies the weights into a new network of ``spec``."""
        if self.network is None:
            return
        for layer in network.layers:
            if layer.weights and not (self.new_classes and layer.name == LAST_LAYER):
                layer.set_weights(self.network.get_layer(layer.name).get_weights())


def begin(
    params: ImageClassificationHyperparameters, earlier: ImageClassifier | None, classes: tuple[str, ...]
) -> Start:
    """Returns the start of training; a network that takes over weights normalises pictures as the earlier one did.

    ``classes`` are the names of the train channel's classes, or empty where they are numbers.

    Raises ``HyperparameterError`` with everything in which the two differ and must not, and for a pretrained model
    that the job was not given.
    """
    if earlier is None:
        _check_not_pretrained(params)
        return Start(params.spec)
    spec, renamed = earlier.spec, bool(classes and earlier.classes) and classes != earlier.classes
    found = list(_differences(params, spec))
    if renamed and not params.use_pretrained_model and len(classes) == len(earlier.classes):
        found.append(_named(classes, earlier.classes))
    if found:
        remedy = "make them the same"
        if not params.use_pretrained_model:
            remedy += ", or use_pretrained_model to 1 to learn other classes from its weights"
        raise HyperparameterError(f"{'; '.join(found)}: {remedy}, or leave out the channel 'model'")
    other = renamed or (params.num_classes, bool(params.multi_label)) != (spec.num_classes, spec.multi_label)
    return Start(replace(params.spec, normalization=spec.normalization), earlier.network, other)


def _check_not_pretrained(params: ImageClassificationHyperparameters) -> None:
    if params.use_pretrained_model:
        raise HyperparameterError(
            "use_pretrained_model: 1 takes the weights from the channel 'model', which this job has not: give it the "
            "model.tar.gz of an earlier training job of image-classification (content type "
            "application/x-sagemaker-model), no weights are downloaded; or set use_pretrained_model to 0"
        )


def _differences(params: ImageClassificationHyperparameters, earlier: NetworkSpec) -> Iterator[str]:
    asked = params.spec
    names = ["network", "num_layers", "image_shape"]
    names += [] if params.use_pretrained_model else ["num_classes", "multi_label"]
    for name in names:
        mine, its = getattr(asked, name), getattr(earlier, name)
        if mine != its:
            yield f"{name}: {_told(mine)}, but the model of the channel 'model' has {_told(its)}"
    if params.normalization not in (None, earlier.normalization):
        yield f"normalization: {params.normalization}, but the model of the channel 'model' has {earlier.normalization}"


def _named(classes: tuple[str, ...], earlier: tuple[str, ...]) -> str:
    """The first names in which the classes, as many here as there, differ."""
    pairs = [pair for pair in zip(classes, earlier, strict=True) if pair[0] != pair[1]]
    mine, its = (", ".join(names[:SHOWN]) + " …" * (len(names) > SHOWN) for names in zip(*pairs, strict=True))
    return f"the folders of the classes: {mine}, but the model of the channel 'model' has {its}"


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(int(value)) if isinstance(value, bool) else str(value)
