"""The loss functions and their slopes, on all models at once.

Scores are (n, m, k) float64 of n records, m models and k outputs; k is 1 but for the softmax. Labels are (n,). The
slope is the derivative of the value by the score. At a kink, where there is none, it is 0 or one of both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64: TypeAlias = NDArray[np.float64]
ValueAndSlope: TypeAlias = tuple[Float64, Float64]

OBJECTIVES: Mapping[str, str] = {
    "squared_loss": "mse_objective",
    "logistic": "binary_classification_cross_entropy_objective",
    "softmax_loss": "multiclass_cross_entropy_objective",
}
"""The log's names where they are not the loss's name with ``_objective``."""


@dataclass(frozen=True)
class Loss:
    """A loss by its hyperparameter name; ``parameter`` is its margin, quantile, insensitivity or delta."""

    name: str
    parameter: float = 0.0

    @property
    def objective(self) -> str:
        """The loss's name among the metrics of the log."""
        return OBJECTIVES.get(self.name, f"{self.name}_objective")

    @property
    def is_probability(self) -> bool:
        """True if scores become probabilities in answers."""
        return self.name in ("logistic", "softmax_loss")

    @property
    def natural_threshold(self) -> float:
        """The score that parts two classes by which is the likelier one."""
        return 0.5 if self.is_probability else 0.0

    def __call__(self, score: Float64, label: Float64) -> ValueAndSlope:
        """Values (n, m) and slopes (n, m, k)."""
        if self.name == "softmax_loss":
            return softmax_loss(score, label.astype(np.int64))
        single, column = score[:, :, 0], label[:, None]
        if self.name == "logistic":
            value, slope = logistic(single, column)
        elif self.name == "hinge_loss":
            value, slope = hinge(single, column, self.parameter)
        else:
            value, slope = OF_RESIDUAL[self.name](single - column, self.parameter)
        return value, slope[:, :, None]


def logistic(score: Float64, label: Float64) -> ValueAndSlope:
    """log(1 + e^(-t s)) with t = 1 for label 1 and -1 for label 0."""
    against = 1 - 2 * label
    value = np.logaddexp(0, against * score)
    return value, against * -np.expm1(-value)


def hinge(score: Float64, label: Float64, margin: float) -> ValueAndSlope:
    """max(0, margin - t s) with t = 1 for label 1 and -1 for label 0."""
    side = 2 * label - 1
    gap = margin - side * score
    return np.maximum(gap, 0), np.where(gap > 0, -side, 0.0)


def softmax_loss(score: Float64, label: NDArray[np.int64]) -> ValueAndSlope:
    """- log of the probability of the label's class."""
    shifted = score - score.max(axis=2, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=2)
    records = np.arange(len(label))
    value = np.log(total) - shifted[records, :, label]
    slope = exponentials / total[:, :, None]
    slope[records, :, label] -= 1
    return value, slope


def squared(residual: Float64, _: float) -> ValueAndSlope:
    """r²."""
    return residual * residual, 2 * residual


def absolute(residual: Float64, _: float) -> ValueAndSlope:
    """|r|."""
    return np.abs(residual), np.sign(residual)


def insensitive_squared(residual: Float64, epsilon: float) -> ValueAndSlope:
    """max(0, |r| - ε)²."""
    excess = np.maximum(np.abs(residual) - epsilon, 0)
    return excess * excess, 2 * excess * np.sign(residual)


def insensitive_absolute(residual: Float64, epsilon: float) -> ValueAndSlope:
    """max(0, |r| - ε)."""
    excess = np.maximum(np.abs(residual) - epsilon, 0)
    return excess, np.where(excess > 0, np.sign(residual), 0.0)


def pinball(residual: Float64, quantile: float) -> ValueAndSlope:
    """q times how far a prediction is too low, 1 - q times how far it is too high."""
    return np.maximum(-quantile * residual, (1 - quantile) * residual), np.where(residual > 0, 1 - quantile, -quantile)


def huber(residual: Float64, delta: float) -> ValueAndSlope:
    """r² / 2 up to δ, δ (|r| - δ / 2) beyond."""
    slope = np.clip(residual, -delta, delta)
    return slope * (residual - slope / 2), slope


OF_RESIDUAL: Mapping[str, Callable[[Float64, float], ValueAndSlope]] = {
    "squared_loss": squared,
    "absolute_loss": absolute,
    "eps_insensitive_squared_loss": insensitive_squared,
    "eps_insensitive_absolute_loss": insensitive_absolute,
    "quantile_loss": pinball,
    "huber_loss": huber,
}
"""Losses of a regression, which look at nothing but the residual, prediction minus label."""
