"""A trained model: the library's booster, and what it learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from contract.builtins.problem import Problem
from contract.builtins.tabular import feature_names
from contract.tables.data import Table


@dataclass(frozen=True)
class Model:
    """``booster`` holds the trees that answer and no others."""

    booster: lightgbm.Booster
    problem: Problem

    def predict(self, table: Table) -> NDArray[Any]:
        """Values (n,) of a regression, else probabilities of the classes (n, k); float64."""
        raw = np.asarray(self.booster.predict(table.dense))
        if self.problem.kind == "binary_classification":
            return np.column_stack([1 - raw, raw])
        return raw


def dataset(table: Table, reference: lightgbm.Dataset | None = None) -> lightgbm.Dataset:
    """A table with labels, weights and categories as the library learns from it."""
    return lightgbm.Dataset(
        table.dense,
        label=table.label,
        weight=table.weight,
        reference=reference,
        feature_name=feature_names(table.width),
        categorical_feature=sorted(table.levels),
    )
