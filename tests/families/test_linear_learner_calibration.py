"""Which model linear-learner keeps, and the threshold of a binary classifier."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, fbeta_score, precision_score, recall_score

from containers.sklearn.linear_learner.algorithm import ALGORITHM
from containers.sklearn.linear_learner.calibration import Criterion, best_threshold, calibrated
from containers.sklearn.linear_learner.hyperparameters import LinearLearnerHyperparameters
from containers.sklearn.linear_learner.model import LinearModel
from containers.sklearn.linear_learner.rows import spread
from contract.context import Context
from contract.tables.data import Table
from tests.families.job_log import Log
from tests.families.linear_learner_jobs import fit, metrics, params, table

BINARY = "binary_classifier"


def noisy(rows: int = 200, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels of which a quarter is 1, and scores that have much to do with them; some are equal."""
    random = np.random.default_rng(seed)
    label = (random.random(rows) < 0.25).astype(np.int64)
    return label, np.round(np.clip(0.3 * label + random.random(rows) * 0.7, 0, 1), 2)


def by_trial(criterion: Criterion, label: NDArray[np.int64], score: NDArray[np.float64]) -> float:
    """The best value of all thresholds, by scikit-learn."""
    found = []
    for threshold in [-1.0, *np.unique(score)]:
        called = score > threshold
        precision, recall = precision_score(label, called, zero_division=0), recall_score(label, called)
        found.append(
            {
                "accuracy": accuracy_score(label, called),
                "f_beta": fbeta_score(label, called, beta=criterion.beta, zero_division=0),
                "precision_at_target_recall": precision if recall >= criterion.target - 1e-9 else -1,
                "recall_at_target_precision": recall if precision >= criterion.target - 1e-9 else -1,
            }[criterion.name]
        )
    return max(found)


CRITERIA = [
    Criterion("accuracy", 1.0, 0.8),
    Criterion("f_beta", 1.0, 0.8),
    Criterion("f_beta", 3.0, 0.8),
    Criterion("precision_at_target_recall", 1.0, 0.9),
    Criterion("recall_at_target_precision", 1.0, 0.6),
]


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
@pytest.mark.parametrize("seed", range(5))
def test_no_threshold_is_better_than_the_one_that_is_found(criterion: Criterion, seed: int) -> None:
    label, score = noisy(seed=seed)
    threshold, value = best_threshold(criterion, label, score, 0.5)
    assert value == pytest.approx(by_trial(criterion, label, score))
    called = (score > threshold).astype(float)
    true, false = float(called @ label), float(called @ (1 - label))
    everything = np.array([true, label.sum()]), np.array([false, (1 - label).sum()])
    assert criterion.values(*everything)[0] == pytest.approx(value)


def test_the_natural_threshold_stays_where_no_other_is_better() -> None:
    label, score = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])
    assert best_threshold(CRITERIA[0], label, score, 0.5) == (0.5, 1.0)


def test_of_equally_good_thresholds_the_nearest_to_the_natural_one_is_taken() -> None:
    label, score = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4])
    assert best_threshold(CRITERIA[0], label, score, 0.5) == (pytest.approx(0.25), 1.0)


def test_a_target_that_cannot_be_reached_gives_what_comes_nearest() -> None:
    label, score = np.array([1, 0, 1, 0, 0]), np.array([0.9, 0.95, 0.8, 0.7, 0.6])
    threshold, value = best_threshold(Criterion("recall_at_target_precision", 1.0, 0.99), label, score, 0.5)
    assert threshold == pytest.approx(0.75)
    assert value == pytest.approx(2 / 3 - 1)


@pytest.mark.parametrize("only", [0, 1])
@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
def test_one_class_alone_still_gives_a_threshold(criterion: Criterion, only: int) -> None:
    threshold, _ = best_threshold(criterion, np.full(5, only), np.linspace(0.1, 0.9, 5), 0.5)
    assert np.isfinite(threshold)


@pytest.mark.parametrize(
    ("criterion", "measure", "least"),
    [
        ({"binary_classifier_model_selection_criteria": "precision_at_target_recall", "target_recall": "0.97"},
         "recall", 0.97),
        ({"binary_classifier_model_selection_criteria": "recall_at_target_precision", "target_precision": "0.96"},
         "precision", 0.96),
    ],
)  # fmt: skip
def test_a_target_is_reached_on_the_validation_channel(criterion: dict[str, str], measure: str, least: float) -> None:
    validation = table(BINARY, seed=8)
    assert metrics(fit(params(BINARY, **criterion), table(BINARY), validation), validation)[measure] >= least


