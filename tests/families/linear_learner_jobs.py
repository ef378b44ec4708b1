"""Tiny real jobs of the algorithm linear-learner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.linear_learner.algorithm import ALGORITHM
from containers.sklearn.linear_learner.hyperparameters import LOSSES, LinearLearnerHyperparameters
from containers.sklearn.linear_learner.model import LinearModel
from contract.context import Context
from contract.hyperparameters import parse
from contract.tables.data import Table
from tests.families.evaluation import evaluate

ROWS, COLUMNS = 300, 4
CONVERGED = {"epochs": "250", "mini_batch_size": "50", "early_stopping_patience": "1000", "num_models": "16"}
PREDICTOR = {loss: predictor for predictor, losses in LOSSES.items() for loss in losses}


def matrix(rows: int = ROWS, seed: int = 3) -> NDArray[np.float32]:
    """Columns of different means and deviations."""
    random = np.random.default_rng(seed)
    return (random.normal(size=(rows, COLUMNS)) * [1, 3, 0.2, 10] + [0, 5, -1, 100]).astype(np.float32)


def table(predictor: str = "regressor", rows: int = ROWS, seed: int = 3, classes: int = 3) -> Table:
    """Labels that depend on the features, with noise of heavy tails."""
    features = matrix(rows, seed)
    noise = np.random.default_rng(seed + 1).standard_t(3, size=rows)
    signal = (features - [0, 5, -1, 100]) @ [2, -1, 5, 0.1] + noise + 0.5
    if predictor == "binary_classifier":
        signal = signal > 1
    elif predictor == "multiclass_classifier":
        signal = np.digitize(signal, np.linspace(-2, 3, classes - 1))
    return Table(features, signal.astype(np.float32))


def params(predictor: str = "regressor", **given: str) -> LinearLearnerHyperparameters:
    classes = {"num_classes": "3"} if predictor == "multiclass_classifier" else {}
    return parse(LinearLearnerHyperparameters, {"predictor_type": predictor, **classes, **given})


def fit(
    given: LinearLearnerHyperparameters, train: Table, validation: Table | None = None, context: Context | None = None
) -> LinearModel:
    return ALGORITHM.fit(given, train, validation, context or Context())


def metrics(model: LinearModel, data: Table) -> dict[str, float]:
    return dict(evaluate(ALGORITHM, model, data)[0].metrics)
