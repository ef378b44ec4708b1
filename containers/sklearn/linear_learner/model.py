"""A trained model: what it predicts, and the file that it is kept in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn import model_file
from containers.sklearn.arithmetic import product
from containers.sklearn.linear_learner.hyperparameters import LOSSES
from containers.sklearn.linear_learner.losses import Float64, Loss
from containers.sklearn.model_fields import Fields
from contract.tables.data import Table, as_float32

FORMAT = "linear-learner 1"


@dataclass(frozen=True)
class LinearModel:
    """``weights`` (d, k) and ``bias`` (k,) are for plain features and give plain labels.

    ``threshold`` parts the answers 0 and 1 of a binary classifier: 1 is above it. ``class_weights`` (classes,) or
    empty, ``label_shift`` and ``label_scale`` are those of the training: its loss is measured with them. ``spread``
    (d,) are the deviations of the features.
    """

    predictor_type: str
    loss: Loss
    weights: Float64
    bias: Float64
    threshold: float
    class_weights: Float64
    label_shift: float
    label_scale: float
    spread: Float64
    f_beta: float
    accuracy_top_k: int

    def predict(self, table: Table) -> NDArray[np.float32]:
        """Values or scores (n,), or (n, k) for k classes: probabilities of logistic and softmax, margins of hinge."""
        scores = product(table.dense, self.weights) + self.bias
        if self.loss.name == "softmax_loss":
            exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
            scores = exponentials / exponentials.sum(axis=1, keepdims=True)
            return as_float32(scores)
        single = scores[:, 0]
        if self.loss.name == "logistic":
            single = np.exp(-np.logaddexp(0, -single))
        return as_float32(single)

    def save(self, directory: Path) -> None:
        """Writes plain arrays, numbers and texts."""
        content = {
            "format": FORMAT,
            "predictor_type": self.predictor_type,
            "loss": self.loss.name,
            "loss_parameter": self.loss.parameter,
            **{name: getattr(self, name) for name in (*_ARRAYS, *_NUMBERS)},
        }
        model_file.save(directory, content)


_ARRAYS = {"weights": ("d", "k"), "bias": ("k",), "class_weights": ("classes",), "spread": ("d",)}
_NUMBERS = ("threshold", "label_shift", "label_scale", "f_beta", "accuracy_top_k")


def load_model(directory: Path) -> LinearModel:
    """Reads what ``LinearModel.save`` wrote. Raises ``ArtifactError``."""
    fields = Fields.read(directory)
    fields.text("format", (FORMAT,))
    predictor_type = fields.text("predictor_type", LOSSES)
    loss = Loss(fields.text("loss", LOSSES[predictor_type]), fields.number("loss_parameter"))
    values: dict[str, Any] = {name: fields.array(name, np.float64, *axes) for name, axes in _ARRAYS.items()}
    values |= {name: fields.number(name) for name in _NUMBERS}
    values["accuracy_top_k"] = int(values["accuracy_top_k"])
    return LinearModel(predictor_type=predictor_type, loss=loss, **values)
