"""The common parts of the metrics: arrays, weights, and a ratio that is always defined."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Float64: TypeAlias = NDArray[np.float64]


def weights_of(label: Array, weight: Array | None) -> Float64:
    """(n,) float64 weights: those given, or ones."""
    return np.ones(len(label)) if weight is None else np.asarray(weight, np.float64)


def ratio(part: Float64, whole: Float64) -> Float64:
    """``part / whole``, and 0 where the whole is 0, as scikit-learn's scores have it."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
