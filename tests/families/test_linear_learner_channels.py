"""How linear-learner goes through its channels: batches, samples, tables on disk, labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from containers.data import Table
from containers.errors import ChannelError
from containers.sklearn.linear_learner import ALGORITHM
from containers.sklearn.linear_learner.rows import shuffled, spread
from tests.families.linear_learner_jobs import fit, params, table


def test_a_table_on_disk_is_learned_from_as_one_in_memory(tmp_path: Path) -> None:
    data = table(rows=3000)
    on_disk = np.memmap(tmp_path / "features", np.float32, "w+", shape=data.features.shape)
    on_disk[:] = data.features
    on_disk.flush()
    spooled = Table(np.memmap(tmp_path / "features", np.float32, "r", shape=data.features.shape), data.label)
    expected = LinearRegression().fit(data.features, data.label)
    for learned_from in (data, spooled):
        model = fit(params(mini_batch_size="100", epochs="40"), learned_from)
        np.testing.assert_allclose(model.weights[:, 0], expected.coef_, rtol=0.02, atol=0.01)


@pytest.mark.parametrize("is_on_disk", [False, True])
@pytest.mark.parametrize(("rows", "batch"), [(1000, 7), (1000, 5000), (70_000, 999), (70_000, 69_999), (1, 1)])
def test_every_record_is_seen_once_an_epoch(rows: int, batch: int, is_on_disk: bool, tmp_path: Path) -> None:
    features = np.zeros((rows, 1), np.float32)
    if is_on_disk:
        features = np.memmap(tmp_path / "features", np.float32, "w+", shape=(rows, 1))
    batches = list(shuffled(Table(features), batch, np.random.default_rng(0)))
    assert [len(part) for part in batches[:-1]] == [min(batch, rows)] * (len(batches) - 1)
    seen = np.concatenate(batches)
    np.testing.assert_array_equal(np.sort(seen), np.arange(rows))
    assert rows == 1 or (seen != np.arange(rows)).mean() > 0.9


@pytest.mark.parametrize(("count", "most", "together"), [(100, 1000, 30), (1000, 1000, 64), (90_000, 4500, 700)])
def test_a_sample_of_rows_is_spread_over_the_table(count: int, most: int, together: int) -> None:
    slices = spread(count, most, together)
    rows = np.concatenate([np.arange(part.start, part.stop) for part in slices])
    assert len(np.unique(rows)) == len(rows)
    assert 0.8 * min(count, most) <= len(rows) <= most
    assert (rows[0], rows[-1]) == (0, count - 1)
    assert max(part.stop - part.start for part in slices) <= together


def test_a_batch_that_is_worked_on_in_pieces_is_still_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    data, given = table(), params(mini_batch_size="300", epochs="5")
    whole = fit(given, data)
    monkeypatch.setattr("containers.sklearn.linear_learner.rows.NUMBERS_AT_ONCE", 1)
    np.testing.assert_allclose(fit(given, data).weights, whole.weights, rtol=1e-9)


@pytest.mark.parametrize(
    ("predictor", "label"),
    [("binary_classifier", 2.0), ("binary_classifier", 0.5), ("multiclass_classifier", 3.0),
     ("multiclass_classifier", -1.0), ("multiclass_classifier", np.nan), ("regressor", np.nan)],
)  # fmt: skip
@pytest.mark.parametrize("channel", ["train", "validation"])
def test_a_label_that_does_not_fit_is_named(predictor: str, label: float, channel: str) -> None:
    good, bad = table(predictor), table(predictor)
    assert bad.label is not None
    bad.label[6] = label
    with pytest.raises(ChannelError, match=rf"'{channel}', record 7: label {label:g} does not fit predictor_type"):
        fit(params(predictor), bad if channel == "train" else good, bad)


def test_a_label_of_the_test_channel_that_does_not_fit_is_named() -> None:
    model = fit(params("binary_classifier"), table("binary_classifier"))
    with pytest.raises(ChannelError, match="'test', record 1: label"):
        ALGORITHM.evaluate(model, table())


def test_feature_dim_is_checked() -> None:
    assert fit(params(feature_dim="4"), table()).weights.shape == (4, 1)
    with pytest.raises(ChannelError, match="feature_dim is 5, but the records have 4 features"):
        fit(params(feature_dim="5"), table())
