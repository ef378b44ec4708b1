"""How linear-learner goes through its channels: batches, samples, tables on disk, labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from containers.sklearn.linear_learner.algorithm import ALGORITHM
from containers.sklearn.linear_learner.rows import shuffled, spread
from contract.errors import ChannelError
from contract.source import Source
from contract.tables.data import Table
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


@pytest.mark.parametrize(
    ("count", "most", "together"),
    [
        (100, 1000, 30),
        (1000, 1000, 64),
        (90_000, 4500, 700),
        (10_000, 500, 1000),
        (10_000, 10, 1000),
        (10_000, 9999, 7),
    ],
)
def test_a_sample_of_rows_is_spread_over_the_table(count: int, most: int, together: int) -> None:
    slices = spread(count, most, together)
    rows = np.concatenate([np.arange(part.start, part.stop) for part in slices])
    assert len(np.unique(rows)) == len(rows)
    assert 0.8 * min(count, most) <= len(rows) <= most
    assert (rows[0], rows[-1]) == (0, count - 1)
    assert max(part.stop - part.start for part in slices) <= together
    assert np.diff(rows).max() <= 1 + count / (min(most, 100) - 1)


def test_a_batch_that_is_worked_on_in_pieces_is_still_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    data, given = table(), params(mini_batch_size="300", epochs="5")
    whole = fit(given, data)
    monkeypatch.setattr("containers.sklearn.linear_learner.rows.NUMBERS_AT_ONCE", 1)
    np.testing.assert_allclose(fit(given, data).weights, whole.weights, rtol=1e-9)


@pytest.mark.parametrize(
    ("predictor", "label"),
    [("binary_classifier", "2"), ("binary_classifier", "0.5"), ("multiclass_classifier", "3"),
     ("multiclass_classifier", "-1")],
)  # fmt: skip
@pytest.mark.parametrize("channel", ["train", "training", "validation", "test"])
def test_a_label_that_does_not_fit_is_named_when_its_channel_is_read(
    predictor: str, label: str, channel: str, tmp_path: Path
) -> None:
    like = None if channel.startswith("train") else Table(np.zeros((1, 2), np.float32))
    with pytest.raises(ChannelError, match=rf"'{channel}', record 3: label {label} does not fit predictor_type"):
        read(tmp_path, channel, f"0,1,2\n1,3,4\n{label},5,6\n", predictor, like)


@pytest.mark.parametrize("label", ["-2.5", "1e9"])
def test_a_regression_learns_any_number(label: str, tmp_path: Path) -> None:
    found = read(tmp_path, "train", f"{label},1,2\n", "regressor", None)
    assert found.label is not None
    assert found.label.tolist() == [float(label)]


@pytest.mark.parametrize("label", ["", "nan", "inf", "yes"])
@pytest.mark.parametrize("predictor", ["regressor", "binary_classifier"])
def test_a_label_that_is_no_number_is_refused(predictor: str, label: str, tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=r"'train', file rows\.csv, line 1"):
        read(tmp_path, "train", f"{label},1,2\n", predictor, None)


def read(folder: Path, channel: str, text: str, predictor: str, like: Table | None) -> Table:
    file = folder / "rows.csv"
    file.write_text(text)
    return ALGORITHM.input.read(Source(channel, folder, (file,), "text/csv"), params(predictor), like)


def test_feature_dim_is_checked() -> None:
    assert fit(params(feature_dim="4"), table()).weights.shape == (4, 1)
    with pytest.raises(ChannelError, match="feature_dim is 5, but the records have 4 features"):
        fit(params(feature_dim="5"), table())
