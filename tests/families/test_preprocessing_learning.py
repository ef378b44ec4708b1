"""How preprocessing learns: in parts, with principal components, and the same bits in every batch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler

from containers.sklearn.preprocessing import learning, projection
from containers.sklearn.preprocessing.algorithm import ALGORITHM
from contract.context import Context
from contract.errors import ChannelError, HyperparameterError, Stopped
from contract.tables.data import Table
from tests.families.evaluation import judge
from tests.families.preprocessing_jobs import LOG_LINE, cells_of, fit, number_table, params


def test_principal_components_are_those_of_scikit_learn_and_explain_what_it_says() -> None:
    table = number_table()
    model = fit(table, impute="mean", scale="standard", pca_components="2")
    cells = StandardScaler().fit_transform(SimpleImputer().fit_transform(cells_of(table)))
    expected = PCA(2).fit(cells)
    predictions = ALGORITHM.predict(model, table)
    np.testing.assert_allclose(predictions, expected.transform(cells), atol=1e-5)
    assert model.names == ("pca0", "pca1")
    metrics = judge(ALGORITHM.output(model), predictions, table).metrics
    assert metrics["explained_variance"] == pytest.approx(expected.explained_variance_ratio_.sum(), rel=1e-6)


@pytest.mark.parametrize(
    "given",
    [
        {"pca_components": "1"},
        {"pca_components": "3", "scale": "standard"},
        {"pca_components": "33", "scale": "normalise"},
        *({"scale": "normalise", "norm": norm} for norm in ("l1", "l2", "max")),
    ],
)
def test_a_record_is_answered_with_the_same_bits_in_every_batch(given: dict[str, str]) -> None:
    table = number_table(rows=9000, columns=40)
    model = fit(table, impute="mean", **given)
    whole = ALGORITHM.predict(model, table)
    for size in (1, 2, 3, 7, 64, 4095, 4097):
        part = ALGORITHM.predict(model, Table(np.asarray(table.features)[4000 : 4000 + size]))
        np.testing.assert_array_equal(part.view(np.uint32), whole[4000 : 4000 + size].view(np.uint32))


def test_a_channel_on_disk_is_learned_in_parts_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = number_table(rows=5000, columns=8)
    for given in ({"impute": "median", "scale": "robust"}, {"impute": "mean", "scale": "minmax"}, {"scale": "robust"}):
        expected = fit(table, **given)
        monkeypatch.setattr(learning, "COLUMNS_SHARE", 0)
        monkeypatch.setattr(learning, "PART_CELLS", 800)
        lines: list[str] = []
        mapped = np.memmap(tmp_path / "rows", np.float32, "w+", shape=(5000, 8))
        mapped[:] = cells_of(table)
        model = ALGORITHM.fit(params(**given), Table(mapped), None, Context(log=lines.append))
        np.testing.assert_allclose(ALGORITHM.predict(model, table), ALGORITHM.predict(expected, table), rtol=1e-6)
        assert ("whole columns in memory" in lines[0]) is (given["scale"] == "robust")
        assert all(LOG_LINE.match(text) for text in lines)
        monkeypatch.undo()


SCALERS = {"standard": StandardScaler(), "minmax": MinMaxScaler(), "maxabs": MaxAbsScaler()}


@pytest.mark.parametrize("scale", SCALERS)
def test_a_column_that_is_empty_in_one_part_of_the_channel_is_learned_from_the_others(
    scale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = number_table(rows=100)
    np.asarray(table.features)[:40, 2] = np.nan
    expected = SCALERS[scale].fit_transform(cells_of(table))
    monkeypatch.setattr(learning, "PART_CELLS", 100)
    np.testing.assert_allclose(ALGORITHM.predict(fit(table, scale=scale), table), expected, rtol=2e-6, atol=1e-6)


def test_components_of_a_channel_beyond_memory_are_learned_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = cells_of(number_table(rows=9000, columns=6, holes=0)) @ np.random.default_rng(1).random((6, 6))
    table = Table(cells.astype(np.float32))
    given = {"impute": "mean", "pca_components": "2"}
    expected = ALGORITHM.predict(fit(table, **given), table)
    monkeypatch.setattr(projection, "MATRIX_SHARE", 0)
    lines: list[str] = []
    model = ALGORITHM.fit(params(**given), table, None, Context(log=lines.append))
    assert "learned in parts" in lines[0]
    assert LOG_LINE.match(lines[0])
    correlation = np.corrcoef(ALGORITHM.predict(model, table)[:, 0], expected[:, 0])[0, 1]
    assert abs(correlation) > 0.999


@pytest.mark.parametrize(("rows", "components"), [(300, "6"), (3, "4"), (1, "1")])
def test_more_components_than_the_data_has_are_refused(rows: int, components: str) -> None:
    with pytest.raises(HyperparameterError, match=r"pca_components: \d cannot be learned from"):
        fit(number_table(rows=rows, holes=0), impute="mean", pca_components=components)


def test_components_of_constant_columns_are_refused() -> None:
    with pytest.raises(ChannelError, match="every column is constant"):
        fit(Table(np.ones((10, 3), np.float32)), impute="mean", pca_components="2")


def test_S01_a_job_that_is_stopped_leaves_no_model() -> None:
    with pytest.raises(Stopped):
        ALGORITHM.fit(params(), number_table(), None, replace(Context(), stopping=lambda: True))
