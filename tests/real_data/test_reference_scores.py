"""XGBoost on real data: as good as the plain library, and the endpoint answers what the evaluation says."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from tests.contract import runtime as runtimes
from tests.contract.subject import ROOT, Subject
from tests.contract.tree import Tree
from tests.endpoint import Endpoint
from tests.real_data.data_sets import Split, cardio, seoul_bike

TOLERANCE = 0.01
DEFAULTS = {"num_round": "100", "max_depth": "6", "eta": "0.3"}
SLOW_AND_DEEP = {
    "num_round": "1000", "max_depth": "7", "eta": "0.03", "subsample": "0.8", "colsample_bytree": "0.8",
    "min_child_weight": "3",
}  # fmt: skip


@dataclass(frozen=True)
class Reference:
    """A published score: the settings, and what the plain library reached with them."""

    objective: str
    settings: dict[str, str]
    scores: dict[str, float]


CASES = {
    "bike-without-date": Reference("reg:squarederror", DEFAULTS, {"rmse": 237.1, "r2": 0.865}),
    "bike-with-date": Reference("reg:squarederror", SLOW_AND_DEEP, {"rmse": 147.3, "r2": 0.948}),
    "cardio": Reference("binary:logistic", DEFAULTS, {"accuracy": 0.736, "auc": 0.798, "precision": 0.755}),
}


@dataclass(frozen=True)
class Job:
    """A finished job on one data set."""

    reference: Reference
    split: Split
    tree: Tree
    evaluation: dict[str, Any]


@pytest.fixture(scope="module")
def data_folder() -> Path:
    folder = Path(os.environ.get("DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no data sets: name their folder in the environment variable DATA")
    return folder


@pytest.fixture(scope="module", params=CASES)
def job(request: pytest.FixtureRequest, data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    reference = CASES[request.param]
    is_cardio = request.param == "cardio"
    split = cardio(data_folder) if is_cardio else seoul_bike(data_folder, with_date="with-" in request.param)
    tree = _tree(tmp_path_factory.mktemp(request.param) / "ml", split, reference)
    exit_code, log = runtimes.run(runtimes.Processes(), ["train"], Subject("xgboost", "xgboost"), tree, {})
    assert exit_code == 0, log
    return Job(reference, split, tree, json.loads((tree.output / "data" / "evaluation.json").read_text()))


@pytest.fixture(scope="module")
def endpoint(job: Job) -> Iterator[Endpoint]:
    with runtimes.serving(runtimes.Processes(), Subject("xgboost", "xgboost"), job.tree, {}) as endpoint:
        yield endpoint


def test_the_scores_are_at_least_those_of_the_published_reference(job: Job) -> None:
    for name, expected in job.reference.scores.items():
        value = job.evaluation["metrics"]["validation"][name]
        loss = value / expected - 1 if name == "rmse" else 1 - value / expected
        assert loss < TOLERANCE, f"{name} is {value}, the plain library reached {expected}"


def test_the_predictions_are_those_of_the_plain_library(job: Job) -> None:
    train = xgboost.DMatrix(job.split.train[:, 1:].astype(np.float32), label=job.split.train[:, 0])
    settings = {"objective": job.reference.objective, **job.reference.settings, "nthread": 2}
    rounds = int(settings.pop("num_round"))
    booster = xgboost.train(settings, train, rounds)
    expected = booster.predict(xgboost.DMatrix(job.split.test[:, 1:].astype(np.float32)))
    answers = [row["score"] for row in job.evaluation["answers"]["validation"]["predictions"]]
    np.testing.assert_allclose(answers, expected, rtol=1e-5, atol=1e-3)


def test_the_endpoint_answers_what_the_evaluation_says_byte_for_byte(job: Job, endpoint: Endpoint) -> None:
    text = (job.tree.output / "data" / "evaluation.json").read_text()
    response = endpoint.invoke(_body(job), "text/csv", "application/json")
    assert response.status == 200
    assert response.body.decode() in text
    numbers = endpoint.invoke(_body(job), "text/csv", "text/csv").body.decode().split()
    assert [f'{{"score":{number}}}' for number in numbers] == response.body.decode()[16:-2].replace(
        "},{", "}\n{"
    ).split()


def test_a_batch_is_answered_as_row_by_row(job: Job, endpoint: Endpoint) -> None:
    rows = _body(job).splitlines(keepends=True)[:2000]
    batch = endpoint.invoke(b"".join(rows), "text/csv", "text/csv").body.splitlines(keepends=True)
    assert [endpoint.invoke(row, "text/csv", "text/csv").body for row in rows] == batch


def _tree(base: Path, split: Split, reference: Reference) -> Tree:
    for folder in ("input/config", "model", "output"):
        (base / folder).mkdir(parents=True)
    split.write(base)
    tree = Tree(base)
    tree.write_config("hyperparameters", {"objective": reference.objective, **reference.settings})
    channel = {"TrainingInputMode": "File", "ContentType": "text/csv"}
    tree.write_config("inputdataconfig", {"train": channel, "validation": channel})
    return tree


def _body(job: Job) -> bytes:
    """The held-out rows without their label, as they stand in the channel's file."""
    lines = job.tree.channel_file("validation").read_text().splitlines()
    return "".join(line.split(",", 1)[1] + "\n" for line in lines).encode()
