"""Preprocessing on real data with text columns: a linear model on its answers is as good as the published one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

from tests.contract import runtime as runtimes
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.endpoint import Endpoint

PUBLISHED_R2 = 0.7836
SUBJECT = Subject("sklearn", "preprocessing")
CATEGORIES = ("sex", "smoker", "region")
HYPERPARAMETERS = {"impute": "mean", "scale": "standard"}


class Insurance:
    """The rows of the file, charges in front, split as the published score was made."""

    def __init__(self, folder: Path) -> None:
        rows = list(csv.reader((folder / "insurance" / "insurance.csv").read_text().splitlines()))
        ordered = [[row[-1], *row[:-1]] for row in rows]
        self.names = ordered[0][1:]
        self.train, self.test = train_test_split(ordered[1:], test_size=0.2, random_state=42)

    @property
    def schema(self) -> str:
        kinds = ["category" if name in CATEGORIES else "numeric" for name in self.names]
        return json.dumps([{"name": name, "type": kind} for name, kind in zip(self.names, kinds, strict=True)])

    @staticmethod
    def text(rows: list[list[str]], first: int = 0) -> str:
        """The rows as CSV, from column ``first`` on."""
        return "".join(",".join(row[first:]) + "\n" for row in rows)


@pytest.fixture(scope="module")
def insurance(data_folder: Path) -> Insurance:
    return Insurance(data_folder)


@pytest.fixture(scope="module")
def endpoint(insurance: Insurance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    tree = Tree(tmp_path_factory.mktemp("insurance") / "ml")
    for folder in ("input/config", "input/data/train", "model", "output"):
        (tree.base / folder).mkdir(parents=True)
    (tree.channel_folder() / "insurance.csv").write_text(insurance.text(insurance.train))
    tree.write_config("hyperparameters", {**HYPERPARAMETERS, "schema": insurance.schema})
    tree.write_config("inputdataconfig", {"train": {"TrainingInputMode": "File", "ContentType": "text/csv"}})
    exit_code, log = runtimes.run(runtimes.Processes(), ["train"], SUBJECT, tree, {})
    assert exit_code == 0, log
    with runtimes.serving(runtimes.Processes(), SUBJECT, tree, {}) as endpoint:
        yield endpoint


def test_a_linear_model_on_the_answers_reaches_the_published_score(insurance: Insurance, endpoint: Endpoint) -> None:
    learned, asked = _answers(endpoint, insurance.train), _answers(endpoint, insurance.test)
    assert learned.shape[1] == 3 + 2 + 2 + 4
    model = LinearRegression().fit(learned, _charges(insurance.train))
    score = r2_score(_charges(insurance.test), model.predict(asked))
    assert score == pytest.approx(PUBLISHED_R2, abs=5e-5)


def test_with_the_labels_the_answer_is_the_training_file_of_the_next_container(
    insurance: Insurance, endpoint: Endpoint
) -> None:
    body, accept = insurance.text(insurance.test).encode(), "text/csv; output=label,features"
    answer = endpoint.invoke(body, "text/csv; label_size=1", accept)
    assert answer.status == 200, answer.body
    rows = np.loadtxt(io.BytesIO(answer.body), delimiter=",")
    np.testing.assert_allclose(rows[:, 0], _charges(insurance.test), rtol=1e-6)
    np.testing.assert_array_equal(rows[:, 1:], _answers(endpoint, insurance.test))


def test_records_by_name_are_answered_as_csv_is(insurance: Insurance, endpoint: Endpoint) -> None:
    records = [dict(zip(insurance.names, row[1:], strict=True)) for row in insurance.test]
    numbers = [{key: value if key in CATEGORIES else float(value) for key, value in row.items()} for row in records]
    response = endpoint.invoke(json.dumps({"instances": numbers}).encode(), "application/json", "application/json")
    answered = np.array([instance["features"] for instance in response.json()["instances"]])
    np.testing.assert_array_equal(answered, _answers(endpoint, insurance.test))


def _answers(endpoint: Endpoint, rows: list[list[str]]) -> NDArray[np.float64]:
    response = endpoint.invoke(Insurance.text(rows, first=1).encode(), "text/csv")
    assert response.status == 200, response.body
    assert response.content_type == "text/csv"
    return np.loadtxt(io.BytesIO(response.body), delimiter=",")


def _charges(rows: list[list[str]]) -> NDArray[np.float64]:
    return np.array([float(row[0]) for row in rows])
