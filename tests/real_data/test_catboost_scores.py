"""CatBoost on real data: high or low demand for bikes, as well predicted as by the plain library."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_score, recall_score, roc_auc_score

from serve.one.predictor import Predictor
from serve.settings import Settings
from tests.contract.subject import Subject
from tests.real_data.data_sets import Split, seoul_bike_demand
from tests.real_data.jobs import Job, body, train

TOLERANCE = 0.01
CATBOOST = Subject("catboost", "catboost")
REFERENCE = {"accuracy": 0.931, "f1": 0.931, "auc": 0.985}
"""What CatBoost with its own defaults, 1,000 trees, reaches on the same split."""
FAST = {"iterations": "300", "learning_rate": "0.1", "early_stopping_rounds": "0", "eval_metric": "Logloss"}
"""As good as the library's defaults, in a third of the time."""
SAGEMAKERS: dict[str, str] = {}
"""SageMaker's defaults are ours: small steps, and the end after 5 trees without a better AUC."""


@pytest.fixture(scope="module")
def split(data_folder: Path) -> Split:
    return seoul_bike_demand(data_folder)


def job(split: Split, base: Path, settings: dict[str, str]) -> Job:
    """Without a validation channel: the rows that judge have no say in the number of trees."""
    return train(CATBOOST, base, {"training": split.train}, settings | {"verbose": "50"})


def scores(split: Split, base: Path) -> dict[str, float]:
    """How good the endpoint's answers to the held-out rows are."""
    predictor = Predictor.load(Settings(family="catboost", base=base))
    answer = json.loads(predictor(body(split.test[:, 1:]), "text/csv", "application/json;verbose").body)
    label, predicted = split.test[:, 0], np.array(answer["predicted_label"])
    found = {
        "accuracy": accuracy_score(label, predicted),
        "precision": precision_score(label, predicted),
        "recall": recall_score(label, predicted),
        "f1": f1_score(label, predicted),
        "auc": roc_auc_score(label, np.array(answer["probabilities"])[:, 1]),
    }
    print({name: round(value, 4) for name, value in found.items()}, confusion_matrix(label, predicted).tolist())
    return found


def test_the_scores_are_at_least_those_of_the_plain_library(split: Split, tmp_path: Path) -> None:
    finished = job(split, tmp_path / "ml", FAST)
    assert finished.evaluation["task"] == "binary classification"
    found = scores(split, tmp_path / "ml")
    for name, expected in REFERENCE.items():
        assert 1 - found[name] / expected < TOLERANCE, f"{name} is {found[name]}, the plain library reached {expected}"


def test_sagemakers_defaults_stop_early_and_lose_little(split: Split, tmp_path: Path) -> None:
    finished = job(split, tmp_path / "ml", SAGEMAKERS)
    assert finished.log.count("bestTest = ") == 1
    found = scores(split, tmp_path / "ml")
    assert found["accuracy"] > 0.91
    assert found["auc"] > 0.965
