"""XGBoost on real data: as good as the plain library, and the endpoint answers what the evaluation says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xgboost

from tests.contract import runtime as runtimes
from tests.contract.subject import Subject
from tests.endpoint import Endpoint
from tests.real_data.data_sets import Split, cardio, seoul_bike
from tests.real_data.jobs import Job, body, train

XGBOOST = Subject("xgboost", "xgboost")
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
class Scored:
    """A finished job on one data set."""

    reference: Reference
    split: Split
    job: Job

    @property
    def body(self) -> bytes:
        """The held-out rows without their label."""
        return body(self.split.test[:, 1:])


@pytest.fixture(scope="module", params=CASES)
def scored(request: pytest.FixtureRequest, data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Scored:
    reference = CASES[request.param]
    is_cardio = request.param == "cardio"
    split = cardio(data_folder) if is_cardio else seoul_bike(data_folder, with_date="with-" in request.param)
    settings = {"objective": reference.objective, **reference.settings}
    base = tmp_path_factory.mktemp(request.param) / "ml"
    return Scored(reference, split, train(XGBOOST, base, split.channels, settings))


@pytest.fixture(scope="module")
def endpoint(scored: Scored) -> Iterator[Endpoint]:
    with runtimes.serving(runtimes.Processes(), XGBOOST, scored.job.tree, {}) as endpoint:
        yield endpoint


def test_the_scores_are_at_least_those_of_the_published_reference(scored: Scored) -> None:
    for name, expected in scored.reference.scores.items():
        value = scored.job.metrics()[name]
        loss = value / expected - 1 if name == "rmse" else 1 - value / expected
        assert loss < TOLERANCE, f"{name} is {value}, the plain library reached {expected}"


def test_the_predictions_are_those_of_the_plain_library(scored: Scored) -> None:
    matrix = xgboost.DMatrix(scored.split.train[:, 1:].astype(np.float32), label=scored.split.train[:, 0])
    settings = {"objective": scored.reference.objective, **scored.reference.settings, "nthread": 2}
    rounds = int(settings.pop("num_round"))
    booster = xgboost.train(settings, matrix, rounds)
    expected = booster.predict(xgboost.DMatrix(scored.split.test[:, 1:].astype(np.float32)))
    answers = [row["score"] for row in scored.job.evaluation["answers"]["validation"]["predictions"]]
    np.testing.assert_allclose(answers, expected, rtol=1e-5, atol=1e-3)


def test_the_endpoint_answers_what_the_evaluation_says_byte_for_byte(scored: Scored, endpoint: Endpoint) -> None:
    text = (scored.job.tree.output / "data" / "evaluation.json").read_text()
    response = endpoint.invoke(scored.body, "text/csv", "application/json")
    assert response.status == 200
    assert response.body.decode() in text
    numbers = endpoint.invoke(scored.body, "text/csv", "text/csv").body.decode().split()
    assert [f'{{"score":{number}}}' for number in numbers] == response.body.decode()[16:-2].replace(
        "},{", "}\n{"
    ).split()


def test_a_batch_is_answered_as_row_by_row(scored: Scored, endpoint: Endpoint) -> None:
    rows = scored.body.splitlines(keepends=True)[:2000]
    batch = endpoint.invoke(b"".join(rows), "text/csv", "text/csv").body.splitlines(keepends=True)
    assert [endpoint.invoke(row, "text/csv", "text/csv").body for row in rows] == batch
