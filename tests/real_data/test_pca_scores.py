"""PCA, then XGBoost, on real data: the answers of one container are the training data and the requests of the other."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from sklearn.decomposition import PCA

from tests.contract import runtime as runtimes
from tests.contract.subject import ROOT, Subject
from tests.contract.tree import Tree
from tests.real_data.data_sets import Split, cardio

COMPONENTS = 6
BOOSTING = {"objective": "binary:logistic", "max_depth": "3", "eta": "0.5", "num_round": "150"}
TOLERANCE = 0.01
PROJECTS, BOOSTS = Subject("sklearn", "pca"), Subject("xgboost", "xgboost")


@dataclass(frozen=True)
class Chain:
    """Both finished jobs; ``projections`` are PCA's answers as CSV, a line a record, by channel."""

    split: Split
    projections: Mapping[str, list[str]]
    boosting: Tree
    evaluation: dict[str, Any]


@pytest.fixture(scope="module")
def split() -> Split:
    folder = Path(os.environ.get("DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no data sets: name their folder in the environment variable DATA")
    return cardio(folder)


@pytest.fixture(scope="module", params=["regular", "randomized"])
def chain(request: pytest.FixtureRequest, split: Split, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    base = tmp_path_factory.mktemp(request.param)
    sizes = {"feature_dim": "11", "num_components": str(COMPONENTS), "mini_batch_size": "500"}
    rows = {"train": _csv(split.train[:, 1:]), "test": _csv(split.test[:, 1:])}
    projecting = _trained(
        PROJECTS, base / "pca", rows, "text/csv;label_size=0", sizes | {"algorithm_mode": request.param}
    )
    with runtimes.serving(runtimes.Processes(), PROJECTS, projecting, {}) as endpoint:
        answers = {name: endpoint.invoke(body.encode(), "text/csv", "text/csv") for name, body in rows.items()}
    projections = {name: answer.body.decode().splitlines() for name, answer in answers.items()}
    labelled = {
        "train": _with_label(split.train[:, 0], projections["train"]),
        "validation": _with_label(split.test[:, 0], projections["test"]),
    }
    boosting = _trained(BOOSTS, base / "xgboost", labelled, "text/csv", BOOSTING)
    evaluation = json.loads((boosting.output / "data" / "evaluation.json").read_text())
    return Chain(split, projections, boosting, evaluation)


def test_the_accuracy_is_that_of_the_plain_libraries(chain: Chain) -> None:
    train, test = chain.split.train, chain.split.test
    pca = PCA(COMPONENTS).fit(train[:, 1:])
    matrices = [
        xgboost.DMatrix(pca.transform(part[:, 1:]).astype(np.float32), label=part[:, 0]) for part in (train, test)
    ]
    settings = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.5, "nthread": 2}
    plain = xgboost.train(settings, matrices[0], 150).predict(matrices[1]) > 0.5
    expected = float((plain == test[:, 0]).mean())
    accuracy = chain.evaluation["metrics"]["validation"]["accuracy"]
    assert accuracy > (1 - TOLERANCE) * expected, f"accuracy {accuracy}, the plain libraries reach {expected}"


def test_the_projections_are_those_of_scikit_learn_in_ascending_order(chain: Chain) -> None:
    pca = PCA(COMPONENTS).fit(chain.split.train[:, 1:].astype(np.float32).astype(np.float64))
    expected = pca.transform(chain.split.test[:, 1:].astype(np.float32))[:, ::-1]
    ours = np.array([line.split(",") for line in chain.projections["test"]], np.float64)
    signs = np.sign((ours * expected).sum(axis=0))
    np.testing.assert_allclose(ours * signs, expected, atol=0.02 * expected.std(axis=0).min())


def test_an_answer_of_pca_is_a_request_to_xgboost(chain: Chain) -> None:
    body = "".join(f"{line}\n" for line in chain.projections["test"]).encode()
    with runtimes.serving(runtimes.Processes(), BOOSTS, chain.boosting, {}) as endpoint:
        response = endpoint.invoke(body, "text/csv", "application/json")
    assert response.status == 200, response.body
    assert response.json() == chain.evaluation["answers"]["validation"]


def _trained(
    subject: Subject, base: Path, channels: Mapping[str, str], content_type: str, hyperparameters: Mapping[str, str]
) -> Tree:
    """A finished job on channels of one CSV file each."""
    for folder in ("input/config", "model", "output"):
        (base / folder).mkdir(parents=True)
    tree = Tree(base)
    for name, text in channels.items():
        tree.channel_folder(name).mkdir(parents=True)
        (tree.channel_folder(name) / f"{name}.csv").write_text(text)
    tree.write_config("hyperparameters", dict(hyperparameters))
    described = {"TrainingInputMode": "File", "ContentType": content_type}
    tree.write_config("inputdataconfig", dict.fromkeys(channels, described))
    exit_code, log = runtimes.run(runtimes.Processes(), ["train"], subject, tree, {})
    assert exit_code == 0, log
    return tree


def _csv(rows: Any) -> str:
    return "".join(",".join(f"{cell:.10g}" for cell in row) + "\n" for row in rows)


def _with_label(label: Any, lines: list[str]) -> str:
    return "".join(f"{own:g},{line}\n" for own, line in zip(label, lines, strict=True))
