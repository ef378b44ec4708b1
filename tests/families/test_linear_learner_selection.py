"""Which of several models linear-learner keeps."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from containers.sklearn.linear_learner.calibration import Criterion, select
from containers.sklearn.linear_learner.candidates import candidates
from containers.sklearn.linear_learner.losses import Loss
from containers.sklearn.linear_learner.scaling import measure
from containers.sklearn.linear_learner.task import Task
from containers.sklearn.linear_learner.training import Trained
from contract.tables.data import Table
from tests.families.linear_learner_jobs import params, table
from tests.families.test_linear_learner_calibration import BINARY, by_trial


def several() -> tuple[Task, Trained, Table]:
    """Models that each see something else of the label, so that every criterion has a winner of its own.

    The first knows 60 % of the positive records for certain, the second all negative ones but a fifth, the third, of
    the lowest loss, nothing; the fourth diverged.
    """
    random = np.random.default_rng(1)
    label = (random.random(4000) < 0.3).astype(np.float32)
    sure = 3 * (label * (random.random(4000) < 0.6)) + 0.1 * random.normal(size=4000)
    excluded = 3 * (label + (1 - label) * (random.random(4000) < 0.2)) + 0.1 * random.normal(size=4000)
    judge = Table(np.column_stack([sure, excluded]).astype(np.float32), label)
    given = params(BINARY, normalize_data="false", unbias_data="false", learning_rate="0.1", num_models="4")
    scaling = measure(given, judge)
    models = candidates(given, scaling, 10, 1.0, False)
    trained = Trained(np.zeros((3, 4, 1)))
    trained.parameters[:, :, 0] = np.array([[1, 0, 0, 0], [0, 1, 0, 1], [-1, -1, 0, 0]])
    trained.losses = np.array([0.4, 0.3, 0.2, np.inf])
    return Task(given, Loss("logistic"), scaling, models, np.empty((0, 4))), trained, judge


WINNERS = {
    "accuracy": 0,
    "f_beta": 1,
    "precision_at_target_recall": 1,
    "recall_at_target_precision": 0,
    "loss_function": 2,
}


@pytest.mark.parametrize("at_once", [1, 8000, 1 << 23])
@pytest.mark.parametrize("name", WINNERS)
def test_of_several_models_the_best_by_the_criterion_is_kept(
    name: str, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("containers.sklearn.linear_learner.calibration.SCORES_AT_ONCE", at_once)
    task, trained, judge = several()
    task = replace(task, params=replace(task.params, binary_classifier_model_selection_criteria=name, f_beta=2.0))
    assert judge.label is not None
    label, criterion = judge.label.astype(np.int64), Criterion.of(task.params)
    if name != "loss_function":
        scores = np.round(task.scores(trained.parameters, task.records(judge, slice(None))[0]), 1)
        values = [by_trial(criterion, label, scores[:, model, 0]) for model in range(3)]
        assert int(np.argmax(values)) == WINNERS[name]
    assert select(task, trained, judge) == WINNERS[name]


def test_a_weight_of_positive_records_that_is_varied_is_chosen_by_the_loss_that_counts_all_alike() -> None:
    """Weighted losses do not compare: they would praise the weight under which the easy class counts most."""
    task, trained, judge = several()
    varied = replace(
        task.params, positive_example_weight_mult="auto", binary_classifier_model_selection_criteria="loss_function"
    )
    scores = task.scores(trained.parameters, task.records(judge, slice(None))[0])[:, :3]
    assert judge.label is not None
    plain = task.loss(scores, judge.label.astype(np.float64))[0].mean(axis=0)
    assert plain.argmin() != trained.losses.argmin()
    assert select(replace(task, params=varied), trained, judge) == plain.argmin()


def test_the_scores_of_all_models_are_never_in_memory_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("containers.sklearn.linear_learner.calibration.SCORES_AT_ONCE", 20_000)
    judge = table(BINARY, rows=20_000)
    given = params(BINARY, num_models="64")
    scaling = measure(given, judge)
    models = candidates(given, scaling, 10, 1.0, False)
    trained = Trained(np.random.default_rng(0).normal(size=(5, 64, 1)))
    trained.losses = np.arange(64.0)
    task = Task(given, Loss("logistic"), scaling, models, np.empty((0, 64)))
    tracemalloc.start()
    try:
        select(task, trained, judge)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 20_000 * 8
