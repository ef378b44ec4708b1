"""Channels of preprocessing whose columns are those of the schema, and those whose columns are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from arro3.core import Array, DataType
from arro3.core import Table as ArrowTable
from arro3.io import write_parquet

from containers.sklearn.preprocessing.algorithm import ALGORITHM
from contract.errors import ChannelError
from contract.source import Source
from tests.families.preprocessing_jobs import HEADED, PEOPLE, WITH_HEADER, params, run, schema, source


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [0, 4, 3, 2, 1]])
def test_a_header_in_training_may_have_the_columns_in_any_order(order: list[int], tmp_path: Path) -> None:
    lines = [line.split(",") for line in HEADED.splitlines()]
    job = run(tmp_path, "".join(",".join(line[place] for place in order) + "\n" for line in lines), WITH_HEADER)
    body = '{"instances": [{"region": "southeast", "bmi": 2, "age": 1, "sex": "male"}]}'
    answered = dict(zip(job.model.names, job.features(body, "application/json")[0].tolist(), strict=True))
    assert {name for name, value in answered.items() if value == 1} == {"age", "sex_male", "region_southeast"}
    assert answered["bmi"] == 2


def test_a_header_without_a_declared_column_is_refused_with_both_names(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=r"'train', file people.csv: the file lacks \['bmi'\].*has \['weight'\]"):
        run(tmp_path, HEADED.replace("bmi", "weight"), WITH_HEADER)


OTHER_WIDTHS = {
    "one too few": ("1,2,male,3\n", "label_size=0"),
    "one too many": ("1,2,male,3,x,4\n", "declare every column"),
    "one too many, all of them numbers": ("1,2,3,4,5,6\n", "declare every column"),
    "a number where a category is declared": ("2,3\n", "declare every column"),
    "a text beyond the declared columns": ("1,2,male,3,x,4,5,six\n", "declare every column"),
}


@pytest.mark.parametrize(("text", "remedy"), OTHER_WIDTHS.values(), ids=OTHER_WIDTHS.keys())
def test_F06_another_number_of_columns_is_refused_in_terms_of_the_schema(
    text: str, remedy: str, tmp_path: Path
) -> None:
    with pytest.raises(ChannelError) as refused:
        run(tmp_path, text * 2)
    told = f"channel 'train', file people.csv: the schema declares 4 columns, the file has {text.count(',')}"
    assert str(refused.value).startswith(told)
    assert remedy in str(refused.value)
    assert "is not a number" not in str(refused.value)
    assert "does not exist" not in str(refused.value)


def test_F06_a_label_that_stands_in_front_of_unlabelled_data_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=r"the file has 5 without a label.*leave label_size=0 out"):
        run(tmp_path, PEOPLE, "text/csv; label_size=0")


def test_F06_the_file_of_another_width_is_named_where_the_others_are_right(tmp_path: Path) -> None:
    channel = source(tmp_path, PEOPLE)
    (channel.folder / "more.csv").write_text("1,2,male\n")
    channel = replace(channel, files=(*channel.files, channel.folder / "more.csv"))
    with pytest.raises(ChannelError, match=r"'train', file more.csv: the schema declares 4 columns, the file has 2"):
        ALGORITHM.input.read(channel, params(schema=schema()), None)


def test_F06_the_validation_channel_is_told_in_terms_of_the_schema_too(tmp_path: Path) -> None:
    job = run(tmp_path)
    channel = source(tmp_path, "1,2,male\n", channel="validation")
    with pytest.raises(ChannelError, match=r"'validation', file people.csv: the schema declares 4 columns.* has 2"):
        ALGORITHM.input.read(channel, params(schema=schema()), job.train)


def test_F06_a_file_of_another_width_in_another_format_is_told_likewise(tmp_path: Path) -> None:
    job = run(tmp_path, "5,1,3\n6,2,4\n", schema='["a", "b"]')
    features = job.answer("7,8\n", "application/x-recordio-protobuf")
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "rows.pbr").write_bytes(features)
    channel = Source("train", tmp_path / "rows", (tmp_path / "rows" / "rows.pbr",), "application/x-recordio-protobuf")
    with pytest.raises(ChannelError, match=r"file rows.pbr: the schema declares 4 columns, the file has 2"):
        ALGORITHM.input.read(channel, params(schema=schema()), None)


def _parquet(folder: Path) -> Source:
    """PEOPLE with texts as strings."""
    cells = zip(*(line.split(",") for line in PEOPLE.splitlines()), strict=True)
    columns: dict[str, Any] = {}
    for name, column in zip(HEADED.splitlines()[0].split(","), cells, strict=True):
        if name in ("sex", "region"):
            columns[name] = Array([cell or None for cell in column], type=DataType.string())
        else:
            columns[name] = Array([float(cell) if cell else None for cell in column], type=DataType.float64())
    write_parquet(ArrowTable.from_pydict(columns), folder / "people.parquet")
    return Source("train", folder, (folder / "people.parquet",), "application/x-parquet")


def test_parquet_with_strings_is_read_as_csv_is(tmp_path: Path) -> None:
    found = ALGORITHM.input.read(_parquet(tmp_path), params(schema=schema()), None)
    assert found.fingerprint() == run(tmp_path).train.fingerprint()


def test_F06_parquet_with_undeclared_strings_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=r"column 3: 'sex' is of type.*declare it in the hyperparameter `schema`"):
        ALGORITHM.input.read(_parquet(tmp_path), params(), None)
    with pytest.raises(ChannelError, match=r"the file has \['sex', 'region'\], which the schema does not declare"):
        ALGORITHM.input.read(_parquet(tmp_path), params(schema='["age", "bmi"]'), None)


@pytest.mark.parametrize("text", [PEOPLE, "1,2,3\n4,5,male\n", HEADED])
def test_F06_texts_without_a_schema_are_refused_with_the_remedy(text: str, tmp_path: Path) -> None:
    with pytest.raises(ChannelError) as refused:
        run(tmp_path, text, WITH_HEADER if text == HEADED else "text/csv", schema="")
    told = ("file people.csv, line ", "is not a number", "if the column holds categories, declare it in the", "schema")
    assert all(part in str(refused.value) for part in told), refused.value
    assert '"type": "category"' in str(refused.value)


def test_F06_what_a_header_has_beyond_the_schema_is_named(tmp_path: Path) -> None:
    text = "\n".join(f"{line},{number or 'weight'}" for number, line in enumerate(HEADED.splitlines())) + "\n"
    with pytest.raises(ChannelError, match=r"the file has \['weight'\], which the schema does not declare"):
        run(tmp_path, text, WITH_HEADER)


@pytest.mark.parametrize("line", ["7,nineteen,male,30,northeast", "7,19,male,thirty,northeast"])
def test_F06_text_in_a_numeric_column_is_refused_with_file_line_and_column(line: str, tmp_path: Path) -> None:
    with pytest.raises(ChannelError) as refused:
        run(tmp_path, PEOPLE + line + "\n")
    told = (
        "'train'",
        "people.csv",
        "line 7, column 2" if "nineteen" in line else "line 7, column 4",
        "number",
        "category",
    )
    assert all(part in str(refused.value) for part in told)


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
