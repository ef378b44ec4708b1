"""LightGBM on real data: high or low demand for bikes, as well predicted as by the plain library."""

from __future__ import annotations

from pathlib import Path

import lightgbm
import numpy as np
import pytest

from tests.contract.subject import Subject
from tests.real_data.data_sets import Split, seoul_bike_demand
from tests.real_data.jobs import Job, train

TOLERANCE = 0.01
LIGHTGBM = Subject("lightgbm", "lightgbm")
REFERENCE = {"accuracy": 0.936, "f1_binary": 0.936, "auc": 0.985}
"""What LightGBM with its own defaults reaches on the same split."""
SETTINGS = {
    "the library's": {
        "num_leaves": "31", "max_depth": "-1", "min_data_in_leaf": "20", "feature_fraction": "1.0",
        "bagging_fraction": "1.0", "bagging_freq": "0", "early_stopping_rounds": "0",
    },
    "SageMaker's": {},
}  # fmt: skip
"""Defaults as hyperparameters, those of SageMaker being ours."""


@pytest.fixture(scope="module")
def split(data_folder: Path) -> Split:
    return seoul_bike_demand(data_folder)


@pytest.fixture(scope="module", params=SETTINGS)
def job(request: pytest.FixtureRequest, split: Split, tmp_path_factory: pytest.TempPathFactory) -> Job:
    base = tmp_path_factory.mktemp("lightgbm") / "ml"
    return train(LIGHTGBM, base, split.channels, SETTINGS[request.param])


def test_the_scores_are_at_least_those_of_the_plain_library(job: Job) -> None:
    assert job.evaluation["task"] == "binary classification"
    for name, expected in REFERENCE.items():
        value = job.metrics()[name]
        assert 1 - value / expected < TOLERANCE, f"{name} is {value}, the plain library reached {expected}"


def test_the_predictions_are_those_of_the_plain_library(split: Split, tmp_path: Path) -> None:
    job = train(LIGHTGBM, tmp_path / "ml", split.channels, SETTINGS["the library's"])
    data = lightgbm.Dataset(split.train[:, 1:].astype(np.float32), label=split.train[:, 0])
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 2}, data, 100)
    expected = np.asarray(booster.predict(split.test[:, 1:].astype(np.float32)))
    answers = np.array(job.evaluation["answers"]["validation"]["probabilities"])
    np.testing.assert_allclose(answers, np.column_stack([1 - expected, expected]), rtol=1e-9, atol=1e-12)
