"""application/x-parquet: numeric columns of every kind, nulls, and files that are not Parquet."""

import io

import numpy as np
import pytest
from arro3.core import Array, DataType
from arro3.core import Table as ArrowTable
from arro3.io import write_parquet

from contract.media_type import MediaType
from contract.tables.data import Table
from contract.tables.formats import parquet
from contract.tables.formats.layout import RecordLayout
from tests.formats.refusals import refusal
from tests.formats.samples import as_parquet

PARQUET = MediaType("application/x-parquet")
TRAINING = RecordLayout(label_size=1)


def written(columns: dict[str, Array]) -> bytes:
    file = io.BytesIO()
    write_parquet(ArrowTable.from_pydict(columns), file)
    return file.getvalue()


def decode(body: bytes, layout: RecordLayout = RecordLayout()) -> Table:  # noqa: B008 - it is frozen
    return parquet.decode(body, PARQUET, layout)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int32", "int64", "uint64", "float32", "float64"])
def test_F10_columns_of_every_numeric_type_are_read(dtype: str) -> None:
    table = decode(written({"a": Array.from_numpy(np.array([1, 0, 1]).astype(dtype))}))
    assert (table.features.tolist(), table.features.dtype, table.names) == ([[1], [0], [1]], np.float32, ("a",))


def test_F10_the_first_column_is_the_label_and_none_is_a_weight() -> None:
    body = as_parquet(np.array([[0, 0.5, 1], [1, 2, 3]]), names=("y", "a", "b"))
    table = decode(body, RecordLayout(label_size=1, weight_size=1))
    assert (table.features.tolist(), table.label.tolist(), table.weight) == ([[0.5, 1], [2, 3]], [0, 1], None)
    assert table.names == ("a", "b")
    assert "no feature is left" in refusal(lambda: decode(as_parquet(np.array([[1.0]])), TRAINING))


def test_F05_null_and_nan_are_missing() -> None:
    columns = {
        "a": Array([1, None, 3], type=DataType.int64()),
        "b": Array([None, None, None], type=DataType.float64()),
        "c": Array.from_numpy(np.array([np.nan, 1, 2])),
        "d": Array([True, None, False], type=DataType.bool()),
    }
    nan = np.nan
    expected = np.array([[1, nan, nan, 1], [nan, nan, 1, nan], [3, nan, 2, 0]], np.float32)
    np.testing.assert_array_equal(decode(written(columns)).features, expected)


def test_a_missing_label_and_an_infinity_are_refused_with_their_row() -> None:
    body = as_parquet(np.array([[1.0, 2.0], [np.nan, 3.0]]))
    assert refusal(lambda: decode(body, TRAINING)) == "row 2: the label is missing"
    infinite = written({"y": Array.from_numpy(np.zeros(2)), "x": Array.from_numpy(np.array([1, 1e39]))})
    assert refusal(lambda: decode(infinite, TRAINING)).startswith("row 2, column 'x': 1e+39 is beyond")


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (Array(["x", "y"], type=DataType.string()), "Utf8"),
        (Array([b"x", b"y"], type=DataType.binary()), "Binary"),
    ],
)
def test_a_column_that_is_no_number_is_refused_with_name_type_and_remedy(column: Array, kind: str) -> None:
    message = refusal(lambda: decode(written({"a": Array.from_numpy(np.arange(2.0)), "town": column})))
    assert message.startswith(f"column 2: 'town' is of type {kind}")
    assert "encode categories as numbers" in message


GOOD = as_parquet(np.arange(20.0).reshape(10, 2))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PAR1",
        b"PAR1PAR1",
        b"1,2\n3,4\n" * 10,
        GOOD[:-20],
        GOOD[20:],
        GOOD[:60] + GOOD[-60:],
        GOOD[:8] + GOOD[-8:],
    ],
)
def test_what_is_not_a_whole_parquet_file_is_refused(body: bytes) -> None:
    assert "Parquet file" in refusal(lambda: decode(body))
    assert "Parquet file" in refusal(lambda: list(parquet.chunks(io.BytesIO(body), PARQUET, TRAINING)))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            b"1,2\n3,4\n" * 10,
            "this is not a Parquet file but text; for CSV set the ContentType of the channel",
        ),
        (b"PK\x03\x04" + bytes(20), "this is not a Parquet file but a zip archive; upload the files that are in it"),
        (GOOD[:-20], "this is not a Parquet file but a part of one: its end is missing; upload it again"),
        (GOOD[20:], "this is not a Parquet file, or only a part of one"),
    ],
    ids=["csv", "zip", "begun", "rest"],
)
def test_a_file_of_another_kind_is_told_by_its_own_name(body: bytes, told: str) -> None:
    assert refusal(lambda: decode(body)).startswith(told)


def test_a_file_without_rows_is_refused_as_a_body_and_empty_as_a_file() -> None:
    body = as_parquet(np.empty((0, 2)))
    assert refusal(lambda: decode(body)) == "the body holds no record"
    assert list(parquet.chunks(io.BytesIO(body), PARQUET, TRAINING)) == []


def test_a_long_file_comes_in_parts_that_keep_their_row_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_ROWS", 30)
    values = np.random.default_rng(0).normal(size=(100, 3))
    tables = list(parquet.chunks(io.BytesIO(as_parquet(values)), PARQUET, RecordLayout()))
    assert [len(table) for table in tables] == [30, 30, 30, 10]
    np.testing.assert_array_equal(np.concatenate([table.features for table in tables]), values.astype(np.float32))
    values[95, 0] = np.nan
    assert refusal(lambda: list(parquet.chunks(io.BytesIO(as_parquet(values)), PARQUET, TRAINING))).startswith(
        "row 96:"
    )
