"""What preprocessing makes of columns: as scikit-learn's transformers, for every imputation, scaling and encoding."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
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

from containers.sklearn.preprocessing.algorithm import ALGORITHM
from contract.errors import ChannelError
from contract.tables.data import Table
from tests.families.evaluation import judge
from tests.families.preprocessing_jobs import LOG_LINE, PEOPLE, cells_of, fit, number_table, run, schema

SCALERS = {
    "none": FunctionTransformer(),
    "standard": StandardScaler(),
    "minmax": MinMaxScaler(),
    "maxabs": MaxAbsScaler(),
    "robust": RobustScaler(),
    "normalise": Normalizer(),
}


@pytest.mark.parametrize("scale", SCALERS)
@pytest.mark.parametrize("impute", ["mean", "median", "most_frequent", "constant"])
def test_numbers_become_what_scikit_learn_makes_of_them(impute: str, scale: str) -> None:
    table = number_table()
    model = fit(table, impute=impute, fill_value="7.5", scale=scale)
    expected = make_pipeline(SimpleImputer(strategy=impute, fill_value=7.5), SCALERS[scale]).fit_transform(
        cells_of(table)
    )
    np.testing.assert_allclose(ALGORITHM.predict(model, table), expected, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("scale", ["none", "standard", "minmax", "maxabs", "robust"])
def test_without_imputation_missing_values_stay_and_do_not_count(scale: str) -> None:
    table = number_table()
    expected = SCALERS[scale].fit_transform(cells_of(table))
    np.testing.assert_allclose(
        ALGORITHM.predict(fit(table, impute="none", scale=scale), table), expected, rtol=2e-6, atol=1e-6
    )


@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_normalised_records_have_the_length_1_and_a_record_of_zeros_stays(norm: str) -> None:
    table = number_table(holes=0)
    cells = np.vstack([cells_of(table), np.zeros((1, table.width))])
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
    assert "8 output columns: age, sex_female, sex_male, bmi, region_northeast," in job.log[-1]
    assert all(LOG_LINE.match(text) for text in job.log)


COLLISIONS = {
    "a level and a number": ('[{"name":"a","type":"category"},"a_x"]', "x,1\ny,2\n", ("a_x", "'a' (category 'x')")),
    "a declared level": (
        '[{"name":"a","type":"category","levels":["x","z"]},"a_z"]', "x,1\nx,2\n", ("a_z", "'a' (category 'z')")
    ),
    "two levels": (
        '[{"name":"a","type":"category"},{"name":"a_b","type":"category"}]', "b_c,c\nd,e\n",
        ("'a' (category 'b_c')", "'a_b' (category 'c')"),
    ),
    "a level and an ordinal": (
        '[{"name":"a","type":"category"},{"name":"a_x","type":"category","encode":"ordinal"}]', "x,1\ny,2\n",
        ("'a_x'", "'a' (category 'x')"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "text", "told"), COLLISIONS.values(), ids=COLLISIONS.keys())
def test_two_columns_of_an_answer_with_one_name_are_refused(
    declared: str, text: str, told: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(ChannelError) as refused:
        run(tmp_path, text, "text/csv; label_size=0", schema=declared)
    for part in ("channel 'train'", *told, "give one of them another name"):
        assert part in str(refused.value)
    assert run(tmp_path, text, "text/csv; label_size=0", schema=declared, encode="ordinal").model.names
    assert run(tmp_path, text, "text/csv; label_size=0", schema=declared, impute="mean", pca_components="1")


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


def test_the_evaluation_tells_missing_and_unseencells_of(tmp_path: Path) -> None:
    job = run(tmp_path)
    data = job.decoded("1,male,2,southeast\n,other,,southwest\n3,nan,4,atlantis\n1,male,2,\n")
    evaluation = judge(ALGORITHM.output(job.model), ALGORITHM.predict(job.model, data), data)
    assert evaluation.metrics == {"missing_share": 4 / 16, "unseen_share": 2 / 8}
    assert [figure.title.split()[0] for figure in evaluation.figures] == ["Missing", "Categories"]
