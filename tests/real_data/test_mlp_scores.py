"""mlp on real data: medical costs as well predicted as by boosted trees, the demand for bikes almost."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from tests.contract import runtime as runtimes
from tests.contract.subject import Subject
from tests.real_data.data_sets import Split, insurance, seoul_bike_demand
from tests.real_data.jobs import Job, lay, train

MLP = Subject("tensorflow", "mlp")
LINEAR = {"r2": 0.7836, "rmse": 5796.3}
TREES = {"r2": 0.86, "rmse": 4650.0}
"""Of what boosted trees reach on the same split: R² 0.845 to 0.881, RMSE 4,304 to 4,905."""
DEMAND = {"accuracy": 0.92, "auc": 0.975}
"""Boosted trees reach 0.936 and 0.985 on the same split."""
DEFAULTS = {"algorithm": "mlp"}
UNSEEN = {**DEFAULTS, "early_stopping": "false", "epochs": "40", "lr_scheduler": "cosine", "l2": "0.003"}
"""Without early stopping the records that are judged have no say in the model."""


@pytest.fixture(scope="module")
def split(data_folder: Path) -> Split:
    return insurance(data_folder)


@pytest.fixture(scope="module")
def job(split: Split, tmp_path_factory: pytest.TempPathFactory) -> Job:
    return train(MLP, tmp_path_factory.mktemp("mlp") / "ml", split.channels, UNSEEN)


def test_insurance_charges_are_predicted_as_by_boosted_trees(job: Job) -> None:
    assert job.evaluation["task"] == "regression"
    found = job.metrics()
    assert found["r2"] > TREES["r2"] > LINEAR["r2"]
    assert found["rmse"] < TREES["rmse"] < LINEAR["rmse"]


def test_the_answers_are_those_that_the_scores_are_of(job: Job, split: Split) -> None:
    answers = np.array(job.evaluation["answers"]["validation"]["prediction"])
    rmse = np.sqrt(np.mean((answers - split.test[:, 0]) ** 2))
    assert rmse == pytest.approx(job.metrics()["rmse"], rel=1e-4)


def test_text_columns_as_they_are_in_the_file_do_as_well(data_folder: Path, tmp_path: Path) -> None:
    rows = list(csv.reader((data_folder / "insurance" / "insurance.csv").read_text().splitlines()))[1:]
    parts = train_test_split([[row[-1], *row[:-1]] for row in rows], test_size=0.2, random_state=42)
    train_text, test_text = ("".join(",".join(row) + "\n" for row in part) for part in parts)
    tree = lay(tmp_path / "ml", {"train": train_text, "validation": test_text}, UNSEEN, "text/csv")
    (tree.channel_folder() / "categorical_index.json").write_text(json.dumps({"cat_index_list": [2, 5, 6]}))
    exit_code, log = runtimes.run(runtimes.Processes(), ["train"], MLP, tree, {})
    assert exit_code == 0, log
    evaluation = json.loads((tree.output / "data" / "evaluation.json").read_text())
    assert evaluation["metrics"]["validation"]["rmse"] < TREES["rmse"]


def test_demand_for_bikes_is_predicted_almost_as_by_boosted_trees(data_folder: Path, tmp_path: Path) -> None:
    demand = seoul_bike_demand(data_folder)
    faster = {**DEFAULTS, "mini_batch_size": "256", "learning_rate": "0.01", "epochs": "20"}
    job = train(MLP, tmp_path / "ml", demand.channels, faster)
    assert job.evaluation["task"] == "binary classification"
    for name, least in DEMAND.items():
        assert job.metrics()[name] > least
