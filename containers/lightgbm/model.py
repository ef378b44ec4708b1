"""A trained model: the library's booster, and what it learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from containers.data import Sparse, Table
from containers.problem import Problem


@dataclass(frozen=True)
class Model:
    """``booster`` holds the trees that answer and no others."""

    booster: lightgbm.Booster
    problem: Problem

    def predict(self, table: Table) -> NDArray[Any]:
        """Values (n,) of a regression, else probabilities of the classes (n, k); float64."""
        raw = np.asarray(self.booster.predict(dense(table)))
        if self.problem.kind == "binary_classification":
            return np.column_stack([1 - raw, raw])
        return raw


def dense(table: Table) -> NDArray[np.float32]:
    """The features of a table; ``TableInput(sparse="zero")`` has none in sparse form."""
    assert not isinstance(table.features, Sparse), "the input makes sparse records dense"
    return table.features


def dataset(table: Table, reference: lightgbm.Dataset | None = None) -> lightgbm.Dataset:
    """A table with labels, weights and categories as the library learns from it."""
    return lightgbm.Dataset(
        dense(table),
        label=table.label,
        weight=table.weight,
        reference=reference,
        feature_name=[f"feature_{number}" for number in range(table.width)],
        categorical_feature=sorted(table.levels),
    )
