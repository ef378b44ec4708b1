"""How mlp learns: losses, early stopping, regularisation, weights, checkpoints, and its log."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from containers.tensorflow.mlp import objective
from containers.tensorflow.mlp.algorithm import ALGORITHM
from containers.tensorflow.mlp.columns import ColumnEncoding
from containers.tensorflow.mlp.metric_log import MLPLog
from containers.tensorflow.mlp.model import MLPModel
from containers.tensorflow.mlp.plan import NetworkPlan
from contract.builtins.problem import Kind, Problem
from contract.errors import ChannelError, HyperparameterError
from contract.metrics.notation import decimal
from contract.scores import Scores
from contract.tables.data import Table
from tests.families.evaluation import evaluate
from tests.families.job_log import Log
from tests.families.mlp_jobs import KINDS, files, fit, logged, mixed, params, table

# Keras 3.15 with numpy 2.
CONSTANT = {
    "num_layers": "0", "hidden_layers": "", "epochs": "4", "learning_rate": "0.1", "lr_scheduler": "cosine",
    "mini_batch_size": "4", "early_stopping": "false",
}  # fmt: skip
"""A model of nothing but one number, where the features say nothing."""
SHORT = {"epochs": "1", "dropout_rate": "0.3"}
STEADY = {"early_stopping": "false", "epochs": "4", "dropout_rate": "0", "mini_batch_size": "16"}
OPPOSITE = replace(table(rows=50, seed=4), label=200 - table(rows=50, seed=4).labels)
"""Validation records whose labels are opposite, so that the first epoch is the best one."""
ACCURATE = {"regression": "r2", "binary_classification": "accuracy", "multiclass_classification": "accuracy"}


@pytest.fixture(scope="module", params=KINDS)
def learned(request: pytest.FixtureRequest) -> tuple[Kind, MLPModel, Log]:
    """A model that had time to learn, of every kind of problem."""
    kind: Kind = request.param
    given = params(epochs="10", mini_batch_size="8", hidden_layers="16")
    return kind, *logged(given, table(kind), table(kind, rows=80, seed=4))


def test_every_kind_of_problem_is_learned(learned: tuple[Kind, MLPModel, Log]) -> None:
    kind, model, _ = learned
    metrics = evaluate(ALGORITHM, model, table(kind, rows=80, seed=4))[0].metrics
    assert metrics[ACCURATE[kind]] > 0.9
    assert model.plan.problem.kind == kind


def test_the_model_is_that_of_the_epoch_with_the_least_validation_loss(learned: tuple[Kind, MLPModel, Log]) -> None:
    kind, model, log = learned
    history = log.history("loss")
    assert ALGORITHM.best_iteration(model) == model.epoch == int(np.argmin(history))
    found = evaluate(ALGORITHM, model, table(kind, rows=80, seed=4))[0].metrics
    told = dict(log.rounds)[model.epoch]["validation"]
    (metric,) = told.keys() - {"loss"}
    assert metric == ("rmse" if kind == "regression" else "accuracy")
    assert found[metric] == pytest.approx(told[metric], rel=1e-4)


def test_predictions_are_finite_32_bit_numbers_of_the_right_shape(learned: tuple[Kind, MLPModel, Log]) -> None:
    kind, model, _ = learned
    extreme = np.array([[np.nan] * 4, [3e38] * 4, [-3e38] * 4, [1e-40] * 4], np.float32)
    found = ALGORITHM.predict(model, Table(extreme))
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert found.shape == {"regression": (4,), "binary_classification": (4, 2)}.get(kind, (4, 3))
    if kind != "regression":
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)


def test_V12_a_prediction_does_not_depend_on_its_batch(learned: tuple[Kind, MLPModel, Log]) -> None:
    kind, model, _ = learned
    data = table(kind, rows=150, seed=8)
    together = ALGORITHM.predict(model, data)
    for size in (1, 63, 65):
        parts = np.concatenate([ALGORITHM.predict(model, part) for part in data.parts(size)])
        np.testing.assert_array_equal(parts, together)


@pytest.fixture(scope="module")
def short() -> tuple[MLPModel, Log]:
    """A job of one epoch without a validation channel."""
    return logged(params(**SHORT, seed="1"), table())


def test_F12_the_same_data_and_seed_give_the_same_files_and_another_seed_others(
    short: tuple[MLPModel, Log], tmp_path: Path
) -> None:
    first = files(short[0], tmp_path / "first")
    again, other = (files(fit(params(**SHORT, seed=seed), table()), tmp_path / seed) for seed in ("1", "2"))
    assert first == again
    assert first["network.keras"] != other["network.keras"]


def test_without_a_validation_channel_a_fifth_of_the_records_is_held_out(short: tuple[MLPModel, Log]) -> None:
    log = short[1]
    assert any("40 of 200 records" in line for line in log.lines)
    assert log.rounds[0][1].keys() == {"train", "validation"}


@pytest.fixture(scope="module")
def steady() -> tuple[MLPModel, Log]:
    """A model of the last of its epochs, all of which were trained."""
    return logged(params(**STEADY, early_stopping_patience="1"), table(), OPPOSITE)


class TestEarlyStopping:
    """``early_stopping`` and what belongs to it."""

    def _epochs(self, **given: str) -> tuple[int, int | None]:
        steady = {"optimizer": "sgd", "momentum": "0", "learning_rate": "0.05", "dropout_rate": "0", "epochs": "4"}
        model, log = logged(params(**steady, **given), table(), OPPOSITE)
        return len(log.rounds), ALGORITHM.best_iteration(model)

    def test_training_ends_when_the_best_epoch_is_long_ago(self) -> None:
        assert self._epochs(early_stopping_patience="1") == (2, 0)

    def test_a_least_number_of_epochs_is_trained(self) -> None:
        assert self._epochs(early_stopping_patience="1", early_stopping_min_epochs="3") == (3, 0)

    def test_without_it_all_epochs_are_trained_and_the_last_one_is_kept(self, steady: tuple[MLPModel, Log]) -> None:
        model, log = steady
        assert (len(log.rounds), ALGORITHM.best_iteration(model)) == (4, 3)
        assert np.argmin(log.history("loss")) == 0


def test_a_diverging_training_is_told_with_the_remedy() -> None:
    with pytest.raises(HyperparameterError, match="learning_rate: training diverged"):
        fit(params(optimizer="sgd", learning_rate="1e30", epochs="3"), table())


@pytest.mark.parametrize(
    ("loss", "expected"),
    [("squared_loss", [0, 0.25, 4]), ("absolute_loss", [0, 0.5, 2]), ("huber_loss", [0, 0.125, 1.5])],
)
def test_the_loss_of_a_regression_is_chosen(loss: str, expected: list[float]) -> None:
    plan = NetworkPlan(Problem("regression"), ColumnEncoding(1, (0,), (0.0,), (1.0,), (), ()), (), "relu", False)
    labels, outputs = np.array([1, 1, 1], np.float32), np.array([[1], [0.5], [3]], np.float32)
    np.testing.assert_allclose(objective.loss(plan, params(loss=loss))(labels, outputs), expected)
    scaled = objective.loss(replace(plan, label_deviation=2.0), params(loss=loss))
    np.testing.assert_allclose(scaled(labels, 2 * outputs - 1), expected)


def test_with_absolute_loss_the_median_is_learned() -> None:
    data = Table(np.zeros((100, 1), np.float32), np.where(np.arange(100) % 5 < 2, 1000, 0).astype(np.float32))
    given = params(loss="absolute_loss", **CONSTANT)
    assert float(ALGORITHM.predict(fit(given, data, data), data)[0]) == pytest.approx(0, abs=60)


def test_normalisation_of_the_label_makes_its_scale_irrelevant(steady: tuple[MLPModel, Log]) -> None:
    data = table()
    scaled = replace(data, label=data.labels * 1024 + 4096)
    found, other = (ALGORITHM.predict(each, data) for each in (steady[0], fit(params(**STEADY), scaled, scaled)))
    np.testing.assert_allclose(other, found * 1024 + 4096, rtol=1e-4)
    plain = fit(params(epochs="1", normalize_label="false"), data, data).plan
    assert (plain.label_mean, plain.label_deviation) == (0.0, 1.0)


def test_regularisation_makes_the_weights_smaller_and_l1_many_of_them_zero(
    steady: tuple[MLPModel, Log],
) -> None:
    regular = (fit(params(**STEADY, **{name: "0.1"}), table(), OPPOSITE) for name in ("l1", "l2"))
    plain, l1, l2 = (model.network.get_weights()[0] for model in (steady[0], *regular))
    assert (l2**2).sum() < 0.5 * (plain**2).sum()
    assert (np.abs(l1) < 0.02).sum() > 2 + (np.abs(plain) < 0.02).sum()


def test_records_weigh_what_csv_weights_say() -> None:
    label = np.tile(np.array([0, 1], np.float32), 200)
    data = Table(np.zeros((400, 1), np.float32), label, np.where(label == 1, 3, 1).astype(np.float32))
    for balance, expected in ({}, 0.75), ({"class_weights": "balanced"}, 0.5):
        model = fit(params(**CONSTANT | {"mini_batch_size": "20"}, **balance), data, data)
        assert float(ALGORITHM.predict(model, data)[0, 1]) == pytest.approx(expected, abs=0.03)


def test_class_weights_count_in_the_validation_loss_as_in_the_train_loss() -> None:
    data = table("binary_classification", rows=60)
    unmoved = CONSTANT | {"epochs": "1", "learning_rate": "1e-9", "dropout_rate": "0"}
    _, log = logged(params(**unmoved, class_weights="1,9"), data, data)
    assert log.history("loss") == pytest.approx(log.history("loss", "train"), rel=1e-4)


@pytest.fixture(scope="module")
def of_categories() -> MLPModel:
    given = params(epochs="10", hidden_layers="32", mini_batch_size="16")
    return fit(given, mixed(rows=1000), mixed(rows=200, seed=9))


class TestCategories:
    """A label that depends on categories of a few levels and of many."""

    def test_they_are_learned(self, of_categories: MLPModel) -> None:
        assert evaluate(ALGORITHM, of_categories, mixed(rows=200, seed=9))[0].metrics["r2"] > 0.9
        assert [category.learned for category in of_categories.plan.columns.categories] == [False, True]

    def test_all_that_training_has_not_seen_is_answered_alike(self, of_categories: MLPModel) -> None:
        data = mixed(rows=3)
        data.dense[:] = data.dense[0]
        data.dense[:, 4] = 3
        data.dense[:, 5] = [40, 5000, np.nan]
        found = ALGORITHM.predict(of_categories, data)
        assert (found == found[0]).all()

    def test_what_was_missing_in_training_is_a_category_of_its_own(self, of_categories: MLPModel) -> None:
        data = mixed(rows=2)
        data.dense[:] = data.dense[1]
        data.dense[:, 4] = [3, np.nan]
        found = ALGORITHM.predict(of_categories, data)
        assert found[0] != found[1]


class TestCheckpoints:
    """A job that is told to stop, and one that goes on where it was."""

    def test_S04_a_resumed_job_gives_the_model_of_an_uninterrupted_one(self, tmp_path: Path) -> None:
        given, data, held_out = (
            params(epochs="3", dropout_rate="0.2", batch_norm="true"),
            table(),
            table(rows=50, seed=4),
        )
        whole = fit(given, data, held_out, Log().context())
        log = Log()
        checkpoints = tmp_path / "checkpoints"
        checkpoints.mkdir()
        stopping = log.context(checkpoints=checkpoints, stopping=lambda: len(log.rounds) == 2)
        halted = fit(given, data, held_out, stopping)
        assert len(log.rounds) == 2
        assert halted.epoch <= 1
        resumed = fit(given, data, held_out, Log().context(checkpoints=checkpoints))
        assert files(resumed, tmp_path / "resumed") == files(whole, tmp_path / "whole")

    def test_S10_a_checkpoint_of_other_data_or_settings_is_not_taken(self, tmp_path: Path) -> None:
        given, log = params(epochs="1"), Log()
        fit(given, table(), None, Log().context(checkpoints=tmp_path))
        fit(given, table(seed=5), None, log.context(checkpoints=tmp_path))
        assert [step for step, _ in log.rounds] == [0], "it trained an epoch of its own"
        first = dict(log.rounds)[0]["train"]["loss"]
        log.rounds.clear()
        fit(params(epochs="1", l2="0.1"), table(seed=5), None, log.context(checkpoints=tmp_path))
        assert dict(log.rounds)[0]["train"]["loss"] != first


def test_a_channel_on_disk_is_learned_from(tmp_path: Path) -> None:
    kind: Kind = "multiclass_classification"
    np.save(tmp_path / "features.npy", table(kind).dense)
    mapped = replace(table(kind), features=np.load(tmp_path / "features.npy", mmap_mode="r"))
    model = fit(params(epochs="5", mini_batch_size="8"), mapped, table(kind, rows=80, seed=4))
    assert evaluate(ALGORITHM, model, table(kind, rows=80, seed=4))[0].metrics["accuracy"] > 0.7


def test_features_without_information_give_one_answer() -> None:
    features = np.tile(np.array([7, np.nan, 0], np.float32), (60, 1))
    data = Table(features, table(rows=60).labels)
    found = ALGORITHM.predict(fit(params(epochs="1"), data), data)
    assert np.isfinite(found).all()
    assert (found == found[0]).all()


def test_labels_that_are_all_the_same_are_learned() -> None:
    data = replace(table(), label=np.full(200, 7, np.float32))
    np.testing.assert_allclose(ALGORITHM.predict(fit(params(**CONSTANT), data), data), 7, atol=0.3)


def test_a_table_too_small_to_be_parted_is_refused_with_the_remedy() -> None:
    with pytest.raises(ChannelError, match="validation channel"):
        fit(params(problem_type="regression"), table(rows=2))


class TestLog:
    """The lines that a tuning job reads."""

    scores: ClassVar[Scores] = {"train": {"loss": 0.5, "rmse": 1e-7}, "validation": {"loss": 0.25, "rmse": 12.5}}

    def test_an_epoch_has_a_line(self) -> None:
        assert MLPLog().lines("algo-1", 3, self.scores) == [
            "Epoch 3: train_loss=0.5 train_rmse=0.0000001 validation_loss=0.25 validation_rmse=12.5"
        ]
        assert MLPLog().lines("algo-1", 0, {}) == []

    def test_T12_the_regex_of_a_metric_finds_its_own_value_only(self) -> None:
        (line,) = MLPLog().lines("algo-1", 3, self.scores)
        for channel, values in self.scores.items():
            for metric, value in values.items():
                definition = MLPLog().definition(channel, metric)
                assert definition is not None
                assert definition["Name"] == f"{channel}:{metric}"
                assert re.findall(definition["Regex"], line) == [decimal(value)]
