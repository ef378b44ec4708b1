"""A trained model: one booster, or the boosters of a k-fold training that answer together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse
import xgboost
from numpy.typing import NDArray

from contract.tables.data import Sparse, Table

VOTING = ("multi:softmax", "binary:hinge")
"""Objectives whose prediction is a class: k models vote. Those of the others are averaged."""


@dataclass(frozen=True)
class Model:
    """``boosters`` share objective and columns; the facts about them are read from the first."""

    boosters: tuple[xgboost.Booster, ...]

    @cached_property
    def _learner(self) -> Mapping[str, Any]:
        learner: Mapping[str, Any] = json.loads(self.boosters[0].save_config())["learner"]
        return learner

    @cached_property
    def objective(self) -> str:
        return str(self._learner["objective"]["name"])

    @cached_property
    def class_count(self) -> int:
        """The number of classes of a multi:* objective, else 0."""
        return int(self._learner["learner_model_param"]["num_class"])

    @cached_property
    def is_linear(self) -> bool:
        return str(self._learner["gradient_booster"]["name"]) == "gblinear"

    def predict(self, table: Table) -> NDArray[Any]:
        """The library's predictions, (n,) or (n, k) float32; several models are averaged or vote."""
        if len(self.boosters) == 1:
            return self._predict_one(self.boosters[0], table)
        every = np.stack([self._predict_one(booster, table) for booster in self.boosters])
        if self.objective not in VOTING:
            return np.asarray(every.mean(axis=0, dtype=np.float64), dtype=np.float32)
        return vote(every)

    def _predict_one(self, booster: xgboost.Booster, table: Table) -> NDArray[Any]:
        if self.is_linear:
            return np.asarray(booster.predict(xgboost.DMatrix(matrix(table)), validate_features=False))
        rounds = (0, rounds_that_answer(booster))
        return np.asarray(booster.inplace_predict(matrix(table), iteration_range=rounds, validate_features=False))


def rounds_that_answer(booster: xgboost.Booster) -> int:
    """The rounds up to the best one where training was stopped early, as the library's estimators answer, else all.

    Our own models hold no others; a file of another program holds all rounds, and the best one as an attribute.
    """
    best, grown = booster.attr("best_iteration"), booster.num_boosted_rounds()
    return min(int(best) + 1, grown) if best is not None and best.isdecimal() else grown


def vote(every: NDArray[Any]) -> NDArray[Any]:
    """The class that most of m models predict, (n,) float32 from (m, n); the smallest of equals."""
    votes = np.apply_along_axis(np.bincount, 0, every.astype(np.int64), minlength=int(every.max()) + 1)
    return np.asarray(votes.argmax(axis=0), dtype=np.float32)


def matrix(table: Table) -> Any:
    """A table's features as the library takes them."""
    features = table.features
    if isinstance(features, Sparse):
        parts = (features.values, features.indices, features.indptr)
        return scipy.sparse.csr_matrix(parts, shape=features.shape)
    return features


def dmatrix(table: Table, objective: str, threads: int) -> xgboost.DMatrix:
    """A table with its labels and weights as the library learns from it (survival times are taken as observed)."""
    data = xgboost.DMatrix(matrix(table), label=table.label, weight=table.weight, nthread=threads)
    if objective == "survival:aft":
        data.set_float_info("label_lower_bound", table.label)
        data.set_float_info("label_upper_bound", table.label)
    return data
