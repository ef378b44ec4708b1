"""Which models linear-learner trains side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from containers.sklearn.linear_learner.algorithm import ALGORITHM
from containers.sklearn.linear_learner.candidates import Candidates, candidates
from containers.sklearn.linear_learner.hyperparameters import LinearLearnerHyperparameters
from containers.sklearn.linear_learner.scaling import measure
from contract.errors import HyperparameterError
from contract.hyperparameters import parse
from contract.tables.data import Table
from tests.families.job_log import Log
from tests.families.linear_learner_jobs import fit, params, table


def models(given: LinearLearnerHyperparameters, is_judged: bool = True, steps: int = 150) -> Candidates:
    return candidates(given, measure(given, table(given.predictor_type)), steps, 4.0, is_judged)


def test_thirty_two_models_differ_in_rate_and_where_they_can_be_judged_in_regularisation() -> None:
    judged, not_judged = models(params()), models(params(), is_judged=False)
    assert (len(judged), len(not_judged)) == (32, 32)
    assert len(np.unique(judged.learning_rate)) == 8
    assert {(0, 0), (1e-4, 0), (1e-2, 0), (0, 1e-4)} == set(zip(judged.wd, judged.l1, strict=True))
    assert len(np.unique(not_judged.learning_rate)) == 32
    assert not not_judged.wd.any()


def test_settings_that_are_given_are_not_varied() -> None:
    assert len(models(params(learning_rate="0.1", wd="0.2", l1="0"))) == 1
    assert len(models(params(learning_rate="0.1", wd="0.2"))) == 2
    several = models(params(learning_rate="0.1", wd="0.2", l1="0", num_models="5"))
    assert several.learning_rate.tolist() == [0.1] * 5
    assert several.wd.tolist() == [0.2] * 5


@pytest.mark.parametrize(("given", "expected"), [("auto", {1, 2, 4}), ("balanced", {4}), ("7", {7})])
def test_the_weight_of_positive_records_is_given_balanced_or_varied(given: str, expected: set[float]) -> None:
    assert set(models(params("binary_classifier", positive_example_weight_mult=given)).positive) == expected


def test_a_tuning_job_trains_one_model() -> None:
    tuned = parse(
        LinearLearnerHyperparameters,
        {"predictor_type": "regressor", "num_models": "9", "_tuning_objective_metric": "validation:objective_loss"},
    )
    assert len(models(tuned)) == 1


def test_models_beyond_memory_are_refused_and_fewer_are_chosen_by_default() -> None:
    wide = Table(np.zeros((2, 3000), np.float32), np.zeros(2, np.float32))
    few = params("multiclass_classifier")
    with pytest.raises(HyperparameterError, match="GB of memory"):
        candidates(replace(few, num_classes=1_000_000), measure(few, wide), 10, 1.0, True)
    assert 1 <= len(candidates(replace(few, num_classes=10_000), measure(few, wide), 10, 1.0, True)) < 32


def test_a_rate_that_is_too_high_costs_its_model_and_not_the_job() -> None:
    data = table()
    for validation in (None, table(seed=8)):
        log = Log()
        given = params(optimizer="sgd", normalize_data="false", unbias_data="false", mini_batch_size="10", epochs="60")
        model = fit(given, data, validation, log.context())
        assert np.isfinite(ALGORITHM.predict(model, data)).all()
        assert all(np.isfinite(scores["train"]["mse_objective"]) for _, scores in log.rounds)
    with pytest.raises(HyperparameterError, match="every model diverged"):
        fit(params(optimizer="sgd", learning_rate="1e6", mini_batch_size="10", epochs="30"), data)
