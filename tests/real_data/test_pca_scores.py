"""PCA, then XGBoost, on real data: the answers of one container are the training data and the requests of the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from sklearn.decomposition import PCA

from tests.contract import runtime as runtimes
from tests.contract.subject import Subject
from tests.images.engine import find_image
from tests.real_data.data_sets import Split, cardio
from tests.real_data.jobs import Job, body, train

COMPONENTS = 6
BOOSTING = {"objective": "binary:logistic", "max_depth": "3", "eta": "0.5", "num_round": "150"}
TOLERANCE = 0.01
PROJECTS, BOOSTS = Subject("sklearn", "pca"), Subject("xgboost", "xgboost")


@dataclass(frozen=True)
class Chain:
    """Both finished jobs; ``projections`` are PCA's answers as CSV, by channel."""

    runtime: runtimes.Runtime
    split: Split
    projections: Mapping[str, str]
    boosting: Job


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("regular", runtimes.Processes()), id="regular-process"),
        pytest.param(("randomized", runtimes.Processes()), id="randomized-process"),
        pytest.param(("regular", runtimes.Images()), id="regular-image", marks=pytest.mark.image),
    ],
)
def chain(request: pytest.FixtureRequest, data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    mode, runtime = request.param
    if isinstance(runtime, runtimes.Images):
        for subject in (PROJECTS, BOOSTS):
            find_image(subject.image)
    base, split = tmp_path_factory.mktemp(mode), cardio(data_folder)
    settings = {
        "feature_dim": "11",
        "num_components": str(COMPONENTS),
        "mini_batch_size": "500",
        "algorithm_mode": mode,
    }
    parts = {"train": split.train, "test": split.test}
    rows = {name: part[:, 1:] for name, part in parts.items()}
    projecting = train(PROJECTS, base / "pca", rows, settings, "text/csv;label_size=0", runtime)
    with runtimes.serving(runtime, PROJECTS, projecting.tree, {}) as endpoint:
        answers = {name: endpoint.invoke(body(part), "text/csv", "text/csv") for name, part in rows.items()}
    projections = {name: answer.body.decode() for name, answer in answers.items()}
    labelled = {
        channel: _with_label(parts[name][:, 0], projections[name])
        for channel, name in (("train", "train"), ("validation", "test"))
    }
    return Chain(runtime, split, projections, train(BOOSTS, base / "xgboost", labelled, BOOSTING, runtime=runtime))


def test_the_accuracy_is_that_of_the_plain_libraries(chain: Chain) -> None:
    test, parts = chain.split.test, (chain.split.train, chain.split.test)
    pca = PCA(COMPONENTS).fit(parts[0][:, 1:])
    matrices = [xgboost.DMatrix(pca.transform(part[:, 1:]).astype(np.float32), label=part[:, 0]) for part in parts]
    settings = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.5, "nthread": 2}
    plain = xgboost.train(settings, matrices[0], 150).predict(matrices[1]) > 0.5
    expected = float((plain == test[:, 0]).mean())
    accuracy = chain.boosting.metrics()["accuracy"]
    assert accuracy > (1 - TOLERANCE) * expected, f"accuracy {accuracy}, the plain libraries reach {expected}"


def test_the_projections_are_those_of_scikit_learn_in_ascending_order(chain: Chain) -> None:
    pca = PCA(COMPONENTS).fit(chain.split.train[:, 1:].astype(np.float32).astype(np.float64))
    expected = pca.transform(chain.split.test[:, 1:].astype(np.float32))[:, ::-1]
    ours = np.array([line.split(",") for line in chain.projections["test"].splitlines()], np.float64)
    signs = np.sign((ours * expected).sum(axis=0))
    np.testing.assert_allclose(ours * signs, expected, atol=0.02 * expected.std(axis=0).min())


def test_an_answer_of_pca_is_a_request_to_xgboost(chain: Chain) -> None:
    with runtimes.serving(chain.runtime, BOOSTS, chain.boosting.tree, {}) as endpoint:
        response = endpoint.invoke(chain.projections["test"].encode(), "text/csv", "application/json")
    assert response.status == 200, response.body
    assert response.json() == chain.boosting.evaluation["answers"]["validation"]


def _with_label(label: Any, projections: str) -> str:
    lines = zip(label, projections.splitlines(), strict=True)
    return "".join(f"{own:g},{line}\n" for own, line in lines)
