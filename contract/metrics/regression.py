"""Metrics of a predicted number: label, prediction and weight are (n,) arrays; the formula stands in each docstring.

y is the label, p the prediction, E the weighted mean over the rows. The negative log-likelihoods are those of the
xgboost library (its parameter page), which leaves out no constant and lifts predictions off zero first.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from contract.metrics.arrays import Array, Float64, Metric, mean

_SMALLEST_RATE = 1e-16
_SMALLEST_GAMMA_MEAN = 1e-6
_DEVIANCE_SHIFT = 1e-9
_HALF_LOG_TWO_PI = 0.5 * np.log(2 * np.pi)


def mse(label: Array, prediction: Array, weight: Array | None = None) -> float:
    """E (y - p)²."""
    return mean(_residual(label, prediction) ** 2, weight)


def rmse(label: Array, prediction: Array, weight: Array | None = None) -> float:
    """√ E (y - p)², in the unit of the label."""
    return float(np.sqrt(mse(label, prediction, weight)))


def mae(label: Array, prediction: Array, weight: Array | None = None) -> float:
    """E |y - p|, in the unit of the label."""
    return mean(np.abs(_residual(label, prediction)), weight)


def mape(label: Array, prediction: Array, weight: Array | None = None) -> float:
    """E |(y - p) / y|, a fraction and not per cent; inf or nan where a label is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return mean(np.abs(_residual(label, prediction) / label), weight)


def r2(label: Array, prediction: Array, weight: Array | None = None) -> float:
    """1 - E (y - p)² / E (y - E y)²: the share of the label's variance that is explained.

    As in scikit-learn a constant label gives 1 for perfect predictions and 0 for any other, and fewer than two rows
    give nan.
    """
    if len(label) < 2:
        return float("nan")
    error = mse(label, prediction, weight)
    variance = mean((np.asarray(label, np.float64) - mean(label, weight)) ** 2, weight)
    return 1 - error / variance if variance else float(error == 0)


def rmsle(label: Array, prediction: Array, weight: Array | None = None) -> float:
    """√ E (log(1 + y) - log(1 + p))²; nan where a label or prediction is below -1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = np.log1p(np.asarray(label, np.float64)) - np.log1p(np.asarray(prediction, np.float64))
        return float(np.sqrt(mean(difference**2, weight)))


def mphe(label: Array, prediction: Array, weight: Array | None = None) -> float:
    """E (√(1 + (y - p)²) - 1), the pseudo-Huber error with slope 1."""
    return mean(np.sqrt(1 + _residual(label, prediction) ** 2) - 1, weight)


def poisson_nloglik(label: Array, prediction: Array, weight: Array | None = None) -> float:
    """E (p - y log p + log y!), the prediction being the rate; p is at least 1e-16."""
    rate = _at_least(_SMALLEST_RATE, prediction)
    return mean(rate - label * np.log(rate) + _log_factorial(label), weight)


def gamma_nloglik(label: Array, prediction: Array, weight: Array | None = None) -> float:
    """E (y / p + log p), of a gamma distribution with mean p and shape 1; p is at least 1e-6."""
    expected = _at_least(_SMALLEST_GAMMA_MEAN, prediction)
    return mean(label / expected + np.log(expected), weight)


def gamma_deviance(label: Array, prediction: Array, weight: Array | None = None) -> float:
    """2 E (log(p / y) + y / p - 1), both shifted by 1e-9."""
    quotient = (np.asarray(label, np.float64) + _DEVIANCE_SHIFT) / (prediction + _DEVIANCE_SHIFT)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 * mean(quotient - 1 - np.log(quotient), weight)


def tweedie_nloglik(label: Array, prediction: Array, weight: Array | None = None, rho: float = 1.5) -> float:
    """E (p^(2 - rho) / (2 - rho) - y p^(1 - rho) / (1 - rho)); ``rho`` is the variance power, 1 < rho < 2."""
    expected = np.asarray(prediction, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        likelihood = label * expected ** (1 - rho) / (1 - rho) - expected ** (2 - rho) / (2 - rho)
        return -mean(likelihood, weight)


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
    "tweedie-nloglik": tweedie_nloglik,
})  # fmt: skip
"""Metrics of (n,) predicted numbers."""
