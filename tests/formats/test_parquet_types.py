"""What the types of Parquet columns mean, in files as pandas, polars, DuckDB and pyarrow write them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from arro3.core import Array, DataType, RecordBatch
from arro3.core import Table as ArrowTable
from arro3.io import write_parquet

from contract.media_type import MediaType
from contract.tables.data import Table
from contract.tables.formats import parquet
from contract.tables.formats.layout import RecordLayout
from tests.formats.refusals import refusal

PARQUET = MediaType("application/x-parquet")
FILES = sorted((Path(__file__).parent / "parquet_files").glob("*.parquet"))
CATEGORIES = RecordLayout(label_size=1, text_names=frozenset({"color", "size"}))
NAMES = ("whole", "price", "truth", "share", "nothing", "color", "size")


def read(body: bytes, layout: RecordLayout = CATEGORIES) -> tuple[Table, list[str]]:
    """The table and the notes of reading it."""
    notes: list[str] = []
    return parquet.decode(body, PARQUET, RecordLayout(**{**vars(layout), "note": notes.append})), notes


def written(columns: dict[str, Array], pandas: str | None = None) -> bytes:
    file = io.BytesIO()
    write_parquet(
        ArrowTable.from_pydict(columns), file, key_value_metadata={} if pandas is None else {"pandas": pandas}
    )
    return file.getvalue()


def numbers(*values: float) -> Array:
    return Array.from_numpy(np.array(values))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_F10_one_table_is_read_alike_whichever_library_wrote_it(file: Path) -> None:
    table, notes = read(file.read_bytes())
    assert (table.names, table.labels.tolist()) == (NAMES, [1.5, 2.5, 3.5])
    nan = np.nan
    expected = [[1, 1.25, 1, 0.1, nan], [nan, nan, nan, 0.25, nan], [3, -2.5, 0, 0.5, nan]]
    np.testing.assert_allclose(table.dense[:, :5], np.array(expected, np.float32))
    assert {at: texts.tolist() for at, texts in table.texts.items()} == {5: ["red", "blue", ""], 6: ["3", "1", "3"]}
    assert bool(notes) == (file.stem in ("pandas_shuffled", "pandas_named_index"))


@pytest.mark.parametrize(
    ("file", "index"), [("pandas_shuffled", "__index_level_0__"), ("pandas_named_index", "town, __index_level_1__")]
)
def test_the_index_of_a_pandas_frame_is_left_out_and_told(file: str, index: str) -> None:
    _, (note,) = read(next(path for path in FILES if path.stem == file).read_bytes())
    assert note == f"the index of the pandas frame is no feature: {index} (reset_index() makes it one)"


def test_an_index_in_front_of_the_label_is_left_out_too() -> None:
    body = written({"id": numbers(8, 9), "y": numbers(0, 1), "a": numbers(2, 3)}, '{"index_columns": ["id"]}')
    table, _ = read(body)
    assert (table.names, table.labels.tolist(), table.dense.tolist()) == (("a",), [0, 1], [[2], [3]])


def test_an_index_without_a_name_is_known_in_a_copy_that_lost_what_pandas_told() -> None:
    table, notes = read(written({"y": numbers(0), "a": numbers(1), "__index_level_0__": numbers(2)}))
    assert table.names == ("a",)
    assert len(notes) == 1


@pytest.mark.parametrize(
    "told",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"index_columns": "y"}',
        '{"index_columns": [{"kind": "range", "name": "a"}, 1, null, "gone"]}',
    ],
)
def test_what_pandas_tells_in_another_way_leaves_no_column_out(told: str) -> None:
    table, notes = read(written({"y": numbers(0), "a": numbers(1)}, told))
    assert (table.names, notes) == (("a",), [])


def test_a_file_of_nothing_but_an_index_and_a_label_has_no_feature() -> None:
    body = written({"y": numbers(0), "id": numbers(1)}, json.dumps({"index_columns": ["id"]}))
    assert "no feature is left" in refusal(lambda: read(body))


def test_categories_of_32_bit_floats_are_the_texts_that_other_formats_have() -> None:
    column = Array.from_numpy(np.array([0.1, 2.0, 1e10], np.float32))
    table, _ = read(written({"y": numbers(0, 0, 0), "size": column}))
    assert table.texts[0].tolist() == ["0.1", "2", "10000000000"]


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (Array([1, 2], type=DataType.int32()).cast(DataType.date32()), "dates and times are no numbers"),
        (Array([1, 2], type=DataType.int64()).cast(DataType.duration("s")), "dates and times are no numbers"),
        (RecordBatch.from_pydict({"a": numbers(1, 2)}).to_struct_array(), "each of its elements into a column"),
    ],
)
def test_a_type_that_holds_no_number_is_refused_with_its_own_remedy(column: Array, told: str) -> None:
    assert told in refusal(lambda: read(written({"y": numbers(0, 1), "size": column})))


def test_bytes_that_are_no_text_are_refused_as_categories() -> None:
    body = written({"y": numbers(0), "color": Array([b"\xff\xfe"], type=DataType.binary())})
    assert "no text in UTF-8; write the column as strings" in refusal(lambda: read(body))
