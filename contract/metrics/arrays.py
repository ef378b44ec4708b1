"""What the metrics have in common: their shape, and the weighted mean that most of them are."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Float64: TypeAlias = NDArray[np.float64]


class Metric(Protocol):
    """How good (n,) or (n, k) predictions of (n,) labels are, rows counting by their (n,) weights."""

    def __call__(self, label: Array, prediction: Array, weight: Array | None = None, /) -> float:
        """One number; nan or inf where the data does not define it."""


def weights_of(label: Array, weight: Array | None) -> Float64:
    """(n,) float64 weights: those given, or ones."""
    return np.ones(len(label)) if weight is None else np.asarray(weight, np.float64)


def mean(values: Array, weight: Array | None) -> float:
    """The weighted mean of (n,) values in float64; nan where there is no weight at all."""
    weights = weights_of(values, weight)
    total = weights.sum()
    return float(weights @ np.asarray(values, np.float64) / total) if total else float("nan")


def ratio(part: Float64, whole: Float64) -> Float64:
    """``part / whole``, and 0 where the whole is 0, as scikit-learn's scores have it."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
