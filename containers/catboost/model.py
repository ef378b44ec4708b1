"""A trained model: the library's own, and what it says about the problem that it solves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from catboost import CatBoost
from numpy.typing import NDArray

from containers.catboost import pools
from contract.builtins.problem import Problem
from contract.errors import ArtifactError
from contract.tables.data import Table

BINARY = frozenset({"CrossEntropy", "Logloss"})
MULTICLASS = frozenset({"MultiClass", "MultiClassOneVsAll"})
EXPONENTIAL = frozenset({"Poisson", "Tweedie"})
"""Losses whose models answer the logarithm of the value."""
VALUES = EXPONENTIAL | frozenset("Expectile Huber LogCosh LogLinQuantile Lq MAE MAPE Quantile RMSE".split())
LEVELS = "category_levels"
"""Our entry in the metadata of a model file: the texts of its categories, by column."""


@dataclass(frozen=True)
class Model:
    """A booster with at least one tree, and what it was trained for."""

    booster: CatBoost
    problem: Problem

    @cached_property
    def loss(self) -> str:
        return loss_of(self.booster)

    @cached_property
    def levels(self) -> Mapping[int, tuple[str, ...]]:
        """The levels of the categories, by column, as far as the file tells them; see ``knows_levels``."""
        kept = json.loads(self._metadata.get(LEVELS, "{}"))
        return {column: tuple(kept.get(str(column), ())) for column in self.booster.get_cat_feature_indices()}

    @cached_property
    def knows_levels(self) -> bool:
        """True if ``levels`` are those of the training data.

        A file that another program wrote holds a hash of each category in their place, so the library is asked with
        the texts themselves.
        """
        return LEVELS in self._metadata

    @property
    def feature_count(self) -> int:
        return len(self._names)

    @property
    def tree_count(self) -> int:
        return int(self.booster.tree_count_)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.booster.feature_names_)

    @cached_property
    def _metadata(self) -> dict[str, str]:
        return dict(self.booster.get_metadata())

    def predict(self, table: Table) -> NDArray[np.float64]:
        """Values (n,), or the probabilities of the classes (n, k).

        On one thread: the server runs as many predictions at once as there are processors.
        """
        kind = "Probability" if self.problem.class_count else "RawFormulaVal"
        if self.loss in EXPONENTIAL:
            kind = "Exponent"
        asked = pools.request(table, self._names)
        predicted: Any = self.booster.predict(asked, prediction_type=kind, thread_count=1)
        return np.asarray(predicted, np.float64)


def loss_of(booster: CatBoost) -> str:
    """The name of the loss function without its parameters, or "" where the model does not tell it."""
    try:
        return str(json.loads(dict(booster.get_metadata())["params"])["loss_function"]["type"])
    except (KeyError, TypeError, ValueError):
        return ""


def problem_of(booster: CatBoost) -> Problem:
    """Returns what a model was trained for. Raises ``ArtifactError`` where its answers would be misunderstood."""
    loss = loss_of(booster)
    if loss in VALUES:
        return Problem("regression")
    if loss not in BINARY | MULTICLASS:
        known = ", ".join(sorted(VALUES | BINARY | MULTICLASS))
        raise ArtifactError(f"the model was trained with the loss {loss or '?'}; those served are {known}")
    classes = [str(name).removesuffix(".0") for name in booster.classes_]
    if classes != [str(number) for number in range(len(classes))]:
        raise ArtifactError(
            f"the model's classes are {', '.join(classes)[:200]}; this image answers with the numbers 0 to "
            f"{len(classes) - 1}: train it with labels that are these numbers"
        )
    return Problem("multiclass_classification" if loss in MULTICLASS else "binary_classification", len(classes))
