"""Metrics and pictures of the usual kinds of prediction."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from contract.figures import Bars, Lines, Matrix, Scatter
from contract.metrics import Array, evaluation
from contract.metrics.displays import DOTS
from contract.metrics.evaluation import ArrayEvaluator, Evaluation

ROWS = 200


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(5)


def binary_data(random: np.random.Generator) -> tuple[Array, Array]:
    """Labels 0 and 1 and probabilities of 1 that say something about them."""
    label = random.integers(0, 2, ROWS).astype(np.float32)
    return label, np.clip(0.3 * label + random.uniform(0, 0.7, ROWS), 0, 1).astype(np.float32)


def judged(evaluator: ArrayEvaluator, label: Array, prediction: Array, weight: Array | None = None) -> Evaluation:
    """What an evaluator tells of a channel that comes in one part."""
    evaluator.add(label, prediction, weight)
    return evaluator.result()


def regression(label: Array, prediction: Array) -> Evaluation:
    return judged(evaluation.Regression(len(label)), label, prediction)


def binary(label: Array, probability: Array, weight: Array | None = None) -> Evaluation:
    return judged(evaluation.Binary(), label, probability, weight)


def test_a_regression_has_its_metrics_and_two_clouds(random: np.random.Generator) -> None:
    label = random.normal(size=ROWS).astype(np.float32)
    prediction = (label + 0.1 * random.normal(size=ROWS)).astype(np.float32)
    found = regression(label, prediction)
    assert set(found.metrics) == {"rmse", "mae", "mse", "r2"}
    assert found.metrics["r2"] == pytest.approx(reference.r2_score(label, prediction), rel=1e-5)
    predicted_against_actual, residuals = found.figures
    assert isinstance(predicted_against_actual, Scatter)
    assert isinstance(residuals, Scatter)
    assert predicted_against_actual.diagonal
    np.testing.assert_allclose(predicted_against_actual.x, label)
    np.testing.assert_allclose(residuals.y, label - prediction, atol=1e-6)


def test_a_cloud_of_many_records_is_a_sample_that_says_so_and_is_the_same_each_time() -> None:
    label = np.arange(5000, dtype=np.float32)
    first, again = (regression(label, label).figures[0] for _ in range(2))
    assert isinstance(first, Scatter)
    assert len(first.x) == DOTS
    assert "2,000 of 5,000 records" in first.title
    assert first == again


def test_binary_answers_have_their_metrics_and_curves(random: np.random.Generator) -> None:
    label, probability = binary_data(random)
    found = binary(label, probability)
    assert set(found.metrics) == set(evaluation.BINARY)
    assert found.metrics["auc"] == pytest.approx(reference.roc_auc_score(label, probability))
    matrix, *curves = found.figures
    assert isinstance(matrix, Matrix)
    assert np.array_equal(matrix.counts, reference.confusion_matrix(label, probability > 0.5))
    assert [curve.title for curve in curves] == ["ROC", "Precision and recall"]
    assert all(isinstance(curve, Lines) for curve in curves)


def test_weights_count_in_metrics(random: np.random.Generator) -> None:
    label, probability = binary_data(random)
    weight = random.uniform(0.1, 5, ROWS).astype(np.float32)
    found = binary(label, probability, weight).metrics
    assert found["auc"] == pytest.approx(reference.roc_auc_score(label, probability, sample_weight=weight), rel=1e-5)
    assert found != binary(label, probability).metrics


@pytest.mark.parametrize("only", [0, 1])
def test_where_one_class_occurs_what_needs_both_is_left_out(only: int) -> None:
    found = binary(np.full(4, only, np.float32), np.array([0.1, 0.4, 0.6, 0.9], np.float32))
    assert "auc" not in found.metrics
    assert found.metrics["accuracy"] == 0.5
    assert all(np.isfinite(list(found.metrics.values())))
    assert [figure.title for figure in found.figures] == ["Confusion matrix"]


def test_one_record_has_no_r2() -> None:
    one = np.ones(1, np.float32)
    assert "r2" not in regression(one, one * 2).metrics


def test_probabilities_of_classes_are_judged_by_the_most_probable(random: np.random.Generator) -> None:
    label = random.integers(0, 3, ROWS).astype(np.float32)
    probabilities = random.dirichlet((1, 1, 1), ROWS).astype(np.float32)
    found = judged(evaluation.Multiclass(range(3)), label, probabilities)
    assert set(found.metrics) == set(evaluation.MULTICLASS)
    assert found.metrics["mlogloss"] == pytest.approx(reference.log_loss(label, probabilities), rel=1e-4)
    (matrix,) = found.figures
    assert isinstance(matrix, Matrix)
    assert np.array_equal(matrix.counts, reference.confusion_matrix(label, probabilities.argmax(axis=1)))


def test_predicted_classes_are_judged_without_probabilities() -> None:
    label, predicted = np.array([0, 1, 2, 2], np.float32), np.array([0, 1, 1, 2], np.float32)
    found = judged(evaluation.Classes(range(3)), label, predicted)
    assert found.metrics["accuracy"] == 0.75
    (matrix,) = found.figures
    assert isinstance(matrix, Matrix)
    assert matrix.counts == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]


@pytest.mark.parametrize(("count", "pictures"), [(50, 1), (51, 0)])
def test_a_confusion_matrix_that_nobody_can_read_is_left_out(count: int, pictures: int) -> None:
    label = np.arange(count, dtype=np.float32)
    assert len(judged(evaluation.Classes(range(count)), label, label).figures) == pictures


def test_classes_of_pictures_are_called_by_their_names() -> None:
    found = judged(evaluation.Multiclass(("cat", "dog")), np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]]))
    (matrix,) = found.figures
    assert isinstance(matrix, Matrix)
    assert matrix.names == ["cat", "dog"]
    assert matrix.counts == [[1, 0], [1, 0]]


def test_several_labels_a_record_have_their_metrics_and_the_f1_of_each_class() -> None:
    label = np.array([[1, 0], [1, 1], [0, 1]], np.float32)
    found = judged(evaluation.Multilabel(("cat", "dog")), label, np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.4]]))
    assert set(found.metrics) == set(evaluation.MULTILABEL)
    assert found.metrics["accuracy"] == pytest.approx(4 / 6)
    assert found.metrics["exact_match"] == pytest.approx(1 / 3)
    (bars,) = found.figures
    assert isinstance(bars, Bars)
    assert list(bars.values.items()) == [("dog", 0.0), ("cat", 1.0)]
