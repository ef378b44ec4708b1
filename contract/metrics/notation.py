"""Metrics as text for the regexes of tuning jobs, ``([0-9\\.]+)``, which know no exponent."""

from __future__ import annotations

import numpy as np


def decimal(value: float) -> str:
    """A number in ten significant digits, without an exponent: ``0.00000015``, where ``1.5e-07`` would be cut off."""
    return np.format_float_positional(value, precision=10, fractional=False, trim="-")
