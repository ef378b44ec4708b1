"""The schema of preprocessing: what may be declared, and requests that do not fit it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from containers.sklearn.preprocessing.algorithm import ALGORITHM
from containers.sklearn.preprocessing.hyperparameters import PreprocessingHyperparameters
from containers.sklearn.preprocessing.schema import CategoryColumn, NumericColumn
from contract.errors import HyperparameterError, RequestError
from contract.hyperparameters import parse
from tests.families.preprocessing_jobs import WITH_HEADER, params, run, schema, source

WRONG = {
    "not JSON": ('[{"name": "age"', ("schema: not JSON", '"type": "numeric"')),
    "names of Python": ("[{'name': age}]", ("schema: not JSON",)),
    "bytes of Python": ("[b'age']", ("schema: not JSON",)),
    "an open text of Python": ("['age", ("schema: not JSON",)),
    "deep list of Python": ("['" + "[" * 5000, ("schema: not JSON",)),
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


SENT = {
    "text": (lambda text: text, "robust", "3"),
    "text as JSON": (json.dumps, '"robust"', "3.0"),
    "list of Python as text": (lambda text: str(json.loads(text)), "robust", "3"),
    "list": (json.loads, "robust", 3),
}
"""The ways in which SDKs write a schema, a text and a number into hyperparameters.json."""


@pytest.mark.parametrize(("form", "scale", "number"), SENT.values(), ids=SENT.keys())
def test_what_the_sdks_send_is_taken(form: Callable[[str], Any], scale: str, number: Any) -> None:
    declared = schema({"name": "sex", "levels": ["male", 'it\'s "x"']}, {"name": "bmi", "fill_value": 1.5})
    sent = {
        "schema": form(declared), "scale": scale, "fill_value": number, "impute": "None", "max_levels": number,
        "sagemaker_region": "eu-west-1", "_tuning_objective_metric": "validation:missing_share",
    }  # fmt: skip
    expected = params(schema=declared, scale="robust", fill_value="3", max_levels="3")
    assert parse(PreprocessingHyperparameters, sent).columns(()) == expected.columns(())


def test_names_of_the_schema_are_those_of_requests(tmp_path: Path) -> None:
    job = run(tmp_path, impute="mean")
    expected = job.features("19,female,27.5,southwest\n")
    by_name = '{"instances": [{"region": "southwest", "bmi": 27.5, "age": 19, "sex": "female"}]}'
    np.testing.assert_array_equal(job.features(by_name, "application/json"), expected)
    headed = "bmi,age,region,sex\n27.5,19,southwest,female\n"
    np.testing.assert_array_equal(job.features(headed, WITH_HEADER), expected)


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
