"""Tiny real jobs of the algorithm xgboost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from containers.algorithm import Context
from containers.data import Table
from containers.hyperparameters import parse
from containers.xgboost.boosting import ALGORITHM
from containers.xgboost.hyperparameters import XGBoostHyperparameters
from containers.xgboost.model import Model
from tests.families.job_log import Log

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


def fit(
    given: XGBoostHyperparameters, train: Table, validation: Table | None = None, context: Context | None = None
) -> Model:
    return ALGORITHM.fit(given, train, validation, context or Context())


def logged(given: XGBoostHyperparameters, train: Table, validation: Table | None = None) -> tuple[Model, Log]:
    """Trains and returns the model with the log of its rounds."""
    log = Log()
    return fit(given, train, validation, log.context()), log


def reloaded(model: Model, folder: Path) -> Model:
    """The model after a trip through its files."""
    folder.mkdir(exist_ok=True)
    ALGORITHM.save(model, folder)
    return ALGORITHM.load(folder)
