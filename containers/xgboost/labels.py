"""The rules of an objective for the labels and columns of training data, checked before the library sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.xgboost.hyperparameters import XGBoostHyperparameters
from contract.errors import ChannelError, HyperparameterError
from contract.process.resources import memory_bytes
from contract.tables import weights
from contract.tables.data import Table

BYTES_PER_COLUMN = 350
"""The bytes that the library takes for a column, however few entries it has: measured with the method hist, depth 3."""

Check = Callable[[NDArray[Any]], NDArray[Any]]

_RULES: Mapping[str, tuple[str, Check]] = {
    "binary": ("0 or 1", lambda label: (label == 0) | (label == 1)),
    "reg:logistic": ("between 0 and 1", lambda label: (label >= 0) & (label <= 1)),
    "reg:gamma": ("above 0", lambda label: label > 0),
    "reg:tweedie": ("0 or more", lambda label: label >= 0),
    "reg:squaredlogerror": ("above -1", lambda label: label > -1),
    "count:poisson": ("0 or more", lambda label: label >= 0),
    "rank:map": ("0 or 1", lambda label: (label == 0) | (label == 1)),
    "rank": ("whole numbers from 0 to 31", lambda label: (label % 1 == 0) & (label >= 0) & (label <= 31)),
    "survival:aft": ("0 or more", lambda label: label >= 0),
}


def check(params: XGBoostHyperparameters, table: Table, channel: str) -> None:
    """Raises ``ChannelError`` naming the first record whose label or weight cannot be learned from."""
    weights.check(table, channel)
    label = table.labels
    judge, (expected, fits) = _rule(params)
    bad = np.flatnonzero(~fits(label))
    if bad.size:
        raise ChannelError(
            f"channel {channel!r}, record {bad[0] + 1}: label {label[bad[0]]:g} does not fit {judge}, "
            f"which wants {expected} (records are counted over all files)"
        )


def check_width(width: int) -> None:
    """Raises ``ChannelError`` for more columns than fit into memory, mostly a wrong index in sparse data."""
    needed, usable = width * BYTES_PER_COLUMN, memory_bytes()
    if needed > usable:
        raise ChannelError(
            f"channel 'train': {width:,} feature columns need about {needed / 1e9:.0f} GB of memory and there are "
            f"{usable / 1e9:.0f} GB; look for a wrong index, or hash the features into fewer columns"
        )


def check_columns(params: XGBoostHyperparameters, width: int) -> None:
    """Raises ``HyperparameterError`` for constraints on columns that the data does not have."""
    if len(params.monotone_constraints) > width:
        raise HyperparameterError(
            f"monotone_constraints: has {len(params.monotone_constraints)} entries, the data {width} feature columns"
        )
    highest = max((index for group in params.interaction_constraints for index in group), default=0)
    if highest >= width:
        raise HyperparameterError(
            f"interaction_constraints: names feature {highest}, the data has the features 0 to {width - 1}"
        )


def _rule(params: XGBoostHyperparameters) -> tuple[str, tuple[str, Check]]:
    """Returns who judges the labels, the words for what it wants, and the check."""
    for name in params.metrics:
        if params.objective.startswith("rank:") and name.partition("@")[0] in ("auc", "aucpr", "map"):
            return f"metric {name}", _RULES["rank:map"]
    return f"objective {params.objective}", _rule_of_objective(params)


def _rule_of_objective(params: XGBoostHyperparameters) -> tuple[str, Check]:
    family = params.objective.partition(":")[0]
    if family == "multi":
        count = params.num_class or 0
        return f"whole numbers from 0 to {count - 1}", lambda label: (label % 1 == 0) & (label >= 0) & (label < count)
    return _RULES.get(params.objective) or _RULES.get(family) or ("a finite number", np.isfinite)