@pytest.mark.parametrize("loss", ["logistic", "hinge_loss"])
def test_the_label_follows_the_calibrated_threshold_and_not_one_half(loss: str) -> None:
    given = {"binary_classifier_model_selection_criteria": "precision_at_target_recall", "target_recall": "0.99"}
    data = table(BINARY)
    model = fit(params(BINARY, loss=loss, **given), data)
    scores = ALGORITHM.predict(model, data).astype(np.float64)
    labels = ALGORITHM.output(model).labels(scores)
    np.testing.assert_array_equal(labels, scores > model.threshold)
    natural = 0.5 if loss == "logistic" else 0.0
    assert model.threshold < natural
    assert (labels != (scores > natural)).any()


@pytest.mark.parametrize("name", ["loss_function", "cross_entropy_loss"])
def test_by_loss_the_threshold_is_not_moved(name: str) -> None:
    model = fit(params(BINARY, binary_classifier_model_selection_criteria=name), table(BINARY), table(BINARY, seed=8))
    assert model.threshold == 0.5


def test_f1_is_the_former_name_of_the_f_score_with_beta_1() -> None:
    given = {"binary_classifier_model_selection_criteria": "f1", "f_beta": "4"}
    assert Criterion.of(params(BINARY, **given)) == Criterion("f_beta", 1.0, 0.8)
    given["binary_classifier_model_selection_criteria"] = "f_beta"
    assert Criterion.of(params(BINARY, **given)).beta == 4


def test_a_threshold_is_searched_on_no_more_records_than_asked_for() -> None:
    model, judge = fit(params(BINARY), table(BINARY)), table(BINARY, seed=8)
    assert judge.label is not None
    sample = np.concatenate([np.arange(len(judge))[rows] for rows in spread(len(judge), 10, 1000)])
    elsewhere = 1 - judge.label
    elsewhere[sample] = judge.label[sample]
    other = Table(judge.features, elsewhere)
    few, everything = params(BINARY, num_calibration_samples="10"), params(BINARY)
    assert len(sample) == 10
    assert threshold(few, model, judge) == threshold(few, model, other)
    assert threshold(everything, model, judge) != threshold(everything, model, other)


@pytest.mark.parametrize("samples", ["100", "500", "1999"])
def test_a_file_that_is_sorted_by_its_label_is_calibrated_as_any_other(samples: str) -> None:
    given = {"binary_classifier_model_selection_criteria": "f_beta", "positive_example_weight_mult": "0.02"}
    mixed = table(BINARY, rows=10_000)
    assert mixed.label is not None
    data = mixed.take(np.argsort(mixed.label, kind="stable"))
    model = fit(params(BINARY, epochs="3", num_models="1", **given), data)
    values = {}
    for count in (samples, "auto"):
        model = calibrated(params(BINARY, num_calibration_samples=count, **given), model, data, Context())
        values[count] = metrics(model, data)["binary_f_1.000"]
    assert values[samples] == pytest.approx(values["auto"], abs=0.02)


def threshold(given: LinearLearnerHyperparameters, model: LinearModel, judge: Table) -> float:
    return calibrated(given, model, judge, Context()).threshold


@pytest.mark.parametrize("only", [0, 1])
@pytest.mark.parametrize("loss", ["logistic", "hinge_loss"])
@pytest.mark.parametrize("channel", ["train", "validation"])
def test_one_class_alone_does_not_move_the_threshold_and_the_log_says_why(channel: str, loss: str, only: int) -> None:
    log, both = Log(), table(BINARY)
    single = Table(both.features[:50], np.full(50, only, np.float32))
    train, validation = (single, None) if channel == "train" else (both, single)
    model = fit(params(BINARY, loss=loss), train, validation, log.context())
    natural = 0.5 if loss == "logistic" else 0.0
    assert model.threshold == natural
    assert "roc_auc_score" not in metrics(model, single)
    assert (
        len(log.found(f"channel '{channel}': all 50 records have label {only}, so roc_auc_score is not defined")) == 1
    )
    (why,) = log.found("the threshold stays")
    assert f"stays at {natural:g}: all 50 records that it is searched on have label {only}" in why
    assert "num_calibration_samples" not in why


def test_a_sample_of_one_class_does_not_move_the_threshold_either() -> None:
    log, data = Log(), table(BINARY)
    assert data.label is not None
    data.label[:] = 0
    data.label[100:103] = 1
    model = fit(params(BINARY, num_calibration_samples="3"), data, None, log.context())
    assert model.threshold == 0.5
    (why,) = log.found("have label 0")
    assert "all 3 records that it is searched on have label 0; raise num_calibration_samples" in why


def test_nothing_is_said_of_classes_where_there_are_two_or_none() -> None:
    for predictor in ("regressor", BINARY, "multiclass_classifier"):
        log = Log()
        fit(params(predictor), table(predictor), table(predictor, seed=8), log.context())
        assert not log.found("have label")
