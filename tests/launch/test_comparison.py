"""Which of two models is better."""

from __future__ import annotations

import math

import pytest

from launch.comparison import Measure, check, chosen, measures
from launch.errors import UsageError
from tests.launch.descriptions import ALGORITHMS, TUNING, declared_of, example, job

RMSE = Measure("validation:rmse", "validation", "Minimize")
AUC = Measure("validation:auc", "validation", "Maximize")


@pytest.mark.parametrize(
    ("measure", "old", "new", "least", "better"),
    [
        (RMSE, 10.0, 9.0, 0.0, True),
        (RMSE, 10.0, 10.0, 0.0, False),
        (RMSE, 10.0, 11.0, 0.0, False),
        (RMSE, 10.0, 9.5, 0.4, True),
        (RMSE, 10.0, 9.5, 0.6, False),
        (RMSE, 0.3, 0.2, 0.1, True),  # 0.3 - 0.2 is 0.09999999999999998
        (AUC, 0.8, 0.9, 0.0, True),
        (AUC, 0.9, 0.8, 0.0, False),
        (RMSE, 10.0, math.nan, 0.0, False),
        (RMSE, math.nan, 10.0, 0.0, True),
        (RMSE, math.nan, math.nan, 0.0, False),
        (RMSE, 10.0, math.inf, 0.0, False),
    ],
)
def test_better_is_what_the_metric_says_and_by_how_much(
    measure: Measure, old: float, new: float, least: float, better: bool
) -> None:
    assert measure.better(old, new, least) is better


@pytest.mark.parametrize(("family", "algorithm"), ALGORITHMS)
def test_every_metric_of_every_algorithm_that_compares_has_a_direction(family: str, algorithm: str) -> None:
    made = job(example(family, algorithm))
    for measure in measures(made, declared_of(made)):
        assert measure.direction in ("Minimize", "Maximize")


def test_the_tuned_metric_comes_first_and_training_metrics_last() -> None:
    made = job(tuning=TUNING | {"metric": "validation:mae"})
    names = [one.name for one in measures(made, declared_of(made))]
    assert names[0] == "validation:mae"
    channels = [name.partition(":")[0] for name in names]
    assert channels == sorted(channels, reverse=True)


def test_the_first_metric_counts_that_both_models_have_and_training_metrics_only_when_asked_for() -> None:
    known = [RMSE, AUC, Measure("train:rmse", "train", "Minimize")]
    assert chosen(known, "", {"validation:auc": 1.0, "validation:rmse": 1.0}, {"validation:auc": 1.0}) == AUC
    both = {"train:rmse": 1.0}
    assert chosen(known, "", both, both) is None
    assert chosen(known, "train:rmse", both, both) == known[2]


def test_a_metric_that_no_model_of_the_description_has_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match=r"--metric validation:rsme: .*validation:rmse, validation:auc"):
        check([RMSE, AUC], "validation:rsme")
