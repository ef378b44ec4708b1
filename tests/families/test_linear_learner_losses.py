"""What linear-learner minimises: every loss has the right slope, and its minimum is that of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import (
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    QuantileRegressor,
    Ridge,
)
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

from containers.sklearn.linear_learner.algorithm import ALGORITHM
from containers.sklearn.linear_learner.losses import Loss
from containers.sklearn.linear_learner.model import LinearModel
from contract.tables.data import Table
from tests.families.linear_learner_jobs import CONVERGED, PREDICTOR, fit, matrix, params, table

PARAMETERS = {
    "hinge_loss": 1.0, "quantile_loss": 0.8, "huber_loss": 0.7, "eps_insensitive_squared_loss": 0.3,
    "eps_insensitive_absolute_loss": 0.3,
}  # fmt: skip


def converged(predictor: str, data: Table, **given: str) -> LinearModel:
    return fit(params(predictor, **{**CONVERGED, **given}), data)


def standardised(predictor: str) -> tuple[Table, NDArray[Any], NDArray[Any]]:
    """A table whose features need no scaling, its features in double precision, and its labels."""
    data = table(predictor)
    features = StandardScaler().fit_transform(np.asarray(data.features, np.float64)).astype(np.float32)
    assert data.label is not None
    return Table(features, data.label), features.astype(np.float64), data.label.astype(np.float64)


@pytest.mark.parametrize("name", PREDICTOR)
def test_the_slope_is_the_derivative_of_the_value(name: str) -> None:
    random = np.random.default_rng(0)
    outputs = 3 if name == "softmax_loss" else 1
    scores, step = random.normal(scale=2, size=(50, 4, outputs)), 1e-6
    label = random.integers(0, 3 if outputs == 3 else 2, size=50).astype(np.float64)
    loss = Loss(name, PARAMETERS.get(name, 0.0))
    _, slope = loss(scores, label)
    for output in range(outputs):
        ahead, behind = scores.copy(), scores.copy()
        ahead[:, :, output] += step
        behind[:, :, output] -= step
        difference = (loss(ahead, label)[0] - loss(behind, label)[0]) / (2 * step)
        np.testing.assert_allclose(slope[:, :, output], difference, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "score", "label", "value"),
    [
        ("squared_loss", 3.0, 1.0, 4.0),
        ("absolute_loss", 3.0, 1.0, 2.0),
        ("eps_insensitive_squared_loss", 3.0, 1.0, 1.7**2),
        ("eps_insensitive_absolute_loss", 1.2, 1.0, 0.0),
        ("quantile_loss", 0.0, 1.0, 0.8),
        ("quantile_loss", 1.0, 0.0, 0.2),
        ("huber_loss", 0.5, 0.0, 0.125),
        ("huber_loss", 2.0, 0.0, 0.7 * (2 - 0.35)),
        ("hinge_loss", 0.25, 1.0, 0.75),
        ("hinge_loss", 0.25, 0.0, 1.25),
        ("logistic", 0.0, 1.0, np.log(2)),
        ("logistic", -800.0, 1.0, 800.0),
    ],
)
def test_a_loss_is_worth_what_its_formula_says(name: str, score: float, label: float, value: float) -> None:
    found, _ = Loss(name, PARAMETERS.get(name, 0.0))(np.full((1, 1, 1), score), np.array([label]))
    assert found[0, 0] == pytest.approx(value)


def test_squared_loss_gives_the_least_squares_solution() -> None:
    data = table()
    model, expected = converged("regressor", data), LinearRegression().fit(data.features, data.label)
    np.testing.assert_allclose(model.weights[:, 0], expected.coef_, rtol=1e-3, atol=1e-3)
    assert model.bias[0] == pytest.approx(expected.intercept_, rel=1e-2)


def test_without_a_bias_the_solution_goes_through_the_origin() -> None:
    data = Table(matrix() - np.float32([0, 5, -1, 100]), table().label)
    model = converged("regressor", data, use_bias="False")
    expected = LinearRegression(fit_intercept=False).fit(data.features, data.label)
    np.testing.assert_allclose(model.weights[:, 0], expected.coef_, rtol=1e-3, atol=1e-3)
    assert model.bias.tolist() == [0]


def test_wd_is_the_penalty_of_ridge_regression() -> None:
    data, features, label = standardised("regressor")
    model = converged("regressor", data, normalize_label="false", wd="0.1", l1="0")
    expected = Ridge(alpha=0.1 * len(label) / 2).fit(features, label)
    np.testing.assert_allclose(model.weights[:, 0], expected.coef_, rtol=1e-3, atol=1e-3)


def test_l1_is_the_penalty_of_the_lasso() -> None:
    data, features, label = standardised("regressor")
    model = converged("regressor", data, normalize_label="false", wd="0", l1="0.5")
    expected = Lasso(alpha=0.25).fit(features, label)
    np.testing.assert_allclose(model.weights[:, 0], expected.coef_, rtol=1e-2, atol=2e-3)


def test_huber_loss_gives_the_solution_of_scikit_learn_at_its_scale() -> None:
    data, features, label = standardised("regressor")
    expected = HuberRegressor(alpha=0, max_iter=1000).fit(features, label)
    delta = str(expected.epsilon * expected.scale_)
    model = converged("regressor", data, loss="huber_loss", huber_delta=delta, normalize_label="false")
    np.testing.assert_allclose(model.weights[:, 0], expected.coef_, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("loss", "quantile"), [("quantile_loss", 0.5), ("quantile_loss", 0.9), ("absolute_loss", 0.5)])
def test_quantile_and_absolute_loss_are_as_low_as_in_scikit_learn(loss: str, quantile: float) -> None:
    data, features, label = standardised("regressor")
    model = converged("regressor", data, loss=loss, quantile=str(quantile))
    expected = QuantileRegressor(quantile=quantile, alpha=0).fit(features, label)
    residuals = [label - ALGORITHM.predict(model, data), label - expected.predict(features)]
    ours, theirs = (np.maximum(quantile * rest, (quantile - 1) * rest).mean() for rest in residuals)
    assert ours == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        ("eps_insensitive_absolute_loss", "epsilon_insensitive"),
        ("eps_insensitive_squared_loss", "squared_epsilon_insensitive"),
    ],
)
def test_insensitive_losses_are_as_low_as_those_of_support_vectors(loss: str, name: str) -> None:
    data, features, label = standardised("regressor")
    given = {"loss_insensitivity": "0.5", "wd": str(1 / len(label)), "l1": "0", "normalize_label": "false"}
    model = converged("regressor", data, loss=loss, **given)
    expected = LinearSVR(epsilon=0.5, C=1, loss=name, intercept_scaling=10, max_iter=200_000, random_state=0)
    expected.fit(features, label)
    power = 2 if "squared" in loss else 1

    def objective(weights: NDArray[Any], bias: NDArray[Any]) -> float:
        excess = np.maximum(np.abs(label - features @ weights - bias) - 0.5, 0)
        return float((excess**power).mean() + weights @ weights / (2 * len(label)))

    ours = objective(model.weights[:, 0], model.bias)
    assert ours == pytest.approx(objective(expected.coef_, expected.intercept_), rel=2e-3)


def test_logistic_loss_gives_the_probabilities_of_a_logistic_regression() -> None:
    data, features, label = standardised("binary_classifier")
    by_loss = {"binary_classifier_model_selection_criteria": "loss_function", "wd": str(1 / len(label)), "l1": "0"}
    model = converged("binary_classifier", data, **by_loss)
    expected = LogisticRegression(C=1).fit(features, label).predict_proba(features)[:, 1]
    np.testing.assert_allclose(ALGORITHM.predict(model, data), expected, atol=5e-3)
    assert model.threshold == 0.5


def test_hinge_loss_is_as_low_as_that_of_a_linear_support_vector_machine() -> None:
    data, features, label = standardised("binary_classifier")
    given = {"loss": "hinge_loss", "binary_classifier_model_selection_criteria": "loss_function"}
    model = converged("binary_classifier", data, wd=str(1 / len(label)), l1="0", **given)
    expected = LinearSVC(C=1, loss="hinge", intercept_scaling=10, max_iter=200_000, random_state=0).fit(features, label)

    def objective(weights: NDArray[Any], bias: NDArray[Any]) -> float:
        gaps = np.maximum(1 - (2 * label - 1) * (features @ weights + bias), 0)
        return float(gaps.mean() + weights @ weights / (2 * len(label)))

    ours = objective(model.weights[:, 0], model.bias)
    assert ours == pytest.approx(objective(expected.coef_[0], expected.intercept_), rel=3e-3)
    assert model.threshold == 0


@pytest.mark.parametrize("balanced", [False, True])
def test_softmax_loss_gives_the_probabilities_of_a_multinomial_regression(balanced: bool) -> None:
    data, features, label = standardised("multiclass_classifier")
    model = converged("multiclass_classifier", data, wd="0.01", l1="0", balance_multiclass_weights=str(balanced))
    reference = LogisticRegression(C=1 / (0.01 * len(label)), class_weight="balanced" if balanced else None)
    expected = reference.fit(features, label).predict_proba(features)
    np.testing.assert_allclose(ALGORITHM.predict(model, data), expected, atol=5e-3)
