"""Tables as CatBoost takes them. It refuses categories that are floats: they go in as the texts that they stand for.

A whole number and its text are the same category to the library, so that a model learned from the texts ``5`` and
``6`` answers a program that asks with the integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from catboost import Pool
from numpy.typing import NDArray

from contract.builtins.problem import Problem
from contract.builtins.tabular import feature_names
from contract.data import Float32
from contract.tables.data import Table

MISSING = "nan"
"""The text of a missing category, as ``str`` and ``astype(str)`` write it; our levels never contain it."""
UNSEEN = ""
"""Stands for every text that is not among the levels; an empty text is never one of them."""
SMALL = 1000
"""Up to so many rows an array of objects is the faster way, and takes four times less than a DataFrame for one row."""


def training_pool(table: Table, problem: Problem) -> Pool:
    """Features, labels and weights; the labels of a classification are integers, as is what the model then answers."""
    label = table.labels.astype(np.int64) if problem.class_count else table.labels
    return Pool(
        table.dense if not table.levels else _frame(table, feature_names(table.width)),
        label,
        weight=table.weight,
        cat_features=sorted(table.levels) or None,
        feature_names=feature_names(table.width),
    )


def request(table: Table, names: Sequence[str]) -> Any:
    """The features in a form that a trained model predicts from, whose columns have these ``names``."""
    if not table.levels:
        return table.dense
    return Pool(_objects(table) if len(table) <= SMALL else _frame(table, names), cat_features=sorted(table.levels))


def _frame(table: Table, names: Sequence[str]) -> pd.DataFrame:
    features = table.dense
    columns: dict[str, Any] = {}
    for column, name in enumerate(names):
        if column not in table.levels:
            columns[name] = features[:, column]
            continue
        places, texts = _category(features[:, column], table.levels[column])
        columns[name] = pd.Categorical.from_codes(places, categories=pd.Index(texts, dtype=object))
    return pd.DataFrame(columns, copy=False)


def _objects(table: Table) -> NDArray[np.object_]:
    rows = table.dense.astype(object)
    for column, levels in table.levels.items():
        places, texts = _category(table.dense[:, column], levels)
        rows[:, column] = np.array(texts, object)[places]
    return rows


def _category(codes: Float32, levels: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Places (n,) in a list of different texts: what the codes of one column stand for."""
    if levels:
        places = np.where(np.isnan(codes), len(levels) + 1, codes).astype(np.int64)
        return places, [*levels, UNSEEN, MISSING]
    different, places = np.unique(codes, return_inverse=True)
    return places.astype(np.int64), [MISSING if np.isnan(code) else str(int(code)) for code in different]
