"""How linear-learner learns: scaling, steps, epochs, early stopping, weights of classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from containers.sklearn.linear_learner.algorithm import ALGORITHM
from containers.sklearn.linear_learner.scaling import measure
from contract.context import Context
from contract.errors import ChannelError
from contract.tables.data import Table
from tests.families.job_log import Log
from tests.families.linear_learner_jobs import CONVERGED, PREDICTOR, fit, matrix, metrics, params, table

LINE = np.array([[1.1], [1.3], [1.5], [2.0], [2.9], [3.2], [4.0], [4.5], [5.1], [6.0], [7.1], [8.2]], np.float32)


@pytest.mark.parametrize("loss", PREDICTOR)
def test_every_loss_learns_with_the_defaults(loss: str, tmp_path: Path) -> None:
    predictor = PREDICTOR[loss]
    model = fit(params(predictor, loss=loss, mini_batch_size="20"), table(predictor), table(predictor, seed=9))
    ALGORITHM.save(model, tmp_path)
    loaded = ALGORITHM.load(tmp_path)
    np.testing.assert_array_equal(ALGORITHM.predict(loaded, table(predictor)), ALGORITHM.predict(model, table()))
    found = metrics(loaded, table(predictor, seed=12))
    measure, least = {
        "regressor": ("r2", 0.4), "binary_classifier": ("roc_auc_score", 0.8),
        "multiclass_classifier": ("multiclass_accuracy", 0.6),
    }[predictor]  # fmt: skip
    assert found[measure] > least


@pytest.mark.parametrize(
    "given",
    [
        {"optimizer": "sgd"},
        {"optimizer": "sgd", "momentum": "0.9"},
        {"optimizer": "rmsprop"},
        {"optimizer": "adam", "beta_1": "0.8", "beta_2": "0.99"},
        {"init_method": "normal", "init_sigma": "0.5", "init_bias": "2"},
        {"bias_lr_mult": "10"},
        {"lr_scheduler_step": "10", "lr_scheduler_factor": "0.97", "lr_scheduler_minimum_lr": "0.0001"},
    ],
    ids=lambda given: "-".join(given.values()),
)
def test_every_way_of_stepping_reaches_the_least_squares_solution(given: dict[str, str]) -> None:
    data = table()
    model = fit(params(**CONVERGED, **given), data)
    expected = LinearRegression().fit(data.features, data.label)
    np.testing.assert_allclose(model.weights[:, 0], expected.coef_, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("batch", ["5", "1000"])
def test_a_dozen_records_are_enough_for_the_least_squares_line(batch: str) -> None:
    salary = (LINE[:, 0] * 8700 + 28_000 + 3000 * np.sin(7 * LINE[:, 0])).astype(np.float32)
    model = fit(params(mini_batch_size=batch), Table(LINE, salary))
    expected = LinearRegression().fit(LINE, salary)
    assert model.weights[0, 0] == pytest.approx(expected.coef_[0], rel=0.02)
    assert metrics(model, Table(LINE, salary))["mse"] == pytest.approx(
        ((expected.predict(LINE) - salary) ** 2).mean(), rel=0.01
    )


@pytest.mark.parametrize("normalised", ["true", "false", "auto"])
@pytest.mark.parametrize("label", ["true", "false", "auto"])
def test_what_is_normalised_for_learning_is_undone_in_the_model(normalised: str, label: str) -> None:
    data = table()
    given = {"normalize_data": normalised, "unbias_data": "true", "normalize_label": label, "unbias_label": "auto"}
    model = fit(params(**{**CONVERGED, "epochs": "600"}, **given), data)
    expected = LinearRegression().fit(data.features, data.label).predict(data.features)
    np.testing.assert_allclose(ALGORITHM.predict(model, data), expected, atol=0.1)


def test_the_scaler_looks_at_so_many_records_of_the_whole_table() -> None:
    features = np.concatenate([np.zeros((500, 1)), np.ones((500, 1))]).astype(np.float32)
    data = Table(features, features[:, 0] * 10)
    scaling = measure(params(num_point_for_scaler="10"), data)
    assert (scaling.shift[0], scaling.scale[0]) == (0.5, 0.5)
    assert (scaling.label_shift, scaling.label_scale) == (5, 5)


def test_labels_of_classifiers_are_never_scaled_and_nothing_is_centred_without_a_bias() -> None:
    binary = measure(
        params("binary_classifier", normalize_label="true", unbias_label="true"), table("binary_classifier")
    )
    assert (binary.label_shift, binary.label_scale) == (0, 1)
    through_origin = measure(params(use_bias="false"), table())
    assert through_origin.label_shift == 0
    assert not through_origin.shift.any()


@pytest.mark.parametrize("given", [{}, {"normalize_label": "false"}, {"optimizer": "sgd"}, {"loss": "absolute_loss"}])
def test_a_label_far_from_zero_is_learned_without_being_centred(given: dict[str, str]) -> None:
    data = table()
    assert data.label is not None
    far = Table(data.features, data.label + 10_000)
    centred, as_it_is = (fit(params(unbias_label=unbiased, **given), far) for unbiased in ("true", "false"))
    assert as_it_is.label_shift == 0
    assert metrics(as_it_is, far)["r2"] == pytest.approx(metrics(centred, far)["r2"], abs=0.02)
    assert metrics(as_it_is, far)["r2"] > 0.4


def test_a_bias_begins_where_it_is_told_to_even_with_a_label_that_is_not_centred() -> None:
    data = table()
    still = {"learning_rate": "1e-12", "epochs": "1", "normalize_label": "false", "normalize_data": "true"}
    begun = fit(params(unbias_label="false", init_bias="7", init_scale="1e-9", **still), data)
    np.testing.assert_allclose(ALGORITHM.predict(begun, data), 7, atol=1e-3)
    at_the_mean = fit(params(unbias_label="false", init_scale="1e-9", **still), data)
    assert data.label is not None
    np.testing.assert_allclose(ALGORITHM.predict(at_the_mean, data), data.label.mean(), atol=1e-3)


def test_constant_columns_and_labels_do_no_harm() -> None:
    features = matrix()
    features[:, 1] = 7
    model = fit(params(), Table(features, np.full(len(features), 3, np.float32)))
    np.testing.assert_allclose(ALGORITHM.predict(model, Table(features)), 3, atol=0.05)


def test_training_ends_when_no_model_gets_better_and_says_so() -> None:
    log = Log()
    fit(
        params(epochs="500", mini_batch_size="20", early_stopping_tolerance="0.2"),
        table(),
        table(seed=8),
        log.context(),
    )
    assert len(log.rounds) < 100
    assert log.found("no model became better for 3 epochs")
    assert [step for step, _ in log.rounds] == list(range(len(log.rounds)))


def test_patience_beyond_the_epochs_switches_early_stopping_off() -> None:
    log = Log()
    fit(
        params(epochs="30", early_stopping_patience="31", learning_rate="1e-9", wd="0", l1="0"),
        table(),
        None,
        log.context(),
    )
    assert len(log.rounds) == 30


def test_the_model_of_the_best_epoch_is_kept_and_not_the_last_one() -> None:
    log, validation = Log(), table(seed=8, rows=40)
    given = params(epochs="40", mini_batch_size="1000", learning_rate="0.3", wd="0", l1="0", use_lr_scheduler="false")
    model = fit(given, table(rows=12), validation, log.context())
    by_epoch = [scores["validation"]["mse_objective"] for _, scores in log.rounds]
    assert metrics(model, validation)["mse_objective:final"] == pytest.approx(min(by_epoch), rel=1e-5)
    assert min(by_epoch) < by_epoch[-1]


def test_both_channels_are_logged_where_there_are_two_and_train_alone_where_not() -> None:
    both, alone = Log(), Log()
    fit(params(), table(), table(seed=8), both.context())
    fit(params(), table(), None, alone.context())
    assert set(both.rounds[0][1]) == {"train", "validation"}
    assert set(alone.rounds[0][1]) == {"train"}
    assert len(both.found("#progress_metric: host=algo-1, completed 100.0 % of epochs")) == 1
    assert len(both.found("#throughput_metric")) == len(both.rounds)


def test_S02_a_request_to_stop_keeps_the_best_model_so_far() -> None:
    log = Log()
    model = fit(params(epochs="1000"), table(), None, log.context(stopping=lambda: len(log.rounds) >= 2))
    assert len(log.rounds) <= 4
    assert log.found("asked to stop")
    assert np.isfinite(metrics(model, table())["mse"])


def test_S02_a_request_to_stop_is_heard_between_two_batches() -> None:
    asked: list[int] = []

    def stopping() -> bool:
        asked.append(1)
        return len(asked) > 3

    fit(params(mini_batch_size="1", epochs="100000"), table(), None, replace(Context(), stopping=stopping))
    assert len(asked) < 10


def test_records_of_the_positive_class_count_as_often_as_they_are_weighted() -> None:
    data = table("binary_classifier")
    by_loss = {**CONVERGED, "wd": "0.01", "l1": "0", "binary_classifier_model_selection_criteria": "loss_function"}
    model = fit(params("binary_classifier", positive_example_weight_mult="3", **by_loss), data)
    features = (np.asarray(data.features, np.float64) - data.features.mean(0)) / data.features.std(0)
    assert data.label is not None
    mean_weight = float(np.where(data.label == 1, 3, 1).mean())
    strength = 1 / (0.01 * len(data) * mean_weight)
    expected = LogisticRegression(C=strength, class_weight={0: 1, 1: 3}).fit(features, data.label)
    np.testing.assert_allclose(ALGORITHM.predict(model, data), expected.predict_proba(features)[:, 1], atol=5e-3)


def test_balanced_weights_need_both_classes() -> None:
    data = Table(matrix(), np.ones(len(matrix()), np.float32))
    with pytest.raises(ChannelError, match="all 300 records have label 1"):
        fit(params("binary_classifier", positive_example_weight_mult="balanced"), data)
    assert np.isfinite(ALGORITHM.predict(fit(params("binary_classifier"), data), data)).all()


def test_the_same_job_gives_the_same_model() -> None:
    first, second = (fit(params("multiclass_classifier"), table("multiclass_classifier")) for _ in range(2))
    np.testing.assert_array_equal(first.weights, second.weights)
