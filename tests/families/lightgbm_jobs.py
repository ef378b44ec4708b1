"""Tiny real jobs of the algorithm lightgbm."""

from __future__ import annotations

import numpy as np

from containers.lightgbm.boosting import ALGORITHM
from containers.lightgbm.hyperparameters import LightGBMHyperparameters
from contract.builtins.problem import Kind
from contract.hyperparameters import parse
from contract.tables.data import Table
from tests.families.trials import trials

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


fit, logged, reloaded = trials(ALGORITHM)
