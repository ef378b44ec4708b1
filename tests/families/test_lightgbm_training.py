"""What lightgbm learns: as the plain library, for every problem and way of boosting."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from containers.lightgbm.boosting import ALGORITHM
from contract.builtins.problem import Kind, hold_out
from contract.context import Context
from contract.errors import ChannelError
from contract.tables.data import Table
from tests.families.evaluation import evaluate
from tests.families.job_log import Log
from tests.families.lightgbm_jobs import KINDS, fit, logged, params, reloaded, table

AS_SAGEMAKER = {
    "learning_rate": 0.1, "num_leaves": 64, "feature_fraction": 0.9, "bagging_fraction": 0.9, "bagging_freq": 1,
    "max_depth": 6, "min_data_in_leaf": 3, "verbosity": -1, "num_threads": 1,
}  # fmt: skip
"""SageMaker's defaults that are not the library's."""
OBJECTIVES = dict(zip(KINDS, ("regression", "binary", "multiclass"), strict=True))


def plain(kind: Kind, data: Table, rounds: int, **more: object) -> lightgbm.Booster:
    """What the library alone makes of the data."""
    settings = {**AS_SAGEMAKER, "objective": OBJECTIVES[kind], **more}
    if kind == "multiclass_classification":
        settings["num_class"] = 3
    return lightgbm.train(settings, lightgbm.Dataset(data.features, label=data.label, weight=data.weight), rounds)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("boosting", ["gbdt", "rf", "dart", "goss"])
def test_every_way_of_boosting_predicts_as_the_plain_library(kind: Kind, boosting: str, tmp_path: Path) -> None:
    data = table(kind)
    given = params(boosting=boosting, problem_type=kind, early_stopping_rounds="0", num_boost_round="12")
    model = reloaded(fit(given, data, table(kind, rows=60, seed=4)), tmp_path / "model")
    own = {"boosting": boosting}
    if boosting == "goss":
        own = {"data_sample_strategy": "goss", "bagging_freq": 0}
    expected = plain(kind, data, 12, **own).predict(data.features)
    found = ALGORITHM.predict(model, data)
    if kind == "binary_classification":
        np.testing.assert_array_equal(found[:, 0], 1 - found[:, 1])
        found = found[:, 1]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_every_problem_trains_keeps_answers_and_is_judged(kind: Kind, tmp_path: Path) -> None:
    train, validation = table(kind), table(kind, rows=60, seed=4)
    model = fit(params(num_boost_round="40"), train, validation)
    loaded = reloaded(model, tmp_path / "model")
    evaluation, predictions = evaluate(ALGORITHM, loaded, validation)
    np.testing.assert_array_equal(predictions, ALGORITHM.predict(model, validation))
    assert loaded.problem == model.problem
    assert loaded.problem.kind == kind
    assert evaluation.metrics["r2" if kind == "regression" else "accuracy"] > 0.8


@pytest.mark.parametrize("tree_learner", ["serial", "feature", "data", "voting"])
def test_on_one_instance_every_tree_learner_is_the_serial_one(tree_learner: str) -> None:
    data = table()
    expected = ALGORITHM.predict(fit(params(), data), data)
    model = fit(params(tree_learner=tree_learner), data)
    np.testing.assert_array_equal(ALGORITHM.predict(model, data), expected)


@pytest.mark.parametrize("more", [{}, {"boosting": "dart"}, {"boosting": "rf"}, {"feature_fraction_bynode": "0.5"}])
def test_F12_the_same_data_give_the_same_trees_on_any_number_of_threads(more: dict[str, str]) -> None:
    texts = set()
    for threads in (1, 2, 1):
        model = fit(params(**more), table(rows=2000), None, replace(Context(), threads=threads))
        texts.add(model.booster.model_to_string().partition("parameters:")[0])
    assert len(texts) == 1


def test_weights_count_as_they_do_in_the_library() -> None:
    data = table()
    weighted = replace(data, weight=np.linspace(0.1, 3, len(data)).astype(np.float32))
    model = fit(params(early_stopping_rounds="0"), weighted, table(rows=60, seed=4))
    expected = plain("regression", weighted, 6).predict(data.features)
    np.testing.assert_allclose(ALGORITHM.predict(model, data), expected, rtol=1e-12)
    assert not np.allclose(expected, plain("regression", data, 6).predict(data.features))


@pytest.mark.parametrize(("weight", "told"), [(-1.0, "record 7: its weight is below 0"), (0.0, "every record")])
@pytest.mark.parametrize("channel", ["train", "validation"])
def test_weights_that_mean_nothing_are_refused(weight: float, told: str, channel: str) -> None:
    data = table(rows=60)
    weights = np.zeros(60, np.float32) if weight == 0 else np.ones(60, np.float32)
    weights[6] = weight
    wrong = replace(data, weight=weights)
    with pytest.raises(ChannelError, match=f"'{channel}'.*{told}"):
        fit(params(), wrong if channel == "train" else data, wrong if channel == "validation" else data)


class TestEarlyStopping:
    """``early_stopping_rounds``."""

    def test_the_model_is_that_of_the_best_round(self) -> None:
        given = params(num_boost_round="300", early_stopping_rounds="7", learning_rate="0.5")
        model, log = logged(given, table(rows=80), table(rows=60, seed=9))
        history = log.history("rmse")
        best = ALGORITHM.best_iteration(model)
        assert best == int(np.argmin(history))
        assert len(history) == best + 1 + 7
        assert model.booster.num_trees() == best + 1
        assert any("early stopping" in line and f"round {best} " in line for line in log.lines)

    def test_a_metric_where_more_is_better_is_followed_upwards(self) -> None:
        kind: Kind = "binary_classification"
        given = params(num_boost_round="60", early_stopping_rounds="5", metric="auc", learning_rate="0.5")
        model, log = logged(given, table(kind, rows=60), table(kind, rows=60, seed=9))
        assert ALGORITHM.best_iteration(model) == int(np.argmax(log.history("auc")))

    def test_the_best_round_is_kept_where_the_last_one_comes_first(self) -> None:
        given = params(num_boost_round="40", early_stopping_rounds="39", learning_rate="0.9")
        model, log = logged(given, table(rows=60), table(rows=60, seed=9))
        assert ALGORITHM.best_iteration(model) == int(np.argmin(log.history("rmse"))) < 39

    @pytest.mark.parametrize("rounds", ["0", "-1"])
    def test_zero_or_less_trains_every_round(self, rounds: str) -> None:
        given = params(num_boost_round="40", early_stopping_rounds=rounds, learning_rate="0.9")
        model, log = logged(given, table(rows=60), table(rows=60, seed=9))
        assert ALGORITHM.best_iteration(model) == 39
        assert len(log.rounds) == 40

    def test_the_library_has_none_for_dart_which_the_log_says(self) -> None:
        given = params(boosting="dart", num_boost_round="40", early_stopping_rounds="2", learning_rate="0.9")
        model, log = logged(given, table(rows=60), table(rows=60, seed=9))
        assert ALGORITHM.best_iteration(model) == 39
        assert any("dart" in line and "early_stopping_rounds" in line for line in log.lines)

    @pytest.mark.parametrize(
        ("kind", "metric"),
        [
            ("binary_classification", "auc"),
            ("binary_classification", "average_precision"),
            ("multiclass_classification", "auc_mu"),
        ],
    )
    def test_a_metric_that_needs_every_class_is_not_followed_without_one(self, kind: Kind, metric: str) -> None:
        validation = table(kind, rows=30, seed=4)
        one_class = replace(validation, label=np.ones(30, np.float32))
        with pytest.raises(ChannelError, match=f"'validation'.*{metric}.*every class"):
            fit(params(metric=metric), table(kind), one_class)
        fit(params(metric=metric, early_stopping_rounds="0"), table(kind), one_class)


class TestHoldOut:
    """A job without a validation channel."""

    def test_a_fifth_of_the_records_is_held_out_and_watched(self) -> None:
        data = table()
        model, log = logged(params(num_boost_round="200", early_stopping_rounds="5", learning_rate="0.5"), data)
        train, validation = hold_out(data)
        expected, same = logged(
            params(num_boost_round="200", early_stopping_rounds="5", learning_rate="0.5"), train, validation
        )
        assert len(validation) == 48
        assert log.rounds == same.rounds
        np.testing.assert_array_equal(ALGORITHM.predict(model, data), ALGORITHM.predict(expected, data))
        assert any("48 of 240 records" in line for line in log.lines)

    @pytest.mark.parametrize("rows", [1, 2])
    def test_a_table_too_small_to_be_parted_is_refused_with_the_remedy(self, rows: int) -> None:
        with pytest.raises(ChannelError, match="validation channel"):
            fit(params(problem_type="regression"), table(rows=rows))

    def test_one_record_is_too_few_even_with_a_validation_channel(self) -> None:
        with pytest.raises(ChannelError, match="two or more"):
            fit(params(problem_type="regression"), table(rows=1), table(rows=5))

    @pytest.mark.parametrize("without", ["train", "validation"])
    def test_a_class_that_chance_puts_on_one_side_is_no_fault(self, without: str) -> None:
        data = table("multiclass_classification", rows=100)
        parts = hold_out(replace(data, label=np.arange(100, dtype=np.float32)))
        other_side = np.asarray(parts[1 if without == "train" else 0].label, np.int64)
        label = np.arange(100, dtype=np.float32) % 2
        label[other_side[:3]] = 2
        rare = replace(data, label=label)
        assert 2 not in np.asarray(hold_out(rare)[0 if without == "train" else 1].label)
        predictions = ALGORITHM.predict(fit(params(problem_type="multiclass_classification"), rare), rare)
        assert predictions.shape == (100, 3)
        np.testing.assert_allclose(predictions.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("name", "features"),
    [
        ("constant", np.ones((50, 3))),
        ("missing", np.full((50, 3), np.nan)),
        ("one value a row", np.arange(150).reshape(50, 3)),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_features_without_information_give_a_constant_or_better(name: str, features: object, kind: Kind) -> None:
    label = np.asarray(table(kind, rows=50).label)
    data = Table(np.asarray(features, np.float32), label)
    model, log = logged(params(problem_type=kind), data)
    predictions = ALGORITHM.predict(model, data)
    assert np.isfinite(predictions).all()
    if name != "one value a row":
        assert (predictions == predictions[0]).all()
        assert [step for step, _ in log.rounds] == [0], "a round that adds no tree is not logged"
    assert ALGORITHM.best_iteration(model) is not None
    assert ALGORITHM.figures(model, {})


def test_labels_that_are_all_the_same_are_learned() -> None:
    data = replace(table(), label=np.full(240, 7, np.float32))
    np.testing.assert_allclose(ALGORITHM.predict(fit(params(), data), data), 7)


@pytest.mark.parametrize("early", ["3", "0"])
def test_S02_a_request_to_stop_ends_after_the_round_with_the_best_model_so_far(early: str) -> None:
    log = Log()
    context = replace(log.context(), stopping=lambda: len(log.rounds) >= 12)
    given = params(num_boost_round="500", early_stopping_rounds="100" if early != "0" else "0", learning_rate="0.9")
    model = fit(given, table(rows=60), table(rows=60, seed=9), context)
    assert len(log.rounds) == 12
    best = int(np.argmin(log.history("rmse")))
    assert best < 11, "the test needs a best round before the last"
    assert ALGORITHM.best_iteration(model) == (best if early != "0" else 11)


@pytest.mark.parametrize(
    ("problem_type", "labels", "kind"),
    [
        ("auto", [0, 1], "binary_classification"),
        ("auto", [0, 1, 2], "multiclass_classification"),
        ("auto", [1, 2, 3], "regression"),
        ("auto", [5, 9], "regression"),
        ("auto", [0.5, 1], "regression"),
        ("regression", [0, 1], "regression"),
        ("multiclass_classification", [0, 1], "multiclass_classification"),
    ],
)
def test_the_problem_is_decided_by_the_labels_or_said_and_the_decision_logged(
    problem_type: str, labels: list[float], kind: Kind
) -> None:
    data = replace(table(), label=np.resize(np.array(labels, np.float32), 240))
    model, log = logged(params(problem_type=problem_type), data)
    assert model.problem.kind == kind
    assert any(kind in line for line in log.lines) is (problem_type == "auto")


@pytest.mark.parametrize(
    ("problem_type", "labels", "told"),
    [
        ("binary_classification", [1, 2], "label 2 is no class .*0 to 1"),
        ("binary_classification", [0, 0.5], "label 0.5"),
        ("multiclass_classification", [1, 2, 3], "no record of class 0.*without gaps"),
        ("multiclass_classification", [5, 9], "no record of class 0"),
        ("multiclass_classification", [0, 1, -1], "label -1"),
    ],
)
def test_classes_that_are_not_0_to_k_minus_1_are_refused_when_a_classification_is_wanted(
    problem_type: str, labels: list[float], told: str
) -> None:
    data = replace(table(), label=np.resize(np.array(labels, np.float32), 240))
    with pytest.raises(ChannelError, match=f"'train'.*{told}"):
        fit(params(problem_type=problem_type), data)


def test_a_validation_label_that_training_has_not_seen_is_named() -> None:
    validation = table("multiclass_classification", rows=30, seed=4)
    assert validation.label is not None
    validation.label[4] = 3
    with pytest.raises(ChannelError, match="'validation', record 5: label 3"):
        fit(params(), table("multiclass_classification"), validation)


@pytest.mark.parametrize("balance", [{"is_unbalance": "True"}, {"scale_pos_weight": "12"}])
def test_a_rare_class_weighs_more_where_that_is_asked(balance: dict[str, str]) -> None:
    data = table(rows=400)
    rare = replace(data, label=(np.asarray(data.label) > 1.4).astype(np.float32))
    model = fit(params(early_stopping_rounds="0", **balance), rare, rare)
    found = ALGORITHM.predict(model, rare)[:, 1]
    np.testing.assert_allclose(found, plain("binary_classification", rare, 6, **balance).predict(rare.features), 1e-12)
    assert found.mean() > np.asarray(plain("binary_classification", rare, 6).predict(rare.features)).mean()


class TestLibraryLog:
    """What the library says."""

    def test_verbosity_is_obeyed(self) -> None:
        for verbosity, expected in (("-1", set()), ("0", {"Warning"}), ("1", {"Warning", "Info"})):
            _, log = logged(params(verbosity=verbosity), table())
            assert {word for line in log.lines for word in re.findall(r"^\[LightGBM\] \[(\w+)\]", line)} == expected

    def test_a_warning_of_every_round_is_told_once(self) -> None:
        _, log = logged(params(verbosity="0", num_boost_round="20"), table())
        assert sum("No further splits" in line for line in log.lines) == 1

    def test_nothing_goes_past_the_log(self, capfd: pytest.CaptureFixture[str]) -> None:
        logged(params(verbosity="2"), table())
        captured = capfd.readouterr()
        assert captured.out + captured.err == ""


def test_a_channel_that_is_not_in_memory_is_learned_from_and_the_log_says_what_that_needs(tmp_path: Path) -> None:
    data = table()
    np.save(tmp_path / "features.npy", data.features)
    mapped = replace(data, features=np.load(tmp_path / "features.npy", mmap_mode="r"))
    model, log = logged(params(), mapped, table(rows=60, seed=4))
    expected = fit(params(), data, table(rows=60, seed=4))
    np.testing.assert_array_equal(ALGORITHM.predict(model, data), ALGORITHM.predict(expected, data))
    assert any("in memory" in line for line in log.lines)


def test_the_importance_of_the_features_is_shown_with_their_names() -> None:
    model = fit(params(), table())
    (bars,) = ALGORITHM.figures(model, {"feature_names": ["heat", "rain", "c", "d"]})
    assert next(iter(bars.values)) == "heat"  # type: ignore[union-attr]
    (unnamed,) = ALGORITHM.figures(model, {"feature_names": []})
    assert next(iter(unnamed.values)) == "feature 0"  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", KINDS)
def test_a_prediction_does_not_depend_on_its_batch(kind: Kind) -> None:
    model, data = fit(params(num_boost_round="50"), table(kind)), table(kind, rows=500, seed=8)
    batch = ALGORITHM.predict(model, data)
    each = np.concatenate([ALGORITHM.predict(model, part) for part in data.parts(1)])
    np.testing.assert_array_equal(each, batch)
