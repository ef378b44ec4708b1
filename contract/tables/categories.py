"""Columns of categories: from the texts in the data to codes that a library can learn from.

A category is what its text says, without blanks around it. Readers keep the texts as they are written; numbers of JSON,
Parquet and RecordIO have their shortest text, so that ``0.1`` is one category whatever it came in. An empty cell,
``nan`` and ``null`` are missing and stay NaN.

Texts that differ are different categories, with two exceptions. ``True``, ``true`` and ``TRUE`` are one. ``5`` and
``5.0`` are one in a column of nothing but such numbers, since pandas writes whole numbers with a fraction once one of
them is missing; where the column shows that it holds texts (``007``, or ``3.1`` beside ``3.10``), they are two.
``NA``, ``null`` and other words for nothing (``MISSING_WORDS``) are missing in a column of numbers, and texts in a
column of texts. In a request the same text counts first, then the same number.

Where all categories of a training column are whole numbers from 0 on, without large gaps, the cells keep these numbers,
as SageMaker's tabular built-ins want them. Otherwise the categories are numbered in the order of their texts, and the
texts, the column's ``levels``, are kept in the model's signature.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from contract.data import Float32
from contract.errors import Malformed
from contract.tables.category_texts import MISSING_WORDS, TRUTHS, canonical, is_value, texts_of
from contract.tables.data import Sparse, Table, Texts

EXACT = 1 << 24
"""The whole numbers from 0 up to this one are exact as 32-bit floats; it stands for a category unseen in training."""
FEW, GAPS = 1000, 4
"""Numbers stand for themselves up to 1000, or four times as many as there are: libraries keep tables that long."""
_LEADING_ZERO = re.compile(r"[+-]?0\d", re.ASCII)
_FRACTION_OF_NONE = re.compile(r"-?(?:0|[1-9]\d*)\.0", re.ASCII)
"""A whole number as programs write it among numbers with fractions."""


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
    narrow = (cells for cells in numbers.values() if cells.dtype == np.float32)
    if any(np.count_nonzero(np.abs(cells) >= EXACT) for cells in narrow):
        raise Malformed(
            f"category numbers from {EXACT:,} on are not exact as 32-bit floats: send CSV, JSON or Parquet, or number "
            "the categories from 0"
        )
    return replace(table, texts={**table.texts, **{column: texts_of(cells) for column, cells in numbers.items()}})


class Levels(NamedTuple):
    """The categories of a training column: ``texts`` are empty where they are numbers that stand for themselves.

    ``merged`` are two spellings that were taken for one category, or empty.
    """

    texts: tuple[str, ...]
    merged: tuple[str, ...] = ()


def levels_of(texts: Texts) -> Levels:
    """The categories of a training column, from the texts of all of its cells."""
    different = _without_missing_words(set(texts.tolist()) - {""})
    spell = _spelled if _hold_texts(different) else canonical
    found = {text: spell(text) for text in different}
    levels = sorted(set(found.values()))
    themselves = spell is canonical and _stand_for_themselves(levels)
    return Levels(() if themselves else tuple(levels), _merged(found))


def _hold_texts(different: set[str]) -> bool:
    """Returns whether a column shows that it holds texts: words, leading zeros, or one number in two spellings."""
    if not all(map(is_value, different)) or any(map(_LEADING_ZERO.match, different)):
        return True
    spellings = Counter(canonical(text) for text in different if not _FRACTION_OF_NONE.fullmatch(text))
    return any(count > 1 and text not in TRUTHS for text, count in spellings.items())


def _without_missing_words(different: set[str]) -> set[str]:
    others = {text for text in different if text.lower() not in MISSING_WORDS}
    return others if all(map(is_value, others)) else different


def _spelled(text: str) -> str:
    """The text of a category in a column whose spellings matter."""
    return text.lower() if text.lower() in TRUTHS else text


def _stand_for_themselves(levels: Sequence[str]) -> bool:
    highest = max(map(int, levels), default=0) if all(map(_is_exact, levels)) else EXACT
    return highest <= max(FEW, GAPS * len(levels))


def _merged(found: Mapping[str, str]) -> tuple[str, ...]:
    """Two spellings of one category, or nothing."""
    first: dict[str, str] = {}
    for text, level in sorted(found.items()):
        if first.setdefault(level, text) != text:
            return first[level], text
    return ()


def levels_in(table: Table, columns: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The categories of these records alone, for a library that keeps no list of them and takes their texts.

    Truth values and whole numbers are spelled as Python spells them, which is what such libraries were given.
    """
    return {column: tuple(sorted({_of_python(text) for text in table.texts[column]} - {""})) for column in columns}


def _of_python(text: str) -> str:
    if text.lower() in TRUTHS:
        return text.capitalize()
    return canonical(text) if _FRACTION_OF_NONE.fullmatch(text) else text


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
    code = _Numbered(levels).code if levels else _number_itself
    seen: dict[str, float] = {"": np.nan}
    return np.array([seen[text] if text in seen else seen.setdefault(text, code(text)) for text in texts], np.float32)


class _Numbered:
    """The numbers of a column's levels, by their texts."""

    def __init__(self, levels: tuple[str, ...]) -> None:
        self._levels = levels
        self._exactly = _places(levels)

    def code(self, text: str) -> float:
        """The number of a text: of the same one, else of the only level that is the same number."""
        place = self._exactly.get(text)
        if place is None:
            alike, of_values = _places_of_values(self._levels)
            place = np.nan if of_values and text.lower() in MISSING_WORDS else alike.get(canonical(text))
        return float(len(self._levels) if place is None else place)


@lru_cache(64)
def _places(levels: tuple[str, ...]) -> Mapping[str, float]:
    return {text: float(place) for place, text in enumerate(levels)}


@lru_cache(64)
def _places_of_values(levels: tuple[str, ...]) -> tuple[Mapping[str, float], bool]:
    """The places of levels by their canonical texts where no two share one; and whether none of them is a word."""
    found: dict[str, float | None] = {}
    for place, text in enumerate(levels):
        key = canonical(text)
        found[key] = None if key in found else float(place)
    return {key: place for key, place in found.items() if place is not None}, all(map(is_value, levels))


def _number_itself(text: str) -> float:
    text = canonical(text)
    if text.lower() in MISSING_WORDS or not text:
        return np.nan
    return float(text) if _is_exact(text) else float(EXACT)


def _is_exact(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 8 and int(text) < EXACT
