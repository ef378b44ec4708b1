"""The schema of preprocessing: what may be declared, and data that does not fit it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from containers.errors import ChannelError, HyperparameterError, RequestError
from containers.sklearn.preprocessing import ALGORITHM
from containers.sklearn.preprocessing.schema import CategoryColumn, NumericColumn
from tests.families.preprocessing_jobs import PEOPLE, params, run, schema, source

HEADED = "charges,age,sex,bmi,region\n" + PEOPLE
WITH_HEADER = "text/csv; header=present"

WRONG = {
    "not JSON": ('[{"name": "age"', ("schema: not JSON", '"type": "numeric"')),
    "deep": ("[" * 100_000, ("schema: not JSON",)),
    "not a list": ('{"age": "numeric"}', ("is not a list of columns",)),
    "empty": ("[]", ("[] is not a list of columns",)),
    "a number as column": ("[7]", ("column 1: 7 is no column",)),
    "no name": ('[{"type": "numeric"}]', ("column 1:", "is no column")),
    "empty name": ('[" "]', ("column 1:", "is no column")),
    "no type": ('[{"name": "age"}]', ("column 1 (age): the type is missing",)),
    "unknown type": ('[{"name": "age", "type": "text"}]', ('type "text" is not one of numeric, category',)),
    "a list as type": ('[{"name": "age", "type": ["numeric"]}]', ('type ["numeric"] is not one of',)),
    "unknown key": (schema({"name": "age", "scael": "minmax"}), ("column 1 (age)", '"scael"', "did you mean scale?")),
    "unknown scaling": (schema({"name": "age", "scale": "log"}), ('scale "log"', "normalise")),
    "unknown imputation": (schema({"name": "bmi", "impute": "knn"}), ("column 3 (bmi)", '"knn"', "most_frequent")),
    "a mean of categories": (schema({"name": "sex", "impute": "mean"}), ('impute "mean" of a category column',)),
    "scaled categories": (schema({"name": "sex", "scale": "minmax"}), ('unknown key "scale" of a category column',)),
    "encoded numbers": (schema({"name": "age", "encode": "onehot"}), ('unknown key "encode" of a numeric column',)),
    "text for a number": (schema({"name": "age", "fill_value": "1"}), ('fill_value "1" is not a number',)),
    "too large": (schema({"name": "age", "fill_value": 10**400}), ("is not a number of at most 1e+38",)),
    "not a number": (schema({"name": "age", "fill_value": float("nan")}), ("fill_value NaN is not a number",)),
    "list for a text": (schema({"name": "sex", "fill_value": [1]}), ("fill_value [1] is not a text",)),
    "levels of another kind": (schema({"name": "sex", "levels": "male"}), ('levels "male" is not a list',)),
    "level twice": (schema({"name": "sex", "levels": ["5", 5.0, 5]}), ("levels",)),
    "name twice": ('["age", "bmi", " age"]', ('the name "age" is given to several columns',)),
    "label": ('["label", "bmi"]', ("label is the name of the label",)),
}


@pytest.mark.parametrize(("text", "told"), WRONG.values(), ids=WRONG.keys())
def test_C08_a_schema_that_cannot_be_used_is_refused_with_the_column(text: str, told: tuple[str, ...]) -> None:
    with pytest.raises(HyperparameterError) as refused:
        params(schema=text)
    assert all(part in str(refused.value) for part in ("schema", *told)), refused.value
    assert len(str(refused.value)) < 600


def test_C08_all_mistakes_of_a_schema_and_beside_it_are_told_at_once() -> None:
    declared = schema({"name": "age", "scael": "x"}, {"name": "sex", "type": "text"})
    with pytest.raises(HyperparameterError) as refused:
        params(schema=declared, max_levels="0", fill_value="4e38")
    told = ("4 hyperparameter problems", "scael", '"text"', "max_levels", "fill_value: 4e+38")
    assert all(part in str(refused.value) for part in told)


@pytest.mark.parametrize(
    "given",
    [{"pca_components": "2"}, {"scale": "normalise"}, {"schema": schema({"name": "bmi", "scale": "normalise"})}],
)
def test_what_needs_complete_records_needs_imputation(given: dict[str, str]) -> None:
    with pytest.raises(HyperparameterError, match=r"needs? complete records: set impute"):
        params(**given)
    assert params(impute="median", **given)


def test_a_column_overrides_the_defaults_of_all() -> None:
    declared = schema(
        {"name": "age", "impute": "none", "scale": "none"},
        {"name": "region", "impute": "constant", "fill_value": 7, "encode": "onehot", "levels": [7, "8.0", "x"]},
    )
    chosen = params(schema=declared, impute="mean", scale="robust", encode="ordinal", fill_value="3")
    assert chosen.columns(()) == (
        NumericColumn("age", None, 3.0, None),
        CategoryColumn("sex", None, "missing", "ordinal"),
        NumericColumn("bmi", "mean", 3.0, "robust"),
        CategoryColumn("region", "constant", "7", "onehot", ("7", "8", "x")),
    )


def test_a_bare_name_is_a_numeric_column() -> None:
    assert params(schema='["age"]').columns(()) == params(schema='[{"name":"age","type":"numeric"}]').columns(())


def test_without_a_schema_every_column_is_numeric_and_has_the_name_of_its_header(tmp_path: Path) -> None:
    text = "y,a,b\n1,2,3\n4,5,6\n"
    chosen = params(impute="mean")
    table = ALGORITHM.input.read(source(tmp_path, text, WITH_HEADER), chosen, None)
    assert run(tmp_path, text, WITH_HEADER, schema="").model.names == table.names == ("a", "b")
    assert run(tmp_path, text.split("\n", 1)[1], schema="").model.names == ("x0", "x1")


def test_names_of_the_schema_are_those_of_requests(tmp_path: Path) -> None:
    job = run(tmp_path, impute="mean")
    expected = job.features("19,female,27.5,southwest\n")
    by_name = '{"instances": [{"region": "southwest", "bmi": 27.5, "age": 19, "sex": "female"}]}'
    np.testing.assert_array_equal(job.features(by_name, "application/json"), expected)
    headed = "bmi,age,region,sex\n27.5,19,southwest,female\n"
    np.testing.assert_array_equal(job.features(headed, WITH_HEADER), expected)


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [0, 4, 3, 2, 1]])
def test_a_header_in_training_may_have_the_columns_in_any_order(order: list[int], tmp_path: Path) -> None:
    lines = [line.split(",") for line in HEADED.splitlines()]
    job = run(tmp_path, "".join(",".join(line[place] for place in order) + "\n" for line in lines), WITH_HEADER)
    body = '{"instances": [{"region": "southeast", "bmi": 2, "age": 1, "sex": "male"}]}'
    answered = dict(zip(job.model.names, job.features(body, "application/json")[0].tolist(), strict=True))
    assert {name for name, value in answered.items() if value == 1} == {"age", "sex_male", "region_southeast"}
    assert answered["bmi"] == 2


def test_a_header_without_a_declared_column_is_refused_with_both_names(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=r"'train', file people.csv: its header lacks \['bmi'\].*has \['weight'\]"):
        run(tmp_path, HEADED.replace("bmi", "weight"), WITH_HEADER)


@pytest.mark.parametrize("text", ["1,2,male,3\n", "1,2,male,3,x,4\n", "2,3\n"])
def test_F06_too_few_or_too_many_columns_are_refused_with_file_and_number(text: str, tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=rf"channel 'train', file people.csv: .*{text.count(',')} feature columns"):
        run(tmp_path, text * 2)


@pytest.mark.parametrize("line", ["7,nineteen,male,30,northeast", "7,19,male,thirty,northeast"])
def test_F06_text_in_a_numeric_column_is_refused_with_file_line_and_column(line: str, tmp_path: Path) -> None:
    with pytest.raises(ChannelError) as refused:
        run(tmp_path, PEOPLE + line + "\n")
    place = f"column {2 if 'nineteen' in line else 4}"
    assert all(part in str(refused.value) for part in ("'train'", "people.csv", "line 7", place, "is not a number"))


def test_F06_a_line_of_another_length_is_refused_with_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=r"people.csv, line 7: 4 columns"):
        run(tmp_path, PEOPLE + "7,19,male,30\n")


def test_a_validation_channel_has_the_levels_of_train(tmp_path: Path) -> None:
    job = run(tmp_path, impute="mean")
    text = "1,20,female,20,atlantis\n2,30,male,30,southwest\n"
    held_out = ALGORITHM.input.read(
        source(tmp_path, text, channel="validation"), params(schema=schema(), impute="mean"), job.train
    )
    rows = ALGORITHM.predict(job.model, held_out)
    np.testing.assert_array_equal(rows, job.features("20,female,20,atlantis\n30,male,30,southwest\n"))
    assert rows[0, -4:].tolist() == [0, 0, 0, 0]


def test_data_without_a_label_is_learned_too(tmp_path: Path) -> None:
    unlabelled = "".join(line.split(",", 1)[1] + "\n" for line in PEOPLE.splitlines())
    job, labelled = run(tmp_path, unlabelled, "text/csv; label_size=0"), run(tmp_path)
    assert job.train.label is None
    np.testing.assert_array_equal(job.features(unlabelled), labelled.features(unlabelled))


REQUESTS = {
    "too narrow": ("1,male,2\n", "text/csv", "expected 4 features a record, got 3"),
    "label too": ("100,1,male,2,southeast\n", "text/csv", "line 1, column 2: 'male'|is not a number|got 5"),
    "text as number": ("old,male,2,southeast\n", "text/csv", "'old' is not a number"),
    "text as number in JSON": ('{"instances": [["old", "male", 2, "southeast"]]}', "application/json", "'old'"),
    "a list as category": ('{"instances": [[1, ["male"], 2, "southeast"]]}', "application/json", "instance 1"),
    "unknown name": ('{"instances": [{"age": 1, "sex": "male", "bmi": 2, "zone": 3}]}', "application/json", "zone"),
}


@pytest.mark.parametrize(("body", "content_type", "told"), REQUESTS.values(), ids=REQUESTS.keys())
def test_V07_a_request_that_does_not_fit_is_refused(body: str, content_type: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=told):
        run(tmp_path).decoded(body, content_type)


def test_quoted_cells_with_commas_and_letters_of_any_script_are_categories(tmp_path: Path) -> None:
    text = '1,"Łódź, centre"\n2,東京\n3,"Łódź, centre"\n'
    job = run(tmp_path, text, schema='[{"name":"city","type":"category"}]')
    assert job.model.names == ("city_Łódź, centre", "city_東京")
    assert job.features("東京\n").tolist() == [[0, 1]]
    assert json.loads((tmp_path / "model" / "output_columns.json").read_text()) == list(job.model.names)
