"""Optimizers make steps of gradients: plain descent with momentum, Adam and RMSProp, for all models at once."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from containers.sklearn.linear_learner.hyperparameters import LinearLearnerHyperparameters
from containers.sklearn.linear_learner.losses import Float64
from contract.hyperparameters import chosen

TINY = 1e-8
RMSPROP_DECAY = 0.9


class Optimizer(Protocol):
    """Has a memory, as large as the parameters or twice that."""

    def direction(self, gradient: Float64) -> Float64:
        """The direction, of the gradient's shape, that is subtracted from the parameters, times the learning rate."""


class Descent:
    """Gradient descent; ``momentum`` is the share of the last direction that stays."""

    def __init__(self, momentum: float) -> None:
        self._momentum = momentum
        self._velocity: Float64 | None = None

    def direction(self, gradient: Float64) -> Float64:
        if not self._momentum:
            return gradient
        self._velocity = gradient if self._velocity is None else self._momentum * self._velocity + gradient
        return self._velocity


class Adam:
    """Kingma and Ba 2015, with the correction of the first steps."""

    def __init__(self, beta_1: float, beta_2: float) -> None:
        self._betas = beta_1, beta_2
        self._steps = 0
        self._first: Float64 | None = None
        self._second: Float64 | None = None

    def direction(self, gradient: Float64) -> Float64:
        if self._first is None or self._second is None:
            self._first, self._second = np.zeros_like(gradient), np.zeros_like(gradient)
        first, second = self._betas
        self._steps += 1
        self._first += (1 - first) * (gradient - self._first)
        self._second += (1 - second) * (gradient * gradient - self._second)
        size = np.sqrt(self._second / (1 - second**self._steps)) + TINY
        return self._first / (1 - first**self._steps) / size


class RMSProp:
    """Tieleman and Hinton 2012: the gradient over the root of its mean square of late."""

    def __init__(self) -> None:
        self._mean_square: Float64 | None = None

    def direction(self, gradient: Float64) -> Float64:
        square = gradient * gradient
        if self._mean_square is None:
            self._mean_square = square
        else:
            self._mean_square += (1 - RMSPROP_DECAY) * (square - self._mean_square)
        return gradient / (np.sqrt(self._mean_square) + TINY)


def optimizer(params: LinearLearnerHyperparameters) -> Optimizer:
    """The optimizer that the hyperparameters ask for."""
    if params.optimizer == "sgd":
        return Descent(chosen(params.momentum, 0.0))
    if params.optimizer == "rmsprop":
        return RMSProp()
    return Adam(chosen(params.beta_1, 0.9), chosen(params.beta_2, 0.999))
