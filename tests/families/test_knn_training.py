"""What knn keeps of its train channel: the sample, its projection, and files that are the same every time."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from scipy.linalg import hadamard as hadamard_matrix

from containers.sklearn.knn.algorithm import ALGORITHM
from containers.sklearn.knn.reduction import Reduction, hadamard
from containers.sklearn.knn.training import sample
from contract.context import Context
from contract.errors import ChannelError, Stopped
from contract.source import Source
from contract.tables import spool
from tests.families.knn_jobs import KINDS, LISTS, QUANTISED, SIGNS, files, fit, logged, params, table
from tests.formats import samples

RECORDS, COLUMNS = 300, 6


@pytest.mark.parametrize("given", KINDS.values(), ids=KINDS)
def test_F12_the_same_data_give_the_same_files(tmp_path: Path, given: dict[str, str]) -> None:
    first, second = (files(fit(table(), **given), tmp_path / name) for name in ("first", "second"))
    assert first == second


@pytest.mark.parametrize(
    "given", [{}, {"sample_size": "90"}, QUANTISED, SIGNS], ids=["all", "some", "quantised", "signs"]
)
def test_a_channel_that_is_mapped_from_disk_gives_the_same_model(
    given: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_bytes(samples.as_csv(table().features, table().label))
    source = Source("train", tmp_path, (tmp_path / "data",), "text/csv")
    in_memory = ALGORITHM.input.read(source, params(), None)
    monkeypatch.setattr(spool, "memory_bytes", lambda: 1000)
    mapped = ALGORITHM.input.read(source, params(), None)
    assert isinstance(mapped.features, np.memmap)
    expected = files(fit(in_memory, **given), tmp_path / "first")
    assert files(fit(mapped, mini_batch_size="20", **given), tmp_path / "second") == expected


def test_a_sample_is_of_the_size_asked_for_and_its_records_keep_their_labels() -> None:
    train = table()
    model = fit(train, sample_size="50", k="1")
    vectors = faiss.rev_swig_ptr(model.index.get_xb(), 50 * COLUMNS).reshape(50, COLUMNS)
    rows = [int(np.flatnonzero((train.features == vector).all(axis=1))[0]) for vector in vectors]
    assert len(set(rows)) == 50
    np.testing.assert_array_equal(model.labels, train.label[rows])


def test_a_sample_takes_every_record_equally_often() -> None:
    rows = sample(100_000, 40_000)
    assert len(np.unique(rows)) == 40_000
    assert (np.diff(rows) > 0).all()
    shares = np.histogram(rows, bins=10, range=(0, 100_000))[0] / 4000
    assert abs(shares - 1).max() < 0.05  # five standard deviations of a fair draw


def test_the_log_tells_how_many_records_are_indexed_and_that_it_is_done() -> None:
    log = logged(table(), sample_size="90")[1]
    assert "indexing 90 of 300 records with faiss.Flat" in log
    assert "#progress_metric: host=algo-1, completed 100.0 % of epochs" in log


def test_a_sample_larger_than_the_channel_takes_all_of_it_in_order() -> None:
    assert sample(7, 7).tolist() == sample(7, 1000).tolist() == list(range(7))


@pytest.mark.parametrize(("wanted", "lists"), [("auto", 17), ("40", 40)])
def test_an_index_has_as_many_lists_as_asked_for_or_the_root_of_its_records(wanted: str, lists: int) -> None:
    index = fit(table(), **{**LISTS, "faiss_index_ivf_nlists": wanted, "_faiss_index_nprobe": "3"}).index
    assert (index.nlist, index.nprobe) == (lists, 3)


@pytest.mark.parametrize(("parts", "width"), [("3", 6), ("4", 8), ("64", 64)])
def test_a_dimension_that_the_parts_do_not_divide_is_padded(parts: str, width: int) -> None:
    model = fit(table(), **{**QUANTISED, "faiss_index_pq_m": parts})
    assert model.index.d == width
    assert int(parts) == model.index.pq.M
    assert ALGORITHM.predict(model, table(150, seed=11))[:, 0].shape == (150, 5)


def test_a_reduction_target_that_the_parts_do_not_divide_grows() -> None:
    given = {**QUANTISED, "dimension_reduction_type": "sign", "dimension_reduction_target": "4"}
    reduction = fit(table(), **given).embedding.reduction
    assert reduction is not None
    assert (reduction.input_dim, reduction.target_dim) == (COLUMNS, 6)


def test_too_few_records_for_a_quantised_index_are_refused_with_the_remedy() -> None:
    with pytest.raises(ChannelError, match=r"at least 256 records, 200 are indexed: use faiss.Flat"):
        fit(table(), sample_size="200", **QUANTISED)


def test_V12_signs_project_a_record_alone_as_in_a_batch_where_its_terms_cancel_out() -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(37, 20)) * 10.0 ** generator.integers(-8, 9, (37, 20))
    projection = Reduction("sign", 0, 20, 6)
    alone = np.concatenate([projection.apply(row[None]) for row in rows])
    np.testing.assert_array_equal(projection.apply(rows), alone)


@pytest.mark.parametrize("kind", ["sign", "fjlt"])
def test_a_reduction_keeps_distances_about_as_they_were(kind: str) -> None:
    rows = np.random.default_rng(0).normal(size=(60, 500))
    reduced = Reduction(kind, 0, 500, 200).apply(rows)
    assert reduced.shape == (60, 200)
    above = np.triu_indices(60, 1)
    before, after = (np.linalg.norm(some[:, None] - some[None], axis=2)[above] for some in (rows, reduced))
    ratio = after / before
    assert abs(ratio.mean() - 1) < 0.03
    assert ratio.std() < 0.08  # 1 / sqrt(2 · 200) is 0.05


@pytest.mark.parametrize("kind", ["sign", "fjlt"])
def test_a_reduction_follows_from_its_seed(kind: str) -> None:
    rows = np.eye(9)
    first, again, other = (Reduction(kind, seed, 9, 5).apply(rows) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_projection_of_a_seed_never_changes() -> None:
    """A model keeps the seed alone: another stream of random bits would make every stored model answer nonsense."""
    signs = Reduction("sign", 0, 3, 4).apply(np.eye(3)) * 2
    mixed = Reduction("fjlt", 0, 3, 2).apply(np.eye(3)) * np.sqrt(2)
    assert mixed.tolist() == [[1, 1], [-1, 1], [1, -1]]
    assert signs.tolist() == [[1, -1, 1, -1], [-1, -1, -1, -1], [-1, 1, 1, 1]]


def test_the_hadamard_transform_is_that_of_its_matrix() -> None:
    rows = np.random.default_rng(0).normal(size=(5, 16))
    np.testing.assert_allclose(hadamard(rows), rows @ hadamard_matrix(16), rtol=1e-12, atol=1e-12)


def test_the_number_of_features_is_checked_against_feature_dim() -> None:
    with pytest.raises(ChannelError, match="feature_dim is 5, but the records have 6 features"):
        fit(table(), feature_dim="5")


def test_S01_a_job_that_is_told_to_stop_keeps_no_half_index() -> None:
    with pytest.raises(Stopped, match="before all records were indexed"):
        ALGORITHM.fit(params(), table(), None, Context(stopping=lambda: True))
