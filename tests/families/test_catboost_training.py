"""What catboost learns: as the plain library, for every kind of problem."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from catboost import CatBoost, Pool

from containers.catboost.boosting import ALGORITHM
from contract.builtins.problem import Kind, hold_out
from contract.context import Context
from contract.errors import ChannelError
from contract.figures import Bars
from contract.tables.data import Table
from tests.families.catboost_jobs import KINDS, best_tests, both, csv, fit, logged, params, reloaded, run_job, table
from tests.families.evaluation import evaluate
from tests.families.job_log import Log

ROOT = Path(__file__).parents[2]
LOSSES = {"regression": "RMSE", "binary_classification": "Logloss", "multiclass_classification": "MultiClass"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_predictions_are_those_of_the_plain_library(kind: Kind, tmp_path: Path) -> None:
    train, validation = both(kind)
    model = reloaded(fit(params(), train, validation), tmp_path / "model")
    plain = CatBoost({
        "loss_function": LOSSES[kind], "eval_metric": "AUC" if kind == "binary_classification" else LOSSES[kind],
        "iterations": 12, "depth": 3, "learning_rate": 0.3, "random_seed": 1, "bootstrap_type": "Bayesian",
        "sampling_frequency": "PerTreeLevel", "early_stopping_rounds": 5, "thread_count": 1,
        "allow_writing_files": False, "logging_level": "Silent",
    })  # fmt: skip
    label = train.label.astype(int) if kind != "regression" else train.label  # type: ignore[union-attr]
    held_out = validation.label.astype(int) if kind != "regression" else validation.label  # type: ignore[union-attr]
    plain.fit(Pool(train.features, label), eval_set=Pool(validation.features, held_out))
    form = "RawFormulaVal" if kind == "regression" else "Probability"
    expected = plain.predict(validation.features, prediction_type=form)
    np.testing.assert_array_equal(ALGORITHM.predict(model, validation), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_problem_is_kept_answered_and_judged(kind: Kind, tmp_path: Path) -> None:
    train, validation = both(kind)
    model = reloaded(fit(params(), train, validation), tmp_path / "model")
    evaluation, predictions = evaluate(ALGORITHM, model, validation)
    assert model.problem.kind == kind
    assert ALGORITHM.output(model).task == kind.replace("_", " ")
    assert np.isfinite(predictions).all()
    quality = {"regression": "r2", "binary_classification": "auc", "multiclass_classification": "accuracy"}[kind]
    assert evaluation.metrics[quality] > 0.6


def test_the_decision_for_a_kind_of_problem_can_be_overruled() -> None:
    assert fit(params(problem_type="regression"), table("binary_classification")).problem.kind == "regression"
    with pytest.raises(ChannelError, match=r"record 1: label -?[0-9.]+ is no class of a binary classification"):
        fit(params(problem_type="binary_classification"), table())


def test_the_decision_is_logged() -> None:
    _, log = logged(params(), table("binary_classification"))
    assert any("binary_classification" in line for line in log.lines)


def test_verbose_logs_every_so_many_rounds_and_the_best() -> None:
    model, log = logged(params(verbose="5", iterations="14", early_stopping_rounds="0"), *both())
    best = ALGORITHM.best_iteration(model)
    assert {step for step, _ in log.rounds} == {0, 5, 10, best}


def test_early_stopping_keeps_the_best_round() -> None:
    train, validation = table(rows=80), table(rows=80, seed=9)
    model, log = logged(params(iterations="400", early_stopping_rounds="3", depth="6"), train, validation)
    history = [scores["validation"]["RMSE"] for _, scores in log.rounds]
    best = int(np.argmin(history))
    assert len(history) == best + 1 + 3
    assert ALGORITHM.best_iteration(model) == best
    evaluation, _ = evaluate(ALGORITHM, model, validation)
    assert evaluation.metrics["rmse"] == pytest.approx(history[best], rel=1e-5)
    assert best_tests(log) == [pytest.approx(history[best])]


@pytest.mark.parametrize("rounds", ["0", "-1"])
def test_early_stopping_can_be_disabled(rounds: str) -> None:
    train, validation = table(rows=80), table(rows=80, seed=9)
    _, log = logged(params(iterations="60", early_stopping_rounds=rounds, depth="6"), train, validation)
    assert len(log.rounds) == 60


def test_without_validation_data_a_fifth_is_held_out() -> None:
    data = table()
    model, log = logged(params(), data)
    learned, held_out = hold_out(data, seed=1)
    assert len(held_out) == len(data) // 5
    assert any("48 of 240 records, drawn at random, are held out" in line for line in log.lines)
    np.testing.assert_array_equal(model.predict(data), fit(params(), learned, held_out).predict(data))


def test_the_hold_out_follows_the_seed() -> None:
    first, second = (logged(params(random_seed=seed), table())[1].rounds[0] for seed in ("1", "2"))
    assert first != second


def test_S02_a_request_to_stop_ends_after_the_round_with_the_best_model_so_far() -> None:
    log = Log()
    context = log.context(stopping=lambda: len(log.rounds) >= 4)
    model = fit(params(iterations="10000", early_stopping_rounds="0"), *both(), context)
    history = [scores["validation"]["RMSE"] for _, scores in log.rounds]
    assert len(history) == 4
    assert ALGORITHM.best_iteration(model) == int(np.argmin(history))
    assert len(best_tests(log)) == 1


def test_a_fault_while_a_round_is_logged_is_raised_as_it_is() -> None:
    def full(step: int, scores: object) -> None:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space left"):
        fit(params(), *both(), replace(Context(), log_round=full))


def test_nothing_is_written_where_the_job_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fit(params(), *both())
    assert list(tmp_path.iterdir()) == []


def test_the_library_does_not_write_into_the_log_by_itself(capfd: pytest.CaptureFixture[str]) -> None:
    fit(params(), *both())
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_what_the_library_needs_for_plots_alone_is_not_needed() -> None:
    """The image goes without it."""
    program = """
