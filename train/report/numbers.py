"""Numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Iterable

_PLAIN = (1e-3, 1e7)


def shown(value: float, digits: int = 5) -> str:
    """A number in at most ``digits`` significant digits: ``1,234.5``, ``0.94817``, ``1.2e-09``; a dash for none."""
    text = aligned([value], digits)[0]
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def aligned(values: Iterable[float], digits: int = 4) -> list[str]:
    """Numbers to stand together: as many decimals each as give the largest ``digits`` significant digits."""
    numbers = list(values)
    largest = max((abs(value) for value in numbers if math.isfinite(value)), default=0.0)
    plain = largest == 0 or _PLAIN[0] <= largest < _PLAIN[1]
    whole_digits = math.floor(math.log10(largest)) + 1 if plain and largest else 1
    form = f",.{max(0, digits - whole_digits)}f" if plain else f".{digits}g"
    return [signed(value, format(abs(value), form)) if math.isfinite(value) else "–" for value in numbers]


def signed(value: float, magnitude: str) -> str:
    """The text of the absolute value, with a true minus sign before it where the value is negative."""
    return f"−{magnitude}" if value < 0 else magnitude
