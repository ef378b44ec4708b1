"""Columns of categories: from the texts in the data to codes that a library can learn from.

A category is what its text says, without blanks around it; a number is the same category however it is written
(``5``, ``5.0``, ``007`` and ``7``). An empty cell, ``nan`` and in JSON ``null`` are missing and stay NaN.

Where all categories of a training column are whole numbers from 0 on, without large gaps, the cells keep these numbers,
as SageMaker's tabular built-ins want them. Otherwise the categories are numbered in the order of their texts, and the
texts, the column's ``levels``, are kept in the model's signature.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.data import Float32
from contract.errors import Malformed
from contract.tables.data import Sparse, Table, Texts

EXACT = 1 << 24
"""The whole numbers from 0 up to this one are exact as 32-bit floats; it stands for a category unseen in training."""
FEW, GAPS = 1000, 4
"""Numbers stand for themselves up to 1000, or four times as many as there are: libraries keep tables that long."""
PRECISE = 1 << 53
"""From here on whole numbers are no longer exact as 64-bit floats: such a text is a category as it is written."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def canonical(text: str) -> str:
    """The text that a category is known by; "" where it is missing."""
    text = text.strip()
    if _NUMBER.fullmatch(text) and abs(number := float(text)) < PRECISE:
        return _number_text(number)
    return "" if text.lower() == "nan" else text


def texts_of(cells: Sequence[Any] | NDArray[Any]) -> Texts:
    """The canonical texts of an (n,) column of texts or numbers (None and NaN are missing), as an array of objects."""
    if isinstance(cells, np.ndarray) and cells.dtype.kind == "f":
        different, places = np.unique(cells, return_inverse=True)
        known = np.array([_number_text(value) for value in different.tolist()], dtype=object)
        return known[places] if known.size else np.empty(0, object)
    seen: dict[tuple[type, Any], str] = {}
    found = np.empty(len(cells), object)
    for row, cell in enumerate(cells):
        key = type(cell), cell  # True is 1 otherwise
        found[row] = seen[key] if key in seen else seen.setdefault(key, _text(cell))
    return found


def with_texts(table: Table, columns: Collection[int]) -> Table:
    """The table with the texts of all of ``columns``, those that its format gave as numbers included.

    Raises ``Malformed`` for a column that the table does not have, and for sparse records.
    """
    beyond = [column for column in columns if column >= table.width]
    if beyond:
        raise Malformed(
            f"feature {beyond[0] + 1} is said to hold categories, but the records have {table.width} features: "
            "correct what names the columns of categories"
        )
    if isinstance(table.features, Sparse):
        raise Malformed("sparse records cannot have columns of categories; send dense ones")
    numbers = {column: table.features[:, column] for column in columns if column not in table.texts}
    if any(np.count_nonzero(np.abs(cells) >= EXACT) for cells in numbers.values()):
        raise Malformed(
            f"category numbers from {EXACT:,} on are not exact as 32-bit floats: send CSV, JSON or Parquet, or number "
            "the categories from 0"
        )
    return replace(table, texts={**table.texts, **{column: texts_of(cells) for column, cells in numbers.items()}})


def levels_of(texts: Texts) -> tuple[str, ...]:
    """The levels of a training column; empty where its categories are numbers that stand for themselves."""
    different = sorted(set(texts.tolist()) - {""})
    highest = max(map(int, different), default=0) if all(map(_is_exact, different)) else EXACT
    return () if highest <= max(FEW, GAPS * len(different)) else tuple(different)


def levels_in(table: Table, columns: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The categories of these records alone, for a library that keeps no list of them and takes their texts."""
    return {column: tuple(sorted(set(table.texts[column].tolist()) - {""})) for column in columns}


def encode(table: Table, levels: Mapping[int, tuple[str, ...]], *, in_place: bool = False) -> Table:
    """The table with codes in place of its texts.

    A cell of column c is the place of its text in ``levels[c]``, or ``len(levels[c])`` where the text is not in it;
    with empty levels it is the number itself, or ``EXACT`` for a text that is none. NaN is a missing category. With
    ``in_place`` the features are changed where they are, for a table that nobody else has.
    """
    if not table.texts:
        return replace(table, levels=dict(levels))
    features = table.features
    assert not isinstance(features, Sparse), "with_texts refuses sparse tables"
    if not in_place:
        features = features.copy()
    for column, texts in table.texts.items():
        features[:, column] = codes(texts, levels[column])
    return replace(table, features=features, texts={}, levels=dict(levels))


def codes(texts: Texts, levels: tuple[str, ...]) -> Float32:
    """The codes (n,) of the texts of one column, NaN where one is missing."""
    if levels:
        known = {text: float(place) for place, text in enumerate(levels)}
        known[""] = np.nan
        return np.array([known.get(text, len(levels)) for text in texts], np.float32)
    seen: dict[str, float] = {"": np.nan}
    return np.array([_exact(text, seen) for text in texts], np.float32)


def _exact(text: str, seen: dict[str, float]) -> float:
    if text not in seen:
        seen[text] = float(text) if _is_exact(text) else float(EXACT)
    return seen[text]


def _is_exact(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 8 and int(text) < EXACT


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return canonical(cell) if isinstance(cell, str) else _number_text(cell)


def _number_text(number: Any) -> str:
    if isinstance(number, bool):
        return str(number).lower()
    if number != number:
        return ""
    return str(int(number)) if float(number).is_integer() else repr(number)