import sys
sys.modules.update(dict.fromkeys(["graphviz", "matplotlib", "plotly", "IPython", "ipywidgets"]))
from tests.families.catboost_jobs import fit, params, table
print(fit(params(), table()).predict(table()).shape)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert ended.stdout == "(240,)\n", ended.stderr


def test_weights_count_as_they_do_in_the_library() -> None:
    train, validation = both()
    weight = np.linspace(0.1, 3, len(train)).astype(np.float32)
    weighted = fit(params(), replace(train, weight=weight), validation)
    plain = CatBoost(params().library_settings("regression", threads=1))
    plain.fit(Pool(train.features, train.label, weight=weight), eval_set=Pool(validation.features, validation.label))
    np.testing.assert_array_equal(weighted.predict(validation), plain.predict(validation.features))
    assert not np.array_equal(weighted.predict(validation), fit(params(), train, validation).predict(validation))


def test_csv_weights_takes_the_second_column_for_the_weight(tmp_path: Path) -> None:
    data = table()
    lines = [line.split(",", 1) for line in csv(data).splitlines()]
    weighted = "".join(f"{label},{number % 3},{rest}\n" for number, (label, rest) in enumerate(lines))
    predictor = run_job(tmp_path / "ml", {"train/train.csv": weighted}, csv_weights="1")
    assert predictor.steps.artifact.manifest.signature["feature_count"] == 4


def test_missing_values_are_learned_from() -> None:
    data = table()
    features = np.array(data.features)
    features[::3, 1] = np.nan
    model = fit(params(), replace(data, features=features))
    assert np.isfinite(model.predict(Table(np.full((1, 4), np.nan, np.float32)))).all()


def test_a_channel_that_is_too_large_for_comfort_is_learned_from_and_said(tmp_path: Path) -> None:
    train, validation = both()
    mapped = np.memmap(tmp_path / "features", np.float32, "w+", shape=(240, 4))
    mapped[:] = train.features
    model, log = logged(params(), replace(train, features=mapped), validation)
    assert any("needs all of it in memory" in line for line in log.lines)
    np.testing.assert_array_equal(model.predict(validation), fit(params(), train, validation).predict(validation))


def test_the_feature_importance_is_drawn_under_the_names_of_the_columns() -> None:
    model = fit(params(), *both())
    (named,) = ALGORITHM.figures(model, {"feature_names": ["warm", "wet", "c", "d"]})
    (plain,) = ALGORITHM.figures(model, {"feature_names": []})
    assert isinstance(named, Bars)
    assert isinstance(plain, Bars)
    assert next(iter(named.values)) == "warm"
    assert next(iter(plain.values)) == "feature 0"
    assert sum(named.values.values()) == pytest.approx(100)
