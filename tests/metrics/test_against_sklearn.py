"""Metrics that the xgboost library lacks give scikit-learn's values, with and without weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from contract.metrics import BINARY, CLASSES, MULTICLASS, MULTILABEL, REGRESSION, Array, confusion_matrix
from contract.metrics.curves import operating_points, precision_recall_curve, roc_curve
from contract.metrics.multilabel import LabelTotals, f1_by_class

ROWS = 500
WEIGHTS = [None, np.random.default_rng(9).uniform(0, 2, ROWS).astype(np.float32)]
Reference = Callable[..., float]


def averaged(function: Reference, average: str) -> Reference:
    return lambda label, predicted, sample_weight: function(
        label, predicted, average=average, sample_weight=sample_weight, zero_division=0
    )


MACRO = {
    "accuracy": sklearn_metrics.accuracy_score,
    "balanced_accuracy": sklearn_metrics.balanced_accuracy_score,
    "f1": averaged(sklearn_metrics.f1_score, "macro"),
    "f1_macro": averaged(sklearn_metrics.f1_score, "macro"),
    "precision_macro": averaged(sklearn_metrics.precision_score, "macro"),
    "precision_micro": averaged(sklearn_metrics.precision_score, "micro"),
    "recall_macro": averaged(sklearn_metrics.recall_score, "macro"),
    "recall_micro": averaged(sklearn_metrics.recall_score, "micro"),
}
OF_CLASSES = MACRO | {"precision": MACRO["precision_macro"], "recall": MACRO["recall_macro"]}
OF_SCORES = MACRO | {
    "f1_binary": averaged(sklearn_metrics.f1_score, "binary"),
    "precision": averaged(sklearn_metrics.precision_score, "binary"),
    "recall": averaged(sklearn_metrics.recall_score, "binary"),
}


def four_classes() -> tuple[Array, Array]:
    """Labels of which class 3 never occurs, predictions of which class 1 never occurs."""
    rng = np.random.default_rng(1)
    label = rng.integers(0, 3, ROWS).astype(np.float32)
    predicted = np.where(rng.random(ROWS) < 0.6, label, rng.integers(0, 4, ROWS)).astype(np.float32)
    predicted[predicted == 1] = 3
    return label, predicted


def yes_or_no() -> tuple[Array, Array]:
    """A rare positive class and scores with many ties."""
    rng = np.random.default_rng(2)
    label = (rng.random(ROWS) < 0.2).astype(np.float32)
    return label, np.round(np.clip(0.4 * label + rng.random(ROWS) * 0.7, 0, 1), 2).astype(np.float32)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.parametrize("weight", WEIGHTS, ids=["plain", "weighted"])
@pytest.mark.parametrize("name", sorted(OF_CLASSES))
def test_metrics_of_predicted_classes_equal_scikit_learn_s(name: str, weight: Array | None) -> None:
    label, predicted = four_classes()
    expected = OF_CLASSES[name](label, predicted, sample_weight=weight)
    assert CLASSES[name](label, predicted, weight) == pytest.approx(expected)


@pytest.mark.parametrize("weight", WEIGHTS, ids=["plain", "weighted"])
@pytest.mark.parametrize("name", sorted(OF_SCORES))
def test_metrics_of_scores_equal_scikit_learn_s_of_the_likelier_class(name: str, weight: Array | None) -> None:
    label, score = yes_or_no()
    expected = OF_SCORES[name](label, score > 0.5, sample_weight=weight)
    assert BINARY[name](label, score, weight) == pytest.approx(expected)


@pytest.mark.parametrize("weight", WEIGHTS, ids=["plain", "weighted"])
def test_metrics_of_probabilities_judge_the_most_probable_class(weight: Array | None) -> None:
    label, predicted = four_classes()
    probabilities = np.full((ROWS, 4), 0.1)
    probabilities[np.arange(ROWS), predicted.astype(int)] = 0.7
    ours = {name: MULTICLASS[name](label, probabilities, weight) for name in CLASSES}
    assert ours == {name: CLASSES[name](label, predicted, weight) for name in CLASSES}


@pytest.mark.parametrize("weight", WEIGHTS, ids=["plain", "weighted"])
@pytest.mark.parametrize(
    ("name", "expected"), [("r2", sklearn_metrics.r2_score), ("mse", sklearn_metrics.mean_squared_error)]
)
def test_regression_metrics_equal_scikit_learn_s(name: str, expected: Reference, weight: Array | None) -> None:
    rng = np.random.default_rng(3)
    label = rng.normal(50, 9, ROWS)
    prediction = label + rng.normal(0, 4, ROWS)
    assert REGRESSION[name](label, prediction, weight) == pytest.approx(
        expected(label, prediction, sample_weight=weight)
    )


@pytest.mark.parametrize(("prediction", "expected"), [([2.0, 2.0], 1.0), ([2.0, 3.0], 0.0)])
def test_r2_of_a_constant_label_is_one_when_perfect_and_else_zero(prediction: list[float], expected: float) -> None:
    label = np.array([2.0, 2.0])
    assert sklearn_metrics.r2_score(label, prediction) == expected
    assert REGRESSION["r2"](label, np.array(prediction), None) == expected


@pytest.mark.parametrize("weight", WEIGHTS, ids=["plain", "weighted"])
def test_confusion_matrix_equals_scikit_learn_s(weight: Array | None) -> None:
    label, predicted = four_classes()
    expected = sklearn_metrics.confusion_matrix(label, predicted, labels=range(5), sample_weight=weight)
    assert confusion_matrix(label, predicted, 5, weight) == pytest.approx(expected)


@pytest.mark.parametrize("weight", WEIGHTS, ids=["plain", "weighted"])
def test_roc_curve_holds_scikit_learn_s_points_and_its_area_is_the_auc(weight: Array | None) -> None:
    label, score = yes_or_no()
    false, true = roc_curve(label, score, weight)
    expected = sklearn_metrics.roc_curve(label, score, sample_weight=weight, drop_intermediate=False)
    assert np.stack([false, true]) == pytest.approx(np.stack(expected[:2]))
    assert sklearn_metrics.auc(false, true) == pytest.approx(BINARY["auc"](label, score, weight))


@pytest.mark.parametrize("weight", WEIGHTS, ids=["plain", "weighted"])
def test_precision_recall_curve_holds_scikit_learn_s_points_after_the_first(weight: Array | None) -> None:
    label, score = yes_or_no()
    recall, precision = precision_recall_curve(label, score, weight)
    expected = sklearn_metrics.precision_recall_curve(label, score, sample_weight=weight)
    assert precision[1:] == pytest.approx(expected[0][-2::-1])
    assert recall[1:] == pytest.approx(expected[1][-2::-1])
    assert (recall[0], precision[0]) == (0, precision[1])


def test_equal_scores_are_one_operating_point() -> None:
    true, false = operating_points(np.array([1, 0, 1, 0]), np.array([0.5, 0.5, 0.9, 0.1]))
    assert (true.tolist(), false.tolist()) == ([0, 1, 2, 2], [0, 0, 1, 2])


OF_LABELS: dict[str, Reference] = {
    "exact_match": sklearn_metrics.accuracy_score,
    "accuracy": lambda label, predicted, sample_weight: (
        1 - sklearn_metrics.hamming_loss(label, predicted, sample_weight=sample_weight)
    ),
    **{
        f"{name}_micro": averaged(getattr(sklearn_metrics, f"{name}_score"), "micro")
        for name in ("precision", "recall")
    },
    **{f"f1_{average}": averaged(sklearn_metrics.f1_score, average) for average in ("micro", "macro")},
}


def several_labels() -> tuple[Array, Array]:
    """Five classes that do not exclude each other: class 3 never occurs, class 4 is neither of a row nor predicted."""
    rng = np.random.default_rng(4)
    label = (rng.random((ROWS, 5)) < [0.5, 0.2, 0.1, 0, 0]).astype(np.float32)
    probabilities = np.clip(0.4 * label + 0.7 * rng.random((ROWS, 5)), 0, 1) * [1, 1, 1, 1, 0.5]
    return label, probabilities.astype(np.float32)


@pytest.mark.parametrize("weight", WEIGHTS, ids=["plain", "weighted"])
@pytest.mark.parametrize("name", OF_LABELS)
def test_metrics_of_several_labels_a_row(name: str, weight: Array | None) -> None:
    label, probabilities = several_labels()
    expected = OF_LABELS[name](label, probabilities > 0.5, sample_weight=weight)
    assert MULTILABEL[name](label, probabilities, weight) == pytest.approx(expected, rel=1e-6)


def test_every_metric_of_several_labels_is_compared() -> None:
    assert set(MULTILABEL) == {*OF_LABELS, "logloss"}


def test_cross_entropy_of_several_labels_is_the_mean_of_that_of_the_classes() -> None:
    label, probabilities = several_labels()
    of_each = [sklearn_metrics.log_loss(label[:, k], probabilities[:, k], labels=[0, 1]) for k in range(5)]
    assert MULTILABEL["logloss"](label, probabilities) == pytest.approx(np.mean(of_each), rel=1e-5)
    assert np.isfinite(MULTILABEL["logloss"](label, 1 - label))


def test_f1_of_each_class() -> None:
    label, probabilities = several_labels()
    expected = sklearn_metrics.f1_score(label, probabilities > 0.5, average=None, zero_division=0)
    totals = LabelTotals()
    totals.add(label, probabilities, None)
    np.testing.assert_allclose(f1_by_class(totals), expected)
