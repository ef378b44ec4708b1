"""Tiny real jobs of the algorithm lightgbm."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from containers.algorithm import Context
from containers.data import Table
from containers.hyperparameters import parse
from containers.lightgbm.boosting import ALGORITHM
from containers.lightgbm.hyperparameters import LightGBMHyperparameters
from containers.lightgbm.model import Model
from containers.problem import Kind
from tests.families.job_log import Log

ROWS, COLUMNS = 240, 4
KINDS: tuple[Kind, ...] = ("regression", "binary_classification", "multiclass_classification")


def table(kind: Kind = "regression", rows: int = ROWS, seed: int = 3, classes: int = 3) -> Table:
    """Random features, and labels that depend on them."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, COLUMNS)).astype(np.float32)
    signal = features[:, 0] - 0.5 * features[:, 1] + 0.1 * random.normal(size=rows)
    if kind == "regression":
        return Table(features, signal.astype(np.float32))
    count = 2 if kind == "binary_classification" else classes
    return Table(features, np.digitize(signal, np.linspace(-1, 1, count + 1)[1:-1]).astype(np.float32))


def params(**given: str) -> LightGBMHyperparameters:
    return parse(LightGBMHyperparameters, {"num_boost_round": "6", "verbosity": "-1", **given})


def fit(
    given: LightGBMHyperparameters, train: Table, validation: Table | None = None, context: Context | None = None
) -> Model:
    return ALGORITHM.fit(given, train, validation, context or Context())


def logged(given: LightGBMHyperparameters, train: Table, validation: Table | None = None) -> tuple[Model, Log]:
    """Trains and returns the model with its log."""
    log = Log()
    return fit(given, train, validation, log.context()), log


def reloaded(model: Model, folder: Path) -> Model:
    """The model after a trip through its files."""
    folder.mkdir(exist_ok=True)
    ALGORITHM.save(model, folder)
    return ALGORITHM.load(folder)
