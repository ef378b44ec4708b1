"""The digamma function, for servers that do not load scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SHIFT = 10
"""The asymptotic series of larger values is exact in double precision."""
_STEPS = np.arange(float(SHIFT))
_TERMS = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
"""Bernoulli numbers B(2n) over 2n."""


def digamma(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The derivative of the logarithm of the gamma function, of values above 0.

    psi(x) = psi(x + 1) - 1 / x leads to large values, whose psi is log x - 1 / 2x less a sum of B(2n) / (2n x^2n)
    (Abramowitz and Stegun, Handbook of Mathematical Functions, 6.3.5 and 6.3.18).
    """
    skipped = (1 / np.add.outer(_STEPS, values)).sum(axis=0)
    large: Any = values + SHIFT
    inverse = 1 / (large * large)
    series = np.zeros_like(large)
    for term in reversed(_TERMS):
        series += term
        series *= inverse
    return np.asarray(np.log(large) - 0.5 / large - series - skipped)
