from __future__ import annotations

import json

import numpy as np
import pytest

from contract.tables.moments import Moments


@pytest.fixture
def cells() -> np.ndarray:
    """Three columns of very different spread; a third of the first one is missing."""
    cells = np.random.default_rng(1).normal(5, [1, 1e-3, 1e6], size=(500, 3))
    cells[::3, 0] = np.nan
    return cells


def test_parts_give_the_moments_of_the_whole(cells: np.ndarray) -> None:
    together = Moments.none(3) + Moments.of(cells[:7]) + Moments.of(cells[7:8]) + Moments.of(cells[8:])
    np.testing.assert_allclose(together.mean, np.nanmean(cells, axis=0))
    np.testing.assert_allclose(together.deviation, np.nanstd(cells, axis=0))
    np.testing.assert_array_equal(together.missing, [167, 0, 0])
    np.testing.assert_array_equal(together.low, np.nanmin(cells, axis=0))
    np.testing.assert_array_equal(together.high, np.nanmax(cells, axis=0))


def test_filled_cells_count_as_values_and_others_stay_missing(cells: np.ndarray) -> None:
    cells[:5, 1] = np.nan
    filled = Moments.of(cells).filled(np.array([2.0, np.nan, 0.0]))
    np.testing.assert_allclose(filled.mean[0], np.where(np.isnan(cells[:, 0]), 2, cells[:, 0]).mean())
    np.testing.assert_array_equal(filled.missing, [0, 5, 0])
    np.testing.assert_array_equal(filled.count, [500, 495, 500])


def test_a_column_without_values_is_harmless() -> None:
    empty = Moments.of(np.full((4, 1), np.nan))
    full = Moments.of(np.array([[1.0], [3.0]]))
    np.testing.assert_array_equal((empty + full).mean, [2])
    assert np.isnan(empty.low).all()


def test_a_constant_column_has_no_deviation_whatever_rounding_leaves() -> None:
    assert Moments.of(np.full((3, 1), 0.1)).deviation == [0]


def test_another_host_gets_the_same_numbers(cells: np.ndarray) -> None:
    told = json.loads(json.dumps((Moments.none(3) + Moments.of(cells)).as_json()))
    for name, values in vars(Moments.from_json(told)).items():
        np.testing.assert_array_equal(values, getattr(Moments.of(cells), name))
