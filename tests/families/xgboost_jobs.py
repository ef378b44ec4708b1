"""Tiny real jobs of the algorithm xgboost."""

from __future__ import annotations

from typing import Any

import numpy as np

from containers.xgboost.boosting import ALGORITHM
from containers.xgboost.hyperparameters import XGBoostHyperparameters
from contract.hyperparameters import parse
from contract.tables.data import Table
from tests.families.trials import trials

ROWS, COLUMNS = 240, 4


def table(objective: str = "reg:squarederror", rows: int = ROWS, seed: int = 3, classes: int = 3) -> Table:
    """Random features, and labels that depend on them and fit the objective."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, COLUMNS)).astype(np.float32)
    signal = features[:, 0] - 0.5 * features[:, 1] + 0.1 * random.normal(size=rows)
    return Table(features, _label(objective, signal, classes).astype(np.float32))


def _label(objective: str, signal: Any, classes: int) -> Any:
    if objective.startswith("binary:"):
        return signal > 0
    if objective.startswith("multi:"):
        return np.digitize(signal, np.quantile(signal, np.linspace(0, 1, classes + 1)[1:-1]))
    if objective.startswith(("rank:", "count:")):
        return np.clip(np.rint(signal + 1), 0, 3) if objective != "rank:map" else signal > 0
    if objective == "reg:logistic":
        return 1 / (1 + np.exp(-signal))
    if objective in ("reg:gamma", "reg:tweedie", "reg:squaredlogerror") or objective.startswith("survival:"):
        return np.exp(0.5 * signal)
    return signal


def params(**given: str) -> XGBoostHyperparameters:
    return parse(XGBoostHyperparameters, {"num_round": "6", "max_depth": "3", **given})


fit, logged, reloaded = trials(ALGORITHM)
