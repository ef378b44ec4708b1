"""The texts of CatBoost 1.2.10 for faults that it has no types for: each is a ``CatBoostError`` with a text alone.

These are all the texts that the family knows; a test on the library fails when it says something else.
"""

from __future__ import annotations

from catboost import CatBoostError

INVALID_FLOAT = "JSON writer: invalid float value"
"""An infinite number, or none, among the settings or the metrics of a round, which the library keeps as JSON."""
OUT_OF_MEMORY = "bad_alloc"
"""The C++ exception by its name: there was no memory."""


def is_invalid_float(error: CatBoostError) -> bool:
    """Returns whether a number grew beyond those that the library can keep."""
    return INVALID_FLOAT in str(error)


def is_out_of_memory(error: CatBoostError) -> bool:
    """Returns whether the library had no memory left."""
    return OUT_OF_MEMORY in str(error)
