"""What xgboost learns: as the plain library, for every objective and booster."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xgboost

from containers.xgboost.boosting import ALGORITHM
from containers.xgboost.hyperparameters import OBJECTIVES
from containers.xgboost.metric_names import XGBoostLog
from contract.answer import RequestOptions
from contract.context import Context
from contract.errors import ChannelError, HyperparameterError, Stopped
from contract.tables.data import Table
from tests.families.evaluation import evaluate
from tests.families.xgboost_jobs import fit, logged, params, reloaded, table

DECLARED_REGEX = r".*\[[0-9]+\].*#011validation-{}:(\S+)"


def _given(objective: str, **more: str) -> dict[str, str]:
    classes = {"num_class": "3"} if objective.startswith("multi:") else {}
    return {"objective": objective, **classes, **more}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_trains_keeps_answers_and_is_judged(objective: str, tmp_path: Path) -> None:
    train, validation = table(objective), table(objective, rows=60, seed=4)
    model = fit(params(**_given(objective)), train, validation)
    loaded = reloaded(model, tmp_path / "model")
    evaluation, predictions = evaluate(ALGORITHM, loaded, validation)
    answer = ALGORITHM.output(loaded).answer(predictions, validation, RequestOptions())
    np.testing.assert_array_equal(predictions, ALGORITHM.predict(model, validation))
    assert np.isfinite(predictions).all()
    assert len(answer) == len(validation)
    assert bool(evaluation.metrics) is not objective.startswith(("rank:", "survival:"))


@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
@pytest.mark.parametrize("tree_method", ["auto", "exact", "approx", "hist"])
def test_every_booster_predicts_as_the_plain_library(booster: str, tree_method: str, tmp_path: Path) -> None:
    data = table()
    given = {"booster": booster, "seed": "5", "nthread": "1"}
    if booster != "gblinear":
        given |= {"tree_method": tree_method, "subsample": "0.7", "colsample_bytree": "0.75", "eta": "0.4"}
    else:
        given |= {"updater": "coord_descent", "max_depth": ""}
    if booster == "dart":
        given |= {"rate_drop": "0.3", "one_drop": "1"}
    model = reloaded(fit(params(**given), data), tmp_path / "model")
    plain = {"objective": "reg:squarederror", "max_depth": "3", **given}
    if booster == "gblinear":
        del plain["max_depth"]
    expected = xgboost.train(plain, xgboost.DMatrix(data.features, label=data.label), 6)
    np.testing.assert_allclose(
        ALGORITHM.predict(model, data), expected.predict(xgboost.DMatrix(data.features)), rtol=1e-6, atol=1e-6
    )


def test_hyperparameters_that_the_library_has_dropped_are_accepted_in_silence(
    capfd: pytest.CaptureFixture[str],
) -> None:
    given = {
        "sketch_eps": "0.1", "predictor": "gpu_predictor", "dsplit": "col", "lambda_bias": "0.1",
        "deterministic_histogram": "true", "prob_buffer_row": "2",
    }  # fmt: skip
    fit(params(**given), table())
    captured = capfd.readouterr()
    assert "not used" not in captured.out + captured.err


def test_weights_count_as_they_do_in_the_library() -> None:
    data = table()
    weight = np.linspace(0.1, 3, len(data)).astype(np.float32)
    weighted = replace(data, weight=weight)
    matrix = xgboost.DMatrix(data.features, label=data.label, weight=weight)
    expected = xgboost.train({"max_depth": 3, "nthread": 1}, matrix, 6).predict(xgboost.DMatrix(data.features))
    np.testing.assert_allclose(ALGORITHM.predict(fit(params(), weighted), data), expected, rtol=1e-6, atol=1e-6)
    assert not np.array_equal(ALGORITHM.predict(fit(params(), data), data), expected)


@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
def test_early_stopping_keeps_the_best_round(booster: str) -> None:
    depth = "" if booster == "gblinear" else "6"
    drop = {"rate_drop": "0.5", "one_drop": "1", "seed": "3"} if booster == "dart" else {}
    given = params(booster=booster, num_round="200", early_stopping_rounds="3", eta="0.7", max_depth=depth, **drop)
    train, validation = table(rows=60), table(rows=60, seed=9)
    model, log = logged(given, train, validation)
    history = [scores["validation"]["rmse"] for _, scores in log.rounds]
    best = int(np.argmin(history))
    assert len(history) < 200
    evaluation, _ = evaluate(ALGORITHM, model, validation)
    assert evaluation.metrics["rmse"] == pytest.approx(history[best], rel=1e-5)
    assert ALGORITHM.best_iteration(model) == best


def test_early_stopping_follows_the_last_metric_whichever_way_is_better() -> None:
    given = params(
        objective="binary:logistic", eval_metric="logloss,accuracy", early_stopping_rounds="4", num_round="60"
    )
    train, validation = table("binary:logistic", rows=80), table("binary:logistic", rows=60, seed=8)
    model, log = logged(given, train, validation)
    accuracies = [scores["validation"]["accuracy"] for _, scores in log.rounds]
    assert ALGORITHM.best_iteration(model) == int(np.argmax(accuracies))


def test_early_stopping_without_validation_is_refused() -> None:
    with pytest.raises(ChannelError, match="validation"):
        fit(params(early_stopping_rounds="3"), table())


@pytest.mark.parametrize(
    ("objective", "metrics"),
    [
        ("reg:squarederror", "rmse,mae,mape,mphe,mse,r2"),
        ("binary:logistic", "logloss,error,error@0.7,auc,aucpr,accuracy,balanced_accuracy,f1,f1_binary,f1_macro"),
        ("binary:hinge", "error,precision,precision_macro,precision_micro,recall,recall_macro,recall_micro"),
        ("multi:softprob", "mlogloss,merror,accuracy,f1,f1_macro,precision_macro,recall_micro"),
        ("multi:softmax", "merror,accuracy,balanced_accuracy"),
        ("rank:ndcg", "ndcg,ndcg@5"),
        ("rank:map", "map,map@3,auc"),
        ("reg:tweedie", "tweedie-nloglik,rmse"),
        ("count:poisson", "poisson-nloglik,rmsle"),
        ("reg:gamma", "gamma-deviance,gamma-nloglik"),
        ("survival:aft", "aft-nloglik,interval-regression-accuracy"),
        ("survival:cox", "cox-nloglik"),
    ],
)
def test_T12_every_metric_asked_for_is_logged_so_that_the_declared_regex_finds_a_number(
    objective: str, metrics: str
) -> None:
    given = params(**_given(objective, eval_metric=metrics))
    _, log = logged(given, table(objective), table(objective, rows=60, seed=4))
    step, scores = log.rounds[-1]
    (line,) = XGBoostLog().lines("algo-1", step, scores)
    for metric in metrics.split(","):
        found = re.search(DECLARED_REGEX.format(re.escape(metric)), line)
        assert found, f"{metric} in {line}"
        assert np.isfinite(float(found.group(1)))


def test_monotone_constraints_hold() -> None:
    data = table()
    model = fit(params(monotone_constraints="(-1,0,0,0)", tree_method="hist", num_round="20"), data)
    line = np.zeros((50, 4), dtype=np.float32)
    line[:, 0] = np.linspace(-3, 3, 50)
    assert (np.diff(ALGORITHM.predict(model, Table(line))) <= 0).all()


def test_interaction_constraints_hold() -> None:
    model = fit(params(interaction_constraints="[[1,2],[3]]", tree_method="hist", num_round="20"), table())
    frame = model.boosters[0].get_dump(dump_format="text")
    for tree in frame:
        used = {int(number) for number in re.findall(r"\[f(\d+)<", tree)}
        assert used <= {1, 2} or used <= {3} or used == {0}


def test_constraints_on_columns_that_are_not_there_are_refused() -> None:
    with pytest.raises(HyperparameterError, match="monotone_constraints"):
        fit(params(monotone_constraints="(0,0,0,0,1)", tree_method="hist"), table())
    with pytest.raises(HyperparameterError, match="interaction_constraints"):
        fit(params(interaction_constraints="[[1,4]]", tree_method="hist"), table())


@pytest.mark.parametrize("keep", ["true", "false"])
def test_S02_a_request_to_stop_ends_after_the_round(keep: str) -> None:
    seen: list[int] = []
    context = replace(Context(), log_round=lambda step, scores: seen.append(step), stopping=lambda: len(seen) >= 4)
    given = params(num_round="100", save_model_on_termination=keep)
    if keep == "true":
        assert ALGORITHM.best_iteration(fit(given, table(), None, context)) == 3
    else:
        with pytest.raises(Stopped, match="save_model_on_termination"):
            fit(given, table(), None, context)


@pytest.mark.parametrize(
    ("objective", "label"),
    [
        ("binary:logistic", 2.0),
        ("multi:softmax", 3.0),
        ("multi:softmax", 0.5),
        ("reg:logistic", 1.5),
        ("reg:gamma", 0.0),
        ("reg:tweedie", -1.0),
        ("count:poisson", -1.0),
        ("reg:squaredlogerror", -1.0),
        ("rank:ndcg", -1.0),
        ("survival:aft", -1.0),
    ],
)
def test_a_label_that_does_not_fit_the_objective_is_named(objective: str, label: float) -> None:
    data = table(objective)
    assert data.label is not None
    data.label[6] = label
    with pytest.raises(ChannelError, match=rf"'train', record 7: label {label:g} does not fit objective {objective}"):
        fit(params(**_given(objective)), data)


class TestCrossValidation:
    """``_kfold``."""

    def test_there_is_a_model_a_fold_and_a_prediction_a_row(self, tmp_path: Path) -> None:
        data = table("binary:logistic", rows=100)
        given = params(objective="binary:logistic", _kfold="4", _num_cv_round="2")
        model = fit(given, data, None, replace(Context(), output=tmp_path / "out"))
        assert len(model.boosters) == 8
        rows = np.loadtxt(tmp_path / "out" / "predictions.csv", delimiter=",")
        np.testing.assert_array_equal(rows[:, 0], data.label)
        np.testing.assert_array_equal(rows[:, 2], rows[:, 1] > 0.5)
        assert (rows[:, 2] == rows[:, 0]).mean() > 0.7

    def test_its_files_are_numbered_and_read_in_order(self, tmp_path: Path) -> None:
        model = fit(params(_kfold="11"), table(), None, replace(Context(), output=tmp_path))
        loaded = reloaded(model, tmp_path / "model")
        names = {path.name for path in (tmp_path / "model").iterdir()}
        assert names == {f"xgboost-model-{number}" for number in range(11)}
        np.testing.assert_array_equal(ALGORITHM.predict(loaded, table()), ALGORITHM.predict(model, table()))
        assert [b.save_raw() for b in loaded.boosters] == [b.save_raw() for b in model.boosters]

    def test_numbers_are_averaged_and_classes_are_voted(self, tmp_path: Path) -> None:
        context = replace(Context(), output=tmp_path)
        data = table()
        model = fit(params(_kfold="3"), data, None, context)
        each = [booster.inplace_predict(data.features) for booster in model.boosters]
        np.testing.assert_allclose(ALGORITHM.predict(model, data), np.mean(each, axis=0), rtol=1e-5, atol=1e-6)
        data = table("multi:softmax")
        model = fit(params(objective="multi:softmax", num_class="3", _kfold="3"), data, None, context)
        votes = np.stack([booster.inplace_predict(data.features) for booster in model.boosters]).astype(int)
        expected = [np.bincount(column, minlength=3).argmax() for column in votes.T]
        np.testing.assert_array_equal(ALGORITHM.predict(model, data), expected)

    def test_a_request_to_stop_keeps_no_ensemble_of_some_folds(self, tmp_path: Path) -> None:
        context = replace(Context(), output=tmp_path, stopping=lambda: True)
        with pytest.raises(Stopped, match="folds"):
            fit(params(_kfold="3", save_model_on_termination="true"), table(), None, context)

    def test_the_mean_scores_are_logged(self, tmp_path: Path) -> None:
        log: list[object] = []
        context = replace(Context(), output=tmp_path, log_round=lambda step, scores: log.append(scores))
        fit(params(_kfold="3"), table(), None, context)
        assert len(log) == 1
        assert "rmse" in str(log[0])


@pytest.mark.parametrize("tree_method", ["auto", "exact", "approx", "hist"])
def test_every_tree_method_keeps_the_constraints_on_columns(tree_method: str) -> None:
    """Column 0 may only lower the answer, and no path of a tree leads through columns of two groups."""
    given = {"monotone_constraints": "(-1,0,0,0)", "interaction_constraints": "[[0,1],[2,3]]"}
    model = fit(params(tree_method=tree_method, **given), table())
    grid = np.zeros((50, 4), np.float32)
    grid[:, 0] = np.linspace(-3, 3, 50)
    assert (np.diff(model.predict(Table(grid))) <= 0).all()
    frame = model.boosters[0].trees_to_dataframe()
    used = frame[frame["Feature"] != "Leaf"].groupby("Tree")["Feature"].agg(set)
    assert len(used)
    assert all(columns <= {"f0", "f1"} or columns <= {"f2", "f3"} for columns in used)


def test_a_negative_base_score_is_the_first_prediction() -> None:
    model = fit(params(base_score="-7", eta="0"), table())
    np.testing.assert_allclose(model.predict(table()), -7)


def test_threads_of_0_or_less_are_all_processors() -> None:
    assert params(nthread="-1").library_settings(threads=3)["nthread"] == 3
    assert params(nthread="2").library_settings(threads=3)["nthread"] == 2


def test_the_folds_of_a_negative_seed_are_drawn_too(tmp_path: Path) -> None:
    context = Context(output=tmp_path)
    assert len(fit(params(_kfold="2", seed="-5"), table(), context=context).boosters) == 2
