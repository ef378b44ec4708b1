"""The categories of a model that learned from a pandas table.

pandas numbers the categories of such a column, the model knows the numbers, and the last line of the file lists the
categories of each column: ``pandas_categorical:[["blue", "red"], [5, 10]]``. It does not say which columns they are.
They are the categorical ones of the model, in their order, unless some were ordered, for these are learned as numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from contract.errors import ArtifactError
from contract.tables.category_texts import texts_of

_KEY = b"\npandas_categorical:"
_COLUMNS = re.compile(rb"^\[categorical_(?:feature|column): ([\d,]*)\]$", re.MULTILINE)


def levels(raw: bytes, infos: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """The categories by column, as texts in the order of their numbers; none where the model knows no pandas.

    ``infos`` is what the file's head says of the columns. Raises ``ArtifactError`` where the columns cannot be told.
    """
    listed = _listed(raw)
    if not listed:
        return {}
    columns = _categorical_columns(raw)
    if len(columns) != len(listed):
        raise ArtifactError(
            f"the model learned from {len(listed)} pandas columns of the type category, of which it takes "
            f"{len(columns)} as categories: ordered ones are learned as numbers, and the file does not say which "
            "columns these are; train it with unordered categories, or with numbers in place of ordered ones"
        )
    found = {column: _texts(column, values) for column, values in zip(columns, listed, strict=True)}
    for column, texts in found.items():
        if column >= len(infos) or _highest(infos[column]) >= len(texts):
            raise ArtifactError(
                f"the {len(texts)} pandas categories that the file lists for feature {column + 1} are fewer than it "
                "learned: the list belongs to other columns; train it with categories that are not ordered"
            )
    return found


def _listed(raw: bytes) -> list[list[Any]]:
    start = raw.rfind(_KEY)
    if start < 0:
        return []
    try:
        listed = json.loads(raw[start + len(_KEY) :])
    except ValueError as error:
        raise ArtifactError(f"its last line, the pandas categories, is damaged ({error}); upload it again") from error
    if listed is None:
        return []
    if not isinstance(listed, list) or not all(isinstance(values, list) for values in listed):
        raise ArtifactError("its last line, the pandas categories, is no list of lists; upload it again")
    return listed


def _categorical_columns(raw: bytes) -> list[int]:
    found = _COLUMNS.search(raw, raw.rfind(b"\nparameters:"))
    return sorted(int(column) for column in found[1].split(b",") if column) if found else []


def _texts(column: int, values: list[Any]) -> tuple[str, ...]:
    """The texts by which requests name the categories; raises ``ArtifactError`` where two have the same."""
    texts = tuple(texts_of(np.array([*values, None], object))[:-1].tolist())
    twice = next((text for place, text in enumerate(texts) if text in texts[:place]), None)
    if twice is not None or "" in texts:
        raise ArtifactError(
            f"feature {column + 1} has two categories that requests write as {twice or ''!r}; rename one, train again"
        )
    return texts


def _highest(info: str) -> int:
    """The largest number that was learned, from ``-1:0:2:1``; -1 where nothing was."""
    return max((int(number) for number in info.split(":") if number.lstrip("-").isdigit()), default=-1)
