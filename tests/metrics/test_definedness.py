"""What metrics do where the data leaves them undefined, and what names and curves promise."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from contract.metrics import (
    BINARY,
    CLASSES,
    MAXIMISE,
    MULTICLASS,
    MULTILABEL,
    REGRESSION,
    precision_recall_curve,
    roc_curve,
    thin,
)
from contract.metrics.binary import error_at


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("only", [0, 1])
@pytest.mark.parametrize("name", ["auc", "aucpr"])
def test_areas_are_not_defined_where_only_one_class_occurs(name: str, only: int) -> None:
    assert math.isnan(BINARY[name](np.full(5, only), np.linspace(0, 1, 5), None))


def test_a_percentage_of_a_label_that_is_zero_is_not_finite() -> None:
    assert math.isinf(REGRESSION["mape"](np.array([0.0, 1.0]), np.array([1.0, 1.0]), None))


def test_a_logarithm_of_a_number_below_minus_one_is_not_defined() -> None:
    assert math.isnan(REGRESSION["rmsle"](np.array([1.0, 2.0]), np.array([-3.0, 2.0]), None))


@pytest.mark.parametrize("name", sorted(REGRESSION))
def test_rows_that_all_weigh_nothing_leave_every_regression_metric_undefined(name: str) -> None:
    label = np.array([1.0, 2.0, 3.0])
    assert math.isnan(REGRESSION[name](label, label + 1, np.zeros(3)))


@pytest.mark.parametrize("name", sorted(REGRESSION))
def test_a_row_of_weight_two_counts_like_two_rows(name: str) -> None:
    label, prediction = np.array([1.0, 4.0, 2.0]), np.array([2.0, 3.0, 5.0])
    twice = REGRESSION[name](label[[0, 1, 1, 2]], prediction[[0, 1, 1, 2]], None)
    assert REGRESSION[name](label, prediction, np.array([1, 2, 1])) == pytest.approx(twice)


def test_areas_of_perfect_and_of_constant_scores_are_known() -> None:
    label = np.array([0, 1, 0, 1])
    assert BINARY["auc"](label, label, None) == BINARY["aucpr"](label, label, None) == 1
    assert BINARY["auc"](label, np.full(4, 0.3), None) == BINARY["aucpr"](label, np.full(4, 0.3), None) == 0.5


def test_a_parameter_moves_the_threshold() -> None:
    score = np.array([0.6, 0.6])
    assert BINARY["error"](np.array([1, 0]), score) == 0.5
    assert error_at(0.7)(np.array([1, 1]), score) == 1


def test_larger_is_better_for_scores_and_smaller_for_errors() -> None:
    everything = set(REGRESSION) | set(BINARY) | set(MULTICLASS) | set(CLASSES) | set(MULTILABEL)
    assert everything - MAXIMISE == {
        "rmse", "mse", "mae", "mape", "rmsle", "mphe", "poisson-nloglik", "gamma-nloglik", "gamma-deviance",
        "tweedie-nloglik", "logloss", "error", "mlogloss", "merror",
    }  # fmt: skip


def test_curves_of_many_scores_are_thinned_and_keep_their_ends_and_their_shape() -> None:
    rng = np.random.default_rng(0)
    label = (rng.random(50_000) < 0.1).astype(np.float32)
    score = rng.random(50_000) + 0.5 * label
    false, true = roc_curve(label, score)
    assert len(false) == len(true) <= 500
    assert (false[0], true[0], false[-1], true[-1]) == (0, 0, 1, 1)
    area = float(np.sum(np.diff(false) * (true[1:] + true[:-1]) / 2))
    assert area == pytest.approx(BINARY["auc"](label, score, None), abs=1e-4)
    recall, precision = precision_recall_curve(label, score)
    assert len(recall) <= 500
    assert (recall[0], recall[-1]) == (0, 1)
    assert precision[-1] == pytest.approx(label.mean())


def test_curves_of_a_single_class_hold_no_finite_point() -> None:
    false, true = roc_curve(np.ones(3), np.array([0.1, 0.2, 0.3]))
    assert not (np.isfinite(false) & np.isfinite(true)).any()


def test_thinning_keeps_a_short_curve_as_it_is_and_orders_a_long_one() -> None:
    x = np.arange(1000.0)
    assert thin(x[:500], x[:500])[0].tolist() == x[:500].tolist()
    kept, _ = thin(x, np.where(x == 700, np.nan, x))
    assert len(kept) <= 500
    assert (np.diff(kept) > 0).all()
    assert (kept[0], kept[-1]) == (0, 999)
