"""The text by which a category is known, whatever format its cell came in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.tables.data import Texts

PRECISE = 1 << 53
"""From here on whole numbers are no longer exact as 64-bit floats: such a text is a category as it is written."""
MISSING_WORDS = frozenset({"na", "n/a", "#n/a", "null", "none", "nan", "nat", "<na>", "\\n", "?"})
"""What pandas, R, Hive, Spark, SQL dumps and Excel write for no value, in lower case; any case is read."""
TRUTHS: Mapping[str, str] = {"true": "1", "false": "0"}
"""The words for truth values, in lower case, and the numbers that they are in a column of numbers."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def canonical(text: str) -> str:
    """The text of a category that is a number or a truth value, whatever its spelling; of others the text itself."""
    text = text.strip()
    if _NUMBER.fullmatch(text) and abs(number := float(text)) < PRECISE:
        return _number_text(number)
    if (lower := text.lower()) in TRUTHS:
        return lower
    return "" if lower == "nan" else text


def texts_of(cells: Sequence[Any] | NDArray[Any]) -> Texts:
    """The texts of an (n,) column of texts or numbers, "" for what is missing, as an array of objects.

    Texts lose the blanks around them, numbers get their shortest text, that of 32-bit floats as such.
    """
    if isinstance(cells, np.ndarray) and cells.dtype.kind == "f":
        different, places = np.unique(cells, return_inverse=True)
        known = np.array([_number_text(value) for value in different], dtype=object)
        return known[places] if known.size else np.empty(0, object)
    seen: dict[tuple[type, Any], str] = {}
    found = np.empty(len(cells), object)
    for row, cell in enumerate(cells):
        key = type(cell), cell  # True is 1 otherwise
        found[row] = seen[key] if key in seen else seen.setdefault(key, _text(cell))
    return found


def is_value(text: str) -> bool:
    """Returns whether a text is a number or a truth value, rather than a word."""
    return bool(_NUMBER.fullmatch(text)) or text.lower() in TRUTHS


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        text = cell.strip()
        return "" if text.lower() == "nan" else text
    return "" if cell is None or type(cell).__name__ in ("NAType", "NaTType") else _number_text(cell)


def _number_text(number: Any) -> str:
    """The shortest text that means the number: that of a 32-bit float has fewer digits than its value has."""
    if isinstance(number, bool | np.bool_):
        return str(number).lower()
    if number != number:
        return ""
    if isinstance(number, int | np.integer):
        return str(number)
    if math.isfinite(number) and number == int(number):
        return str(int(number))
    return repr(float(str(number)))
