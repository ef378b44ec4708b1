"""linear-learner on real data: salaries and insurance charges, as well predicted as by least squares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression

from containers.sklearn.linear_learner.algorithm import ALGORITHM
from contract.tables.data import Table
from tests.contract.subject import Subject
from tests.families.linear_learner_jobs import fit, params
from tests.real_data.data_sets import Split, insurance, seoul_bike_demand
from tests.real_data.jobs import Job, train

TOLERANCE = 0.01
LINEAR_LEARNER = Subject("sklearn", "linear-learner")
INSURANCE = {"rmse": 5796.3, "absolute_loss": 4181.2, "r2": 0.7836}
"""What scikit-learn's LinearRegression reaches on the same split."""
DEMAND = {"binary_classification_accuracy": 0.866, "binary_f_1.000": 0.867, "roc_auc_score": 0.945}
"""What its LogisticRegression reaches on standardised features."""
FULL_FIT = {"slope": 8731.94, "intercept": 28859.5, "r2": 0.9652}
LEFT_OUT = {"r2": 0.961, "rmse": 6251.0}
"""Of least squares, when each of the 35 salaries is predicted from the other 34."""


@pytest.fixture(scope="module")
def salary(data_folder: Path) -> NDArray[np.float64]:
    """Salary, the label, and years of experience."""
    return np.loadtxt(data_folder / "salary" / "salary.csv", delimiter=",", skiprows=1)[:, ::-1]


@pytest.fixture(scope="module")
def split(data_folder: Path) -> Split:
    return insurance(data_folder)


def settings(batch: int) -> dict[str, str]:
    return {"algorithm": "linear-learner", "predictor_type": "regressor", "mini_batch_size": str(batch)}


@pytest.mark.parametrize("batch", [5, 1000])
def test_the_line_through_all_salaries_is_that_of_least_squares(
    salary: NDArray[np.float64], batch: int, tmp_path: Path
) -> None:
    job = train(LINEAR_LEARNER, tmp_path / "ml", {"train": salary}, settings(batch))
    model = ALGORITHM.load(job.tree.model)
    assert model.weights[0, 0] == pytest.approx(FULL_FIT["slope"], rel=TOLERANCE)
    assert model.bias[0] == pytest.approx(FULL_FIT["intercept"], rel=TOLERANCE)
    assert job.metrics("train")["r2"] == pytest.approx(FULL_FIT["r2"], rel=1e-3)
    residual = salary[:, 0] - LinearRegression().fit(salary[:, 1:], salary[:, 0]).predict(salary[:, 1:])
    assert job.metrics("train")["mse"] == pytest.approx((residual**2).mean(), rel=TOLERANCE)
    assert job.metrics("train")["absolute_loss"] == pytest.approx(np.abs(residual).mean(), rel=TOLERANCE)


def test_a_salary_that_was_left_out_is_predicted_as_by_least_squares(salary: NDArray[np.float64]) -> None:
    rows = salary.astype(np.float32)
    predicted = []
    for left_out in range(len(rows)):
        known = np.delete(rows, left_out, axis=0)
        model = fit(params(mini_batch_size="5"), Table(known[:, 1:], known[:, 0]))
        predicted.append(ALGORITHM.predict(model, Table(rows[[left_out], 1:]))[0])
    squares = (salary[:, 0] - predicted) ** 2
    assert np.sqrt(squares.mean()) < LEFT_OUT["rmse"] * (1 + TOLERANCE)
    assert 1 - squares.mean() / salary[:, 0].var() > LEFT_OUT["r2"] * (1 - TOLERANCE)


@pytest.mark.parametrize("batch", [5, 100])
@pytest.mark.parametrize("held_out", ["test", "validation"])
def test_insurance_charges_are_predicted_as_by_least_squares(
    split: Split, batch: int, held_out: str, tmp_path: Path
) -> None:
    job = train(LINEAR_LEARNER, tmp_path / "ml", {"train": split.train, held_out: split.test}, settings(batch))
    assert max(_losses(job, held_out, INSURANCE).values()) < TOLERANCE
    found = job.metrics(held_out)
    assert found["mse"] == pytest.approx(found["rmse"] ** 2)


def test_demand_for_bikes_is_predicted_as_by_a_logistic_regression(data_folder: Path, tmp_path: Path) -> None:
    demand = seoul_bike_demand(data_folder)
    given = {"algorithm": "linear-learner", "predictor_type": "binary_classifier"}
    job = train(LINEAR_LEARNER, tmp_path / "ml", {"train": demand.train, "test": demand.test}, given)
    assert max(_losses(job, "test", DEMAND).values()) < TOLERANCE


def _losses(job: Job, channel: str, expected: dict[str, float]) -> dict[str, float]:
    """By metric, the part of the plain library's value that is lost against it."""
    found = {name: job.metrics(channel)[name] / reference - 1 for name, reference in expected.items()}
    return {name: lost if name in ("rmse", "absolute_loss") else -lost for name, lost in found.items()}
