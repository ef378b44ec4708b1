"""What preprocessing makes of columns: as scikit-learn's transformers, for every imputation, scaling and encoding."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from containers.algorithm import Context
from containers.data import Table
from containers.errors import ChannelError, HyperparameterError, Stopped
from containers.sklearn.preprocessing import ALGORITHM, learning, projection
from tests.families.preprocessing_jobs import PEOPLE, fit, params, run, schema

SCALERS = {
    "none": FunctionTransformer(),
    "standard": StandardScaler(),
    "minmax": MinMaxScaler(),
    "maxabs": MaxAbsScaler(),
    "robust": RobustScaler(),
    "normalise": Normalizer(),
}


def _table(rows: int = 300, columns: int = 5, holes: float = 0.1) -> Table:
    random = np.random.default_rng(5)
    features = (random.gamma(2, size=(rows, columns)) * 10 ** np.arange(columns)).astype(np.float32)
    features[:, 1] = np.round(features[:, 1] / 10)
    features[random.random(features.shape) < holes] = np.nan
    return Table(features)


def _cells(table: Table) -> NDArray[np.float64]:
    return np.asarray(table.features, np.float64)


@pytest.mark.parametrize("scale", SCALERS)
@pytest.mark.parametrize("impute", ["mean", "median", "most_frequent", "constant"])
def test_numbers_become_what_scikit_learn_makes_of_them(impute: str, scale: str) -> None:
    table = _table()
    model = fit(table, impute=impute, fill_value="7.5", scale=scale)
    expected = make_pipeline(SimpleImputer(strategy=impute, fill_value=7.5), SCALERS[scale]).fit_transform(
        _cells(table)
    )
    np.testing.assert_allclose(ALGORITHM.predict(model, table), expected, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("scale", ["none", "standard", "minmax", "maxabs", "robust"])
def test_without_imputation_missing_values_stay_and_do_not_count(scale: str) -> None:
    table = _table()
    expected = SCALERS[scale].fit_transform(_cells(table))
    np.testing.assert_allclose(
        ALGORITHM.predict(fit(table, impute="none", scale=scale), table), expected, rtol=2e-6, atol=1e-6
    )


@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_normalised_records_have_the_length_1_and_a_record_of_zeros_stays(norm: str) -> None:
    table = _table(holes=0)
    cells = np.vstack([_cells(table), np.zeros((1, table.width))])
    model = fit(table, impute="mean", scale="normalise", norm=norm)
    found = ALGORITHM.predict(model, Table(cells.astype(np.float32)))
    np.testing.assert_allclose(found, Normalizer(norm).fit_transform(cells), rtol=1e-6)


def test_only_the_columns_that_are_normalised_make_up_the_length(tmp_path: Path) -> None:
    declared = (
        '[{"name":"a","type":"numeric","scale":"normalise"},"b",{"name":"c","type":"numeric","scale":"normalise"}]'
    )
    job = run(tmp_path, "3,100,4\n6,100,8\n", "text/csv; label_size=0", schema=declared, impute="mean")
    np.testing.assert_allclose(job.features("30,7,-40\n"), [[0.6, 7, -0.8]], rtol=1e-6)


def test_a_constant_column_is_not_divided_by_zero() -> None:
    table = Table(np.full((6, 1), 4, np.float32))
    for scale, expected in {"standard": 0, "minmax": 0, "robust": 0, "maxabs": 1, "normalise": 1}.items():
        assert ALGORITHM.predict(fit(table, impute="mean", scale=scale), table).tolist() == [[expected]] * 6


def test_numbers_beyond_32_bits_are_kept_at_their_largest(tmp_path: Path) -> None:
    job = run(tmp_path, "1e-30\n2e-30\n", "text/csv; label_size=0", schema='["a"]', scale="minmax")
    assert job.features("3e38\n-3e38\n").tolist() == [[np.finfo(np.float32).max], [np.finfo(np.float32).min]]


def test_columns_of_all_kinds_become_what_a_column_transformer_makes_of_them(tmp_path: Path) -> None:
    declared = schema({"name": "bmi", "impute": "median", "scale": "robust"}, {"name": "region", "encode": "ordinal"})
    job = run(tmp_path, schema=declared, impute="mean", scale="standard")
    rows = np.array([line.split(",")[1:] for line in PEOPLE.splitlines()], object)
    rows[rows == ""] = np.nan
    expected = ColumnTransformer(
        [
            ("age", make_pipeline(SimpleImputer(), StandardScaler()), [0]),
            ("sex", OneHotEncoder(categories=[["female", "male"]], handle_unknown="ignore", sparse_output=False), [1]),
            ("bmi", make_pipeline(SimpleImputer(strategy="median"), RobustScaler()), [2]),
            ("region", OrdinalEncoder(encoded_missing_value=-1), [3]),
        ]
    ).fit_transform(rows)
    np.testing.assert_allclose(ALGORITHM.predict(job.model, job.train), expected.astype(float), rtol=1e-6, atol=1e-7)
    assert job.model.names == ("age", "sex_female", "sex_male", "bmi", "region")


def test_the_names_of_the_answers_columns_are_logged_and_kept_beside_the_model(tmp_path: Path) -> None:
    job = run(tmp_path)
    assert json.loads((tmp_path / "model" / "output_columns.json").read_text()) == list(job.model.names)
    assert job.log[-1].startswith("8 output columns: age, sex_female, sex_male, bmi, region_northeast,")


@pytest.mark.parametrize(
    ("given", "empty", "unseen"),
    [
        ({"impute_category": "none"}, "0,0", "0,0"),
        ({"impute_category": "most_frequent"}, "0,1", "0,0"),
        ({"impute_category": "constant", "fill_category": "female"}, "1,0", "0,0"),
        ({"impute_category": "constant"}, "0,0,1", "0,0,0"),
        ({"encode": "ordinal"}, "-1", "-1"),
        ({"encode": "ordinal", "impute_category": "most_frequent"}, "1", "-1"),
        ({"encode": "ordinal", "impute_category": "constant"}, "2", "-1"),
    ],
)
def test_empty_and_unseen_categories_are_encoded_as_documented(
    given: dict[str, str], empty: str, unseen: str, tmp_path: Path
) -> None:
    people = "".join(line.split(",")[2] + "\n" for line in PEOPLE.splitlines() if line.split(",")[2])
    job = run(tmp_path, people, "text/csv; label_size=0", schema='[{"name":"sex","type":"category"}]', **given)
    assert job.answer("nan\nother\n").decode() == f"{empty}.0\n{unseen}.0\n".replace(",", ".0,")


def test_the_text_of_a_filled_category_is_known_in_requests_too(tmp_path: Path) -> None:
    job = run(tmp_path, schema=schema({"name": "sex", "impute": "constant", "fill_value": "unknown"}), encode="ordinal")
    assert job.features("1,unknown,1,southeast\n1,,1,southeast\n")[:, 1].tolist() == [2, 2]


def test_declared_levels_give_the_order_and_are_known_although_training_had_none(tmp_path: Path) -> None:
    sizes = '[{"name":"size","type":"category","encode":"ordinal","levels":["small","large","huge"]}]'
    job = run(tmp_path, "large\nsmall\nlarge\n", "text/csv; label_size=0", schema=sizes)
    assert job.features("small\nlarge\nhuge\ntiny\n").tolist() == [[0], [1], [2], [-1]]


def test_a_category_that_is_not_among_the_declared_levels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=r"'sex' holds the category 'female'; add it to levels"):
        run(tmp_path, schema=schema({"name": "sex", "levels": ["male", "other"]}))


def test_declared_numbers_and_a_number_as_fill_are_known_too(tmp_path: Path) -> None:
    declared = (
        '{"name":"zone","type":"category","encode":"ordinal","levels":[3,1,2],"impute":"constant","fill_value":0}'
    )
    job = run(tmp_path, "3\n1\n", "text/csv; label_size=0", schema=f"[{declared}]")
    assert job.features("3\n1\n2\n0\nnan\n4\n").tolist() == [[0], [1], [2], [3], [3], [-1]]


@pytest.mark.parametrize("declared", ["", ',"levels":[7,3,10]'])
def test_numbers_may_be_categories(declared: str, tmp_path: Path) -> None:
    zones = f'[{{"name":"zone","type":"category","encode":"ordinal"{declared}}}]'
    job = run(tmp_path, "10\n3\n7\n3\n", "text/csv; label_size=0", schema=zones)
    expected = [[0], [2], [1], [-1], [-1]] if declared else [[1], [2], [0], [-1], [-1]]
    assert job.features("7\n10.0\n3\n4\nseven\n").tolist() == expected
    json_body = '{"instances": [[7], ["10"], [3.0], [4], ["seven"]]}'
    assert job.features(json_body, "application/json").tolist() == expected


def test_a_one_hot_column_of_too_many_levels_is_refused_with_the_remedy(tmp_path: Path) -> None:
    text = "".join(f"name{number}\n" for number in range(12))
    declared = '[{"name":"who","type":"category"}]'
    with pytest.raises(ChannelError, match=r"'who' has 12 categories, max_levels is 10; encode it as ordinal"):
        run(tmp_path, text, "text/csv; label_size=0", schema=declared, max_levels="10")
    assert len(run(tmp_path, text, "text/csv; label_size=0", schema=declared, max_levels="12").model.names) == 12


@pytest.mark.parametrize("column", ["age", "sex"])
def test_a_column_without_any_value_is_refused(column: str, tmp_path: Path) -> None:
    place = ["age", "sex"].index(column) + 1
    lines = [line.split(",") for line in PEOPLE.splitlines()]
    text = "".join(",".join([*line[:place], "", *line[place + 1 :]]) + "\n" for line in lines)
    with pytest.raises(ChannelError, match=rf"{column!r} holds no (value|category); leave it out"):
        run(tmp_path, text)
    constant = schema({"name": column, "impute": "constant", "fill_value": 5})
    assert np.isfinite(run(tmp_path, text, schema=constant).features("1,male,2,southeast\n")).all()


def test_principal_components_are_those_of_scikit_learn_and_explain_what_it_says() -> None:
    table = _table()
    model = fit(table, impute="mean", scale="standard", pca_components="2")
    cells = StandardScaler().fit_transform(SimpleImputer().fit_transform(_cells(table)))
    expected = PCA(2).fit(cells)
    predictions = ALGORITHM.predict(model, table)
    np.testing.assert_allclose(predictions, expected.transform(cells), atol=1e-5)
    assert model.names == ("pca0", "pca1")
    metrics = ALGORITHM.output(model).evaluate(predictions, table).metrics
    assert metrics["explained_variance"] == pytest.approx(expected.explained_variance_ratio_.sum(), rel=1e-6)


@pytest.mark.parametrize("given", [{"pca_components": "3", "scale": "standard"}, {"scale": "normalise"}])
def test_a_record_is_answered_with_the_same_bits_in_every_batch(given: dict[str, str]) -> None:
    table = _table(rows=9000, columns=40)
    model = fit(table, impute="mean", **given)
    whole = ALGORITHM.predict(model, table)
    for size in (1, 2, 3, 7, 64, 4095, 4097):
        part = ALGORITHM.predict(model, Table(np.asarray(table.features)[4000 : 4000 + size]))
        np.testing.assert_array_equal(part.view(np.uint32), whole[4000 : 4000 + size].view(np.uint32))


def test_a_channel_on_disk_is_learned_in_parts_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = _table(rows=5000, columns=8)
    for given in ({"impute": "median", "scale": "robust"}, {"impute": "mean", "scale": "minmax"}, {"scale": "robust"}):
        expected = fit(table, **given)
        monkeypatch.setattr(learning, "COLUMNS_SHARE", 0)
        monkeypatch.setattr(learning, "PART_CELLS", 800)
        lines: list[str] = []
        mapped = np.memmap(tmp_path / "rows", np.float32, "w+", shape=(5000, 8))
        mapped[:] = table.features
        model = ALGORITHM.fit(params(**given), Table(mapped), None, Context(log=lines.append))
        np.testing.assert_allclose(ALGORITHM.predict(model, table), ALGORITHM.predict(expected, table), rtol=1e-6)
        assert ("whole columns in memory" in lines[0]) is (given["scale"] == "robust")
        monkeypatch.undo()


@pytest.mark.parametrize("scale", ["standard", "minmax", "maxabs"])
def test_a_column_that_is_empty_in_one_part_of_the_channel_is_learned_from_the_others(
    scale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = _table(rows=100)
    np.asarray(table.features)[:40, 2] = np.nan
    expected = SCALERS[scale].fit_transform(_cells(table))
    monkeypatch.setattr(learning, "PART_CELLS", 100)
    np.testing.assert_allclose(ALGORITHM.predict(fit(table, scale=scale), table), expected, rtol=2e-6, atol=1e-6)


def test_components_of_a_channel_beyond_memory_are_learned_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(_table(rows=9000, columns=6, holes=0).features @ np.random.default_rng(1).random((6, 6), np.float32))
    given = {"impute": "mean", "pca_components": "2"}
    expected = ALGORITHM.predict(fit(table, **given), table)
    monkeypatch.setattr(projection, "MATRIX_SHARE", 0)
    lines: list[str] = []
    model = ALGORITHM.fit(params(**given), table, None, Context(log=lines.append))
    assert "learned in parts" in lines[0]
    correlation = np.corrcoef(ALGORITHM.predict(model, table)[:, 0], expected[:, 0])[0, 1]
    assert abs(correlation) > 0.999


@pytest.mark.parametrize(("rows", "components"), [(300, "6"), (3, "4"), (1, "1")])
def test_more_components_than_the_data_has_are_refused(rows: int, components: str) -> None:
    with pytest.raises(HyperparameterError, match=r"pca_components: \d cannot be learned from"):
        fit(_table(rows=rows, holes=0), impute="mean", pca_components=components)


def test_components_of_constant_columns_are_refused() -> None:
    with pytest.raises(ChannelError, match="every column is constant"):
        fit(Table(np.ones((10, 3), np.float32)), impute="mean", pca_components="2")


def test_S01_a_job_that_is_stopped_leaves_no_model() -> None:
    with pytest.raises(Stopped):
        ALGORITHM.fit(params(), _table(), None, replace(Context(), stopping=lambda: True))


def test_the_evaluation_tells_missing_and_unseen_cells(tmp_path: Path) -> None:
    job = run(tmp_path)
    data = job.decoded("1,male,2,southeast\n,other,,southwest\n3,nan,4,atlantis\n1,male,2,\n")
    evaluation = ALGORITHM.output(job.model).evaluate(ALGORITHM.predict(job.model, data), data)
    assert evaluation.metrics == {"missing_share": 4 / 16, "unseen_share": 2 / 8}
    assert [figure.title.split()[0] for figure in evaluation.figures] == ["Missing", "Categories"]
