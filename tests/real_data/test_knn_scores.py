"""knn on real data: handwritten digits, recognised as by scikit-learn's nearest neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tests.contract import runtime as runtimes
from tests.contract.subject import Subject
from tests.real_data.data_sets import Split, digits
from tests.real_data.jobs import Job, body, train

TOLERANCE = 0.01
KNN = Subject("sklearn", "knn")
TRAIN, TEST, PIXELS = 20_000, 1_000, 196
SETTINGS = {"k": "5", "predictor_type": "classifier", "feature_dim": str(PIXELS), "sample_size": str(TRAIN)}


@pytest.fixture(scope="module")
def split(data_folder: Path) -> Split:
    return digits(data_folder, TRAIN, TEST)


@pytest.fixture(scope="module")
def job(split: Split, tmp_path_factory: pytest.TempPathFactory) -> Job:
    return train(KNN, tmp_path_factory.mktemp("knn") / "ml", {"train": split.train, "test": split.test}, SETTINGS)


@pytest.fixture(scope="module")
def expected(split: Split) -> float:
    """The accuracy of scikit-learn on the same digits."""
    plain = KNeighborsClassifier(5, algorithm="brute").fit(split.train[:, 1:], split.train[:, 0])
    return float((plain.predict(split.test[:, 1:]) == split.test[:, 0]).mean())


def test_digits_are_recognised_as_by_scikit_learn(job: Job, expected: float) -> None:
    accuracy = job.metrics("test")["accuracy"]
    assert expected > 0.93
    assert abs(accuracy - expected) < TOLERANCE, f"accuracy {accuracy}, scikit-learn reaches {expected}"
    assert f"test accuracy <score>={accuracy}" in job.log


def test_the_endpoint_answers_as_the_job_did(job: Job, split: Split) -> None:
    with runtimes.serving(runtimes.Processes(), KNN, job.tree, {}) as endpoint:
        response = endpoint.invoke(body(split.test[:100, 1:]), "text/csv", "application/json")
    assert response.status == 200, response.body
    labels = [row["predicted_label"] for row in response.json()["predictions"]]
    accuracy = np.mean(np.equal(labels, split.test[:100, 0]))
    assert accuracy > 0.9
    answers = job.evaluation["answers"]["test"]["predictions"]
    assert response.json()["predictions"][: len(answers)] == answers[:100]
