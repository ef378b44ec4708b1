"""Metrics of a predicted number: label, prediction and weight are (n,) arrays; the formula stands in each docstring.

y is the label, p the prediction, E the weighted mean over the rows. The negative log-likelihoods are those of the
xgboost library (its parameter page), which leaves out no constant and lifts predictions off zero first.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from contract.metrics.arrays import Array, Float64, weights_of
from contract.metrics.metric import Metric, mean

_SMALLEST_RATE = 1e-16
_SMALLEST_GAMMA_MEAN = 1e-6
_DEVIANCE_SHIFT = 1e-9
_HALF_LOG_TWO_PI = 0.5 * np.log(2 * np.pi)


class Variation:
    """The squared errors, and the squared distances of the labels from their mean."""

    def __init__(self) -> None:
        self._records, self._weight, self._errors = 0, 0.0, 0.0
        self._mean = self._squares = 0.0
        self._lowest, self._highest = np.inf, -np.inf

    def add(self, label: Array, prediction: Array, weight: Array | None) -> None:
        """Adds the next n records. Means of parts are joined by how far they lie apart, which loses no digits."""
        known, weights = np.asarray(label, np.float64), weights_of(label, weight)
        total = float(weights.sum())
        self._records += len(known)
        if not total:
            return
        self._errors += float(weights @ _residual(label, prediction) ** 2)
        mean_here = float(weights @ known / total)
        apart = mean_here - self._mean if self._weight else 0.0
        both = self._weight + total
        self._squares += float(weights @ (known - mean_here) ** 2) + apart**2 * self._weight * total / both
        self._mean = self._mean + apart * total / both if self._weight else mean_here
        self._weight = both
        self._lowest, self._highest = min(self._lowest, known.min()), max(self._highest, known.max())

    def explained(self) -> float:
        """The share of the label's variance that the predictions explain."""
        if self._records < 2 or not self._weight:
            return float("nan")
        error, variance = self._errors / self._weight, self._squares / self._weight
        if self._lowest == self._highest or not variance:
            return float(error == 0)
        return 1 - error / variance


@mean
def mse(label: Array, prediction: Array) -> Array:
    """E (y - p)²."""
    return _residual(label, prediction) ** 2


rmse = mse.then(np.sqrt)
"""√ E (y - p)², in the unit of the label."""


@mean
def mae(label: Array, prediction: Array) -> Array:
    """E |y - p|, in the unit of the label."""
    return np.abs(_residual(label, prediction))


@mean
def mape(label: Array, prediction: Array) -> Array:
    """E |(y - p) / y|, a fraction and not per cent; inf or nan where a label is 0."""
    return np.abs(_residual(label, prediction) / label)


r2 = Metric(Variation, Variation.explained)
"""1 - E (y - p)² / E (y - E y)²: the share of the label's variance that is explained.

As in scikit-learn a constant label gives 1 for perfect predictions and 0 for any other, and fewer than two rows give
nan."""


@mean
def _squared_difference_of_logarithms(label: Array, prediction: Array) -> Array:
    difference = np.log1p(np.asarray(label, np.float64)) - np.log1p(np.asarray(prediction, np.float64))
    return np.asarray(difference**2)


rmsle = _squared_difference_of_logarithms.then(np.sqrt)
"""√ E (log(1 + y) - log(1 + p))²; nan where a label or prediction is below -1."""


@mean
def mphe(label: Array, prediction: Array) -> Array:
    """E (√(1 + (y - p)²) - 1), the pseudo-Huber error with slope 1."""
    return np.asarray(np.sqrt(1 + _residual(label, prediction) ** 2) - 1)


@mean
def poisson_nloglik(label: Array, prediction: Array) -> Array:
    """E (p - y log p + log y!), the prediction being the rate; p is at least 1e-16."""
    rate = _at_least(_SMALLEST_RATE, prediction)
    return np.asarray(rate - label * np.log(rate) + _log_factorial(label))


@mean
def gamma_nloglik(label: Array, prediction: Array) -> Array:
    """E (y / p + log p), of a gamma distribution with mean p and shape 1; p is at least 1e-6."""
    expected = _at_least(_SMALLEST_GAMMA_MEAN, prediction)
    return label / expected + np.log(expected)


@mean
def gamma_deviance(label: Array, prediction: Array) -> Array:
    """2 E (log(p / y) + y / p - 1), both shifted by 1e-9."""
    quotient = (np.asarray(label, np.float64) + _DEVIANCE_SHIFT) / (prediction + _DEVIANCE_SHIFT)
    return np.asarray(2 * (quotient - 1 - np.log(quotient)))


def tweedie_nloglik(rho: float = 1.5) -> Metric:
    """E (p^(2 - rho) / (2 - rho) - y p^(1 - rho) / (1 - rho)); ``rho`` is the variance power, 1 < rho < 2."""

    def values(label: Array, prediction: Array) -> Array:
        expected = np.asarray(prediction, np.float64)
        return np.asarray(expected ** (2 - rho) / (2 - rho) - label * expected ** (1 - rho) / (1 - rho))

    return mean(values)


def _residual(label: Array, prediction: Array) -> Float64:
    return np.asarray(label, np.float64) - np.asarray(prediction, np.float64)


def _at_least(lowest: float, values: Array) -> Float64:
    return np.maximum(np.asarray(values, np.float64), lowest)


def _log_factorial(values: Array) -> Float64:
    """log Γ(1 + v) of (n,) values above -1, to about 1e-11: numpy has no log-gamma, and a loop over rows is slow.

    Γ(1 + v) is Γ(9 + v) over the product of 1 + v … 8 + v; there four terms of Stirling's series are exact enough.
    """
    above = np.asarray(values, np.float64) + 9
    series = 1 / (12 * above) - 1 / (360 * above**3) + 1 / (1260 * above**5) - 1 / (1680 * above**7)
    result: Float64 = (above - 0.5) * np.log(above) - above + _HALF_LOG_TWO_PI + series
    for step in range(1, 9):
        result -= np.log(above - step)
    return result


REGRESSION: Mapping[str, Metric] = MappingProxyType({
    "rmse": rmse,
    "mse": mse,
    "mae": mae,
    "mape": mape,
    "r2": r2,
    "rmsle": rmsle,
    "mphe": mphe,
    "poisson-nloglik": poisson_nloglik,
    "gamma-nloglik": gamma_nloglik,
    "gamma-deviance": gamma_deviance,
    "tweedie-nloglik": tweedie_nloglik(),
})  # fmt: skip
"""Metrics of (n,) predicted numbers."""
