"""Tiny real jobs of the algorithm mlp."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from containers.tensorflow.mlp.algorithm import ALGORITHM
from containers.tensorflow.mlp.hyperparameters import MLPHyperparameters
from containers.tensorflow.mlp.model import MLPModel
from contract.builtins.problem import Kind
from contract.context import Context
from contract.hyperparameters import parse
from contract.tables.data import Table
from tests.families.job_log import Log

ROWS, COLUMNS = 200, 4
KINDS: tuple[Kind, ...] = ("regression", "binary_classification", "multiclass_classification")
COLOUR, CODE = 4, 5
"""ColumnEncoding of categories in ``mixed``."""


def table(kind: Kind = "regression", rows: int = ROWS, seed: int = 3, classes: int = 3) -> Table:
    """Random features, and labels that depend on them."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, COLUMNS)).astype(np.float32)
    signal = features[:, 0] - 0.5 * features[:, 1] + 0.1 * random.normal(size=rows)
    if kind == "regression":
        return Table(features, (100 + 10 * signal).astype(np.float32))
    count = 2 if kind == "binary_classification" else classes
    return Table(features, np.digitize(signal, np.linspace(-1, 1, count + 1)[1:-1]).astype(np.float32))


def mixed(rows: int = 300, seed: int = 3) -> Table:
    """Four numbers, the third one with gaps, a colour of three and a code of up to 40; labels depend on all of them."""
    random = np.random.default_rng(seed)
    numbers = table(rows=rows, seed=seed)
    colour, code = random.integers(3, size=rows), random.integers(40, size=rows)
    effect = np.array([-30, 0, 30])[colour] + 2.0 * (code - 20)
    features = np.column_stack([numbers.dense, colour, code]).astype(np.float32)
    features[::7, 2] = np.nan
    features[::11, COLOUR] = np.nan
    levels = {COLOUR: ("blue", "green", "red"), CODE: ()}
    return Table(features, (numbers.labels + effect).astype(np.float32), levels=levels)


def params(**given: str) -> MLPHyperparameters:
    return parse(MLPHyperparameters, {"hidden_layers": "8", "epochs": "4", "learning_rate": "0.02", **given})


def fit(
    given: MLPHyperparameters, train: Table, validation: Table | None = None, context: Context | None = None
) -> MLPModel:
    return ALGORITHM.fit(given, train, validation, context or Context())


def logged(given: MLPHyperparameters, train: Table, validation: Table | None = None) -> tuple[MLPModel, Log]:
    """Trains and returns the model with its log."""
    log = Log()
    return fit(given, train, validation, log.context()), log


def files(model: MLPModel, folder: Path) -> dict[str, bytes]:
    """What is written of a model."""
    folder.mkdir(exist_ok=True)
    ALGORITHM.save(model, folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
