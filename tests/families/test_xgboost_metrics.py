"""Every metric with every objective: refused with the reason, or computed under the name that was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from containers.xgboost import metric_names
from containers.xgboost.boosting import ALGORITHM
from containers.xgboost.hyperparameters import OBJECTIVES, XGBoostHyperparameters
from contract.errors import ChannelError, HyperparameterError
from contract.metrics import MAXIMISE
from contract.tables.data import Table
from tests.families.xgboost_jobs import fit, logged, params, table

pytestmark = pytest.mark.filterwarnings("ignore:.*only positive or negative samples")

DOCUMENTED_MAXIMISE = """
    accuracy auc aucpr balanced_accuracy f1 f1_binary f1_macro map ndcg precision precision_macro precision_micro r2
    recall recall_macro recall_micro
"""
DOCUMENTED_MINIMISE = """
    aft-nloglik cox-nloglik error gamma-deviance gamma-nloglik interval-regression-accuracy logloss mae mape merror
    mlogloss mphe mse poisson-nloglik rmse rmsle tweedie-nloglik
"""
WITH_PARAMETER = ["error@0.7", "error@0.5", "error@.70", "ndcg@3", "ndcg@3-", "map@2"]
METRICS = [*DOCUMENTED_MAXIMISE.split(), *DOCUMENTED_MINIMISE.split(), *WITH_PARAMETER]
OF_CLASSES = "accuracy balanced_accuracy f1 f1_binary f1_macro precision precision_macro recall recall_macro".split()


def _params(objective: str, eval_metric: str, **more: str) -> XGBoostHyperparameters:
    classes = {"num_class": "3"} if objective.startswith("multi:") else {}
    return params(objective=objective, eval_metric=eval_metric, **classes, **more)


def test_the_metrics_are_the_documented_ones_and_each_knows_its_better_side() -> None:
    assert {*DOCUMENTED_MAXIMISE.split(), *DOCUMENTED_MINIMISE.split()} == metric_names.LIBRARY | metric_names.OURS
    assert set(DOCUMENTED_MAXIMISE.split()) <= MAXIMISE
    assert not set(DOCUMENTED_MINIMISE.split()) & MAXIMISE
    for names, direction in ((DOCUMENTED_MAXIMISE, "Maximize"), (DOCUMENTED_MINIMISE, "Minimize")):
        assert {metric_names.DIRECTIONS[name] for name in names.split()} == {direction}


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if name != "reg:linear"])
def test_a_metric_is_refused_as_the_users_mistake_or_logged_under_its_own_name(objective: str) -> None:
    train, validation = table(objective, rows=120), table(objective, rows=60, seed=4)
    computed = 0
    for metric in METRICS:
        try:
            given = _params(objective, metric, num_round="2")
            _, log = logged(given, train, validation)
        except (HyperparameterError, ChannelError) as error:
            assert metric in str(error)  # noqa: PT017
            continue
        assert [list(scores["validation"]) for _, scores in log.rounds] == [[metric], [metric]]
        computed += 1
    assert computed >= 10


@pytest.mark.parametrize(
    ("objective", "metric"),
    [
        ("binary:logistic", "error@0.5"),
        ("binary:logistic", "error@.70"),
        ("binary:logistic", "error@0.123456789"),
        ("binary:logistic", "auc,error@0.5,error"),
        ("binary:logistic", "accuracy,logloss"),
        ("rank:ndcg", "ndcg@5-"),
        ("rank:map", "ndcg,map@3"),
        ("reg:tweedie", "rmse,tweedie-nloglik"),
        ("multi:softprob", "mlogloss,f1_macro,merror"),
        ("binary:hinge", "f1_binary"),
    ],
)
def test_early_stopping_follows_a_metric_in_any_spelling(objective: str, metric: str) -> None:
    given = _params(objective, metric, early_stopping_rounds="3", num_round="40", eta="0.9")
    model, log = logged(given, table(objective, rows=60), table(objective, rows=60, seed=9))
    names = metric.split(",")
    assert list(log.rounds[0][1]["validation"]) == names
    history = [scores["validation"][names[-1]] for _, scores in log.rounds]
    better = np.argmax if names[-1].partition("@")[0] in MAXIMISE else np.argmin
    assert ALGORITHM.best_iteration(model) == better(history)


def test_the_power_of_tweedie_is_that_of_the_metric_too() -> None:
    data = table("reg:tweedie")
    given = _params("reg:tweedie", "tweedie-nloglik", tweedie_variance_power="1.3")
    model, log = logged(given, data, data)
    predicted = ALGORITHM.predict(model, data).astype(np.float64)
    assert data.label is not None
    expected = (-data.label * predicted**-0.3 / -0.3 + predicted**0.7 / 0.7).mean()
    assert log.rounds[-1][1]["validation"]["tweedie-nloglik"] == pytest.approx(expected, rel=1e-5)


def test_the_metric_of_the_tuner_is_logged_and_followed() -> None:
    given = params(_tuning_objective_metric="validation:mae", eval_metric="mae,rmse", early_stopping_rounds="2")
    model, log = logged(given, table(rows=60), table(rows=60, seed=9))
    assert list(log.rounds[0][1]["validation"]) == ["rmse", "mae"]
    assert ALGORITHM.best_iteration(model) == np.argmin([scores["validation"]["mae"] for _, scores in log.rounds])


def test_the_round_in_which_early_stopping_ends_the_training_is_logged() -> None:
    patience = 4
    given = params(num_round="300", early_stopping_rounds=str(patience), eta="0.9", max_depth="8")
    model, log = logged(given, table(rows=60), table(rows=60, seed=9))
    best = ALGORITHM.best_iteration(model)
    assert best is not None
    assert [step for step, _ in log.rounds] == list(range(best + patience + 1))


def _of_one_class() -> tuple[Table, Table]:
    train, validation = table("binary:logistic"), table("binary:logistic", rows=20)
    assert validation.label is not None
    validation.label[:] = 1
    return train, validation


@pytest.mark.parametrize("follower", [{"early_stopping_rounds": "3"}, {"_tuning_objective_metric": "validation:auc"}])
def test_a_metric_that_is_followed_must_be_a_number(follower: dict[str, str]) -> None:
    with pytest.raises(ChannelError, match=r"'validation': the metric auc .*both classes"):
        fit(_params("binary:logistic", "auc", **follower), *_of_one_class())


def test_a_metric_that_nobody_follows_may_be_undefined() -> None:
    _, log = logged(_params("binary:logistic", "auc"), *_of_one_class())
    assert np.isnan(log.rounds[-1][1]["validation"]["auc"])


@pytest.mark.parametrize("objective", ["binary:logistic", "binary:logitraw", "binary:hinge"])
def test_metrics_of_binary_classes_are_those_of_scikit_learn(objective: str) -> None:
    train, data = table(objective), table(objective, rows=90, seed=8)
    model, log = logged(_params(objective, ",".join(OF_CLASSES)), train, data)
    label, predicted = data.label, ALGORITHM.predict(model, data) > (0 if objective == "binary:logitraw" else 0.5)
    expected = {
        "accuracy": reference.accuracy_score(label, predicted),
        "balanced_accuracy": reference.balanced_accuracy_score(label, predicted),
        "f1": reference.f1_score(label, predicted, average="macro"),
        "f1_binary": reference.f1_score(label, predicted),
        "f1_macro": reference.f1_score(label, predicted, average="macro"),
        "precision": reference.precision_score(label, predicted),
        "precision_macro": reference.precision_score(label, predicted, average="macro"),
        "recall": reference.recall_score(label, predicted),
        "recall_macro": reference.recall_score(label, predicted, average="macro"),
    }
    assert log.rounds[-1][1]["validation"] == pytest.approx(expected)


@pytest.mark.parametrize("metric", ["auc", "aucpr", "map", "map@3"])
def test_graded_relevance_is_refused_for_metrics_of_two_grades(metric: str) -> None:
    with pytest.raises(ChannelError, match=rf"'train', record \d+: label \d does not fit metric {metric}.*0 or 1"):
        fit(_params("rank:ndcg", metric), table("rank:ndcg"))
