"""Anomaly scores against slow references, and how the trees under them grow."""

from __future__ import annotations

import math

import numpy as np
import pytest

from containers.sklearn.random_cut_forest import growth
from containers.sklearn.random_cut_forest.forest import Forest
from containers.sklearn.random_cut_forest.growth import grow, sample_size
from containers.sklearn.random_cut_forest.scores import score
from tests.families.random_cut_forest_jobs import exact_depth_score, rows, slow_score

RANDOM = 12


def forest_of(sample: np.ndarray, trees: int) -> Forest:
    return grow(sample, trees, np.random.default_rng(RANDOM))


@pytest.mark.parametrize("columns", [1, 3])
def test_scores_are_those_of_a_walk_through_every_tree(columns: int) -> None:
    sample = np.round(rows(120, columns), 1)
    queries = np.concatenate([np.round(rows(20, columns, seed=9), 1), sample[:20], [[40] * columns]]).astype(np.float32)
    forest = forest_of(sample, 6)
    assert score(forest, queries).tolist() == pytest.approx([slow_score(forest, one) for one in queries], rel=1e-6)


def test_scores_of_so_many_features_that_trees_are_visited_in_groups() -> None:
    sample = rows(200, 5000)
    forest = forest_of(sample, 50)
    queries = rows(2, 5000, seed=8)
    assert score(forest, queries).tolist() == pytest.approx([slow_score(forest, one) for one in queries], rel=1e-6)


def test_the_mean_over_many_trees_is_the_expectation_over_all_trees_there_are() -> None:
    sample = [(0.0, 0.0), (1.0, 0.0), (1.5, 2.0), (1.75, 1.0)]
    forest = forest_of(np.tile(np.array(sample, np.float32), (20_000, 1)), 20_000)
    for point in [(4.0, 1.0), (1.25, 0.5), (-1.0, 3.0)]:
        expected = exact_depth_score(sample, point) * math.log2(len(sample) + 1)
        assert score(forest, np.array([point], np.float32))[0] == pytest.approx(expected, rel=5e-3)


def test_a_feature_is_cut_in_proportion_to_its_range_and_anywhere_in_it() -> None:
    forest = forest_of(np.tile(np.array([[0, 0], [3, 1]], np.float32), (20_000, 1)), 20_000)
    first = forest.dimension[forest.roots] == 0
    assert first.mean() == pytest.approx(0.75, abs=0.01)
    places = forest.cut[forest.roots][first]
    assert np.histogram(places, bins=3, range=(0, 3))[0] / len(places) == pytest.approx([1 / 3] * 3, abs=0.02)


def test_outliers_score_highest_and_the_farther_the_higher() -> None:
    forest = forest_of(rows(50 * 64), 50)
    scores = score(forest, np.concatenate([rows(500, seed=77), [[9, -9, 9], [30, -30, 30]]]).astype(np.float32))
    assert scores[-2] > scores[:-2].max()
    assert scores[-1] > scores[-2]


def test_equal_points_share_a_leaf_whose_mass_lowers_their_score() -> None:
    sample = np.array([[0.0]] * 6 + [[10.0]] * 2, np.float32)
    forest = forest_of(sample, 1)
    leaves = forest.left < 0
    assert dict(zip(forest.points[:, 0].tolist(), forest.mass[leaves].tolist(), strict=True)) == {0: 6, 10: 2}
    many, few = score(forest, np.array([[0], [10]], np.float32)).tolist()
    assert many == pytest.approx((1 - 6 / 16) / (1 + math.log2(7)) * math.log2(9))
    assert few == pytest.approx((1 - 2 / 16) / (1 + math.log2(3)) * math.log2(9))


def test_constant_data_tell_what_is_equal_from_what_is_not() -> None:
    forest = forest_of(np.full((8, 2), 3, np.float32), 1)
    assert score(forest, np.array([[3, 3], [3, 4]], np.float32)).tolist() == pytest.approx([0.5, math.log2(9)])


def test_neighbouring_and_huge_numbers_are_parted() -> None:
    tiny = np.float32(1) + np.array([0, np.finfo(np.float32).eps], np.float32)
    for pair in (tiny, np.array([-3e38, 3e38], np.float32)):
        forest = forest_of(pair[:, None], 1)
        assert sorted(forest.points[:, 0].tolist()) == sorted(pair.tolist())
        assert np.isfinite(score(forest, np.array([[3.2e38], [0], [-3.2e38]], np.float32))).all()


def test_every_tree_holds_its_share_of_the_sample_in_boxes_that_contain_it() -> None:
    sample = rows(60 * 5)
    forest = forest_of(sample, 5)
    boxes = forest.boxes
    low, high = boxes.corners[boxes.low], boxes.corners[boxes.high]
    assert forest.mass[forest.roots].tolist() == [60] * 5
    assert sorted(forest.points.tolist()) == sorted(sample.tolist())
    for tree, root in enumerate(forest.roots):
        own = sample[60 * tree : 60 * tree + 60]
        assert (low[root].tolist(), high[root].tolist()) == (own.min(axis=0).tolist(), own.max(axis=0).tolist())
    inner = np.flatnonzero(forest.left >= 0)
    children = forest.left[inner]
    assert (forest.mass[inner] == forest.mass[children] + forest.mass[children + 1]).all()
    side = forest.dimension[inner]
    assert (high[children, side] <= forest.cut[inner]).all()
    assert (low[children + 1, side] > forest.cut[inner]).all()


def test_trees_that_grow_in_groups_are_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "CELLS", 64 * 3 * 2)
    sample = rows(64 * 5)
    forest = forest_of(sample, 5)
    assert forest.mass[forest.roots].tolist() == [64] * 5
    queries = rows(9, seed=3)
    assert score(forest, queries).tolist() == pytest.approx([slow_score(forest, one) for one in queries], rel=1e-6)


def test_a_score_does_not_depend_on_the_batch_byte_for_byte() -> None:
    forest = forest_of(rows(50 * 40, 7), 50)
    queries = rows(700, 7, seed=6)
    together = score(forest, queries)
    assert together.tobytes() == b"".join(score(forest, one[None]).tobytes() for one in queries)
    assert score(forest, queries[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("records", "trees", "wanted", "got"),
    [(4032, 50, 512, 80), (100_000, 100, 256, 256), (60, 50, 256, 1), (49, 50, 1, 0)],
)
def test_trees_share_the_records_and_none_has_more_than_asked_for(
    records: int, trees: int, wanted: int, got: int
) -> None:
    assert sample_size(records, trees, wanted) == got
