"""What kmeans learns: the stream moves its centers as scikit-learn's mini-batches do, and ends near plain k-means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans, MiniBatchKMeans

from containers.sklearn.clustering.algorithm import ALGORITHM, Clusters
from containers.sklearn.clustering.hyperparameters import KMeansHyperparameters
from containers.sklearn.clustering.stream import Centers
from contract.context import Context
from contract.errors import ArtifactError, ChannelError, HyperparameterError
from contract.hyperparameters import parse
from contract.source import Source
from contract.tables.data import Table
from tests.formats import samples

BLOBS = np.array([[0, 0, 5], [6, -4, 0], [-5, 3, -2], [1, 8, 1]], np.float32)


def blobs(rows: int = 400, spread: float = 0.3, seed: int = 1) -> Any:
    random = np.random.default_rng(seed)
    return (BLOBS[random.integers(0, 4, rows)] + spread * random.normal(size=(rows, 3))).astype(np.float32)


def params(**given: str) -> KMeansHyperparameters:
    return parse(KMeansHyperparameters, {"k": "4", "feature_dim": "3", "mini_batch_size": "50", **given})


def fit(rows: Any, context: Context | None = None, **given: str) -> Clusters:
    return ALGORITHM.fit(params(**given), Table(rows), None, context or Context())


def msd(model: Clusters, rows: Any) -> float:
    """The mean squared distance, from the definition."""
    differences = rows[:, None].astype(np.float64) - model.centers
    return float((differences**2).sum(axis=2).min(axis=1).mean())


def by_first(centers: Any) -> Any:
    return centers[np.lexsort(centers.T[::-1])]


def test_mini_batches_move_the_centers_as_in_scikit_learn() -> None:
    rows, start = blobs(spread=2), blobs(12, spread=2, seed=8)
    ours = Centers(start.astype(np.float64), np.zeros(12))
    theirs = MiniBatchKMeans(12, init=start, n_init=1, reassignment_ratio=0)
    for at in range(0, 400, 40):
        ours.move(rows[at : at + 40], half_life=0)
        theirs.partial_fit(rows[at : at + 40])
    np.testing.assert_allclose(ours.places, theirs.cluster_centers_, rtol=1e-5, atol=1e-5)
    assert ours.counts.sum() == 400


def test_what_a_center_saw_counts_half_after_the_half_life() -> None:
    center = Centers(np.zeros((1, 1)), np.zeros(1))
    for row in (8.0, 2.0, 5.0):
        center.move(np.array([[row]], np.float32), half_life=1)
    np.testing.assert_allclose(center.places, [[(8 / 4 + 2 / 2 + 5) / (1 / 4 + 1 / 2 + 1)]])


def test_with_a_half_life_the_latest_rows_decide() -> None:
    rows = np.concatenate([np.full((300, 1), 0), np.full((300, 1), 10)]) + np.random.default_rng(2).random((600, 1))
    given = {"k": "1", "feature_dim": "1", "extra_center_factor": "1"}
    remembers, forgets = (
        fit(rows.astype(np.float32), half_life_time_size=size, **given).centers for size in ("0", "20")
    )
    assert remembers == pytest.approx(5.5, abs=0.1)
    assert forgets == pytest.approx(10.5, abs=0.1)


@pytest.mark.parametrize("init", ["random", "kmeans++"])
@pytest.mark.parametrize("local", ["random", "kmeans++"])
def test_separate_clusters_are_found_as_by_scikit_learn(init: str, local: str) -> None:
    rows = blobs()
    ours = fit(rows, init_method=init, local_lloyd_init_method=local)
    theirs = KMeans(4, n_init=10, random_state=0).fit(rows)
    np.testing.assert_allclose(by_first(ours.centers), by_first(theirs.cluster_centers_), atol=1e-3)


def test_overlapping_clusters_are_nearly_as_good_as_those_of_scikit_learn() -> None:
    rows = blobs(3000, spread=2.5)
    ours = fit(rows, mini_batch_size="200", epochs="2")
    theirs = KMeans(4, n_init=10, random_state=0).fit(rows).inertia_ / 3000
    assert msd(ours, rows) < 1.02 * theirs


def test_where_every_row_is_a_center_of_the_stream_the_result_is_that_of_lloyd() -> None:
    rows = blobs(35, spread=2)
    ours = fit(rows, mini_batch_size="100", local_lloyd_num_trials="30")
    theirs = KMeans(4, n_init=30, random_state=0).fit(rows)
    np.testing.assert_allclose(by_first(ours.centers), by_first(theirs.cluster_centers_), atol=1e-5)


@pytest.mark.parametrize(("factor", "rows", "expected"), [("auto", 400, 40), ("6", 400, 24), ("auto", 30, 30)])
def test_the_stream_has_k_times_the_factor_centers_or_as_many_as_there_are_rows(
    factor: str, rows: int, expected: int
) -> None:
    lines: list[str] = []
    fit(blobs(rows), Context(log=lines.append), extra_center_factor=factor)
    assert any(line.endswith(f"merging {expected} centers of the stream into 4") for line in lines)


def test_every_epoch_passes_over_all_rows() -> None:
    lines: list[str] = []
    fit(blobs(), Context(log=lines.append), epochs="4")
    told = [line.partition("completed ")[2] for line in lines if "#progress_metric" in line]
    assert told == [f"{share:.1f} % of epochs" for share in (25, 50, 75, 100)]


def test_the_local_settings_reach_lloyd() -> None:
    rows = blobs(2000, spread=4)
    best = msd(fit(rows), rows)
    assert msd(fit(rows, local_lloyd_max_iter="1", local_lloyd_num_trials="1"), rows) > best
    assert msd(fit(rows, local_lloyd_tol="1", local_lloyd_num_trials="1"), rows) > best


def test_the_same_job_gives_the_same_centers() -> None:
    rows = blobs(3000, spread=2)
    first, second = (fit(rows, init_method="kmeans++", extra_center_factor="200").centers for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_rows_in_a_memory_mapped_file_give_the_same_centers(tmp_path: Path) -> None:
    rows = blobs(3000, spread=2)
    mapped = np.memmap(tmp_path / "rows", np.float32, "w+", shape=rows.shape)
    mapped[:] = rows
    np.testing.assert_array_equal(fit(mapped).centers, fit(rows).centers)


def test_k_above_the_number_of_rows_is_refused_with_both_numbers() -> None:
    with pytest.raises(ChannelError, match=r"k is 4, but the train channel has 3 records, 3 of them different"):
        fit(blobs(3))


def test_k_above_the_number_of_different_rows_is_refused() -> None:
    rows = np.repeat(np.array([[0, 0, 1], [0, 2, 0], [-0.0, 0, 1]], np.float32), 5000, axis=0)
    with pytest.raises(ChannelError, match=r"15000 records, 2 of them different: set k to 2 or less"):
        fit(rows)


def test_rare_rows_are_found_where_there_are_only_k_different_ones() -> None:
    rows = np.zeros((5000, 3), np.float32)
    rows[1234, 0], rows[3456, 1], rows[4567, 2] = 7, 8, 9
    np.testing.assert_array_equal(by_first(fit(rows).centers), [[0, 0, 0], [0, 0, 9], [0, 8, 0], [7, 0, 0]])


def test_centers_that_the_stream_has_long_forgotten_do_not_break_the_merge() -> None:
    rows = np.concatenate([blobs(200), np.tile(blobs(1), (4000, 1))])
    assert np.isfinite(fit(rows, half_life_time_size="1").centers).all()


def test_other_columns_than_feature_dim_are_refused_with_the_hint_about_label_size() -> None:
    with pytest.raises(ChannelError, match=r"feature_dim is 4, but the records have 3 features.*label_size=0"):
        fit(blobs(), feature_dim="4")


def test_a_job_that_is_stopped_keeps_what_it_has() -> None:
    asked = iter([False, False, True])
    model = fit(blobs(), Context(stopping=lambda: next(asked)), epochs="1000")
    assert model.centers.shape == (4, 3)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"k": "0"}, "k: 0 is out of range"),
        ({"init_method": "k-means++"}, "init_method: 'k-means\\+\\+' is not one of random, kmeans\\+\\+"),
        ({"extra_center_factor": "many"}, "extra_center_factor: 'many' cannot be read, expected an integer.* or auto"),
        ({"local_lloyd_tol": "-1"}, "local_lloyd_tol: -1 is out of range"),
        ({"eval_metrics": '["rmse"]'}, "eval_metrics: 'rmse' is not one of msd, ssd"),
        ({"eval_metrics": "[]"}, "eval_metrics: the list is empty"),
        ({"max_iterations": "10"}, "max_iterations: unknown hyperparameter"),
    ],
)
def test_settings_that_make_no_sense_are_named(given: dict[str, str], problem: str) -> None:
    with pytest.raises(HyperparameterError, match=problem):
        params(**given)


def test_k_and_feature_dim_are_required() -> None:
    with pytest.raises(HyperparameterError, match=r"2 hyperparameter problems:\n- k: is required.*\n- feature_dim: is"):
        parse(KMeansHyperparameters, {})


def test_what_the_sdk_sends_is_taken() -> None:
    found = params(
        k="10", feature_dim="784", mini_batch_size="500", init_method="kmeans++", extra_center_factor="4",
        local_lloyd_num_trials="auto", eval_metrics='["msd","ssd"]', force_dense="True",
    )  # fmt: skip
    assert (found.stream_centers, found.trials, found.eval_metrics) == (40, 10, ("msd", "ssd"))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv;label_size=0", samples.as_csv(blobs(60))),
        ("text/csv; label_size=1", samples.as_csv(blobs(60), np.arange(60.0))),
        ("text/csv", samples.as_csv(blobs(60), np.arange(60.0))),
        ("application/x-recordio-protobuf", samples.as_recordio(blobs(60))),
        ("application/x-recordio-protobuf", samples.as_recordio(blobs(60), np.arange(60.0))),
        ("application/x-recordio-protobuf", samples.as_sparse_recordio(blobs(60))),
    ],
)
def test_every_format_gives_the_same_centers_and_labels_are_ignored(
    content_type: str, body: bytes, tmp_path: Path
) -> None:
    (tmp_path / "data").write_bytes(body)
    source = Source("train", tmp_path, (tmp_path / "data",), content_type)
    table = ALGORITHM.input.read(source, params(), None)
    model = ALGORITHM.fit(params(), table, None, Context())
    np.testing.assert_array_equal(model.centers, fit(blobs(60)).centers)


def test_sparse_records_are_zero_where_nothing_is_written(tmp_path: Path) -> None:
    holed = np.array([[np.nan, 1, 2], [3, np.nan, np.nan]], np.float32)
    (tmp_path / "data").write_bytes(samples.as_sparse_recordio(holed))
    source = Source("train", tmp_path, (tmp_path / "data",), "application/x-recordio-protobuf")
    table = ALGORITHM.input.read(source, params(), None)
    np.testing.assert_array_equal(table.features, [[0, 1, 2], [3, 0, 0]])


def test_a_model_is_kept_and_read_again(tmp_path: Path) -> None:
    model = fit(blobs(), eval_metrics="ssd")
    ALGORITHM.save(model, tmp_path)
    loaded = ALGORITHM.load(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model_algo-1"]
    assert loaded.eval_metrics == ("ssd",)
    np.testing.assert_array_equal(loaded.centers, model.centers)


@pytest.mark.parametrize("content", [b"", b"not an archive"])
def test_a_damaged_model_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model_algo-1").write_bytes(content)
    with pytest.raises(ArtifactError, match="model_algo-1"):
        ALGORITHM.load(tmp_path)


def test_the_model_of_another_algorithm_is_refused(tmp_path: Path) -> None:
    from containers.sklearn import model_file

    model_file.save(tmp_path, {"v": np.eye(2)})
    with pytest.raises(ArtifactError, match="no centers"):
        ALGORITHM.load(tmp_path)
