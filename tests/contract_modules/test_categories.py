"""Columns of categories, from the text of a file or request to the codes that a library learns from."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from contract.errors import ChannelError, RequestError
from contract.media_type import MediaType
from contract.source import Source
from contract.tables.categories import EXACT, codes, levels_of
from contract.tables.category_texts import canonical, texts_of
from contract.tables.data import Table
from contract.tables.formats import csv
from contract.tables.formats.layout import RecordLayout
from contract.tables.input import TableInput
from tests.formats import samples

CSV = MediaType("text/csv")
COLOURS = TableInput[object](content_types=("text/csv",), categories=lambda params, source: (1,))
"""Two features, the second of them a category."""


def channel(folder: Path, text: str, content_type: str = "text/csv", name: str = "train") -> Source:
    file = folder / f"{name}.csv"
    file.write_text(text)
    return Source(name, folder, (file,), content_type)


def trained(folder: Path, text: str, content_type: str = "text/csv") -> Table:
    return COLOURS.read(channel(folder, text, content_type), object(), None)


def cells(table: Table, column: int = 1) -> list[float]:
    return np.asarray(table.features)[:, column].tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("5", "5"), ("5.0", "5"), ("05", "5"), ("+5", "5"), ("-5", "-5"), ("-0", "0"), ("0", "0"), ("00", "0")),
        *(("007", "7"), ("1.5", "1.5"), ("1.50", "1.5"), (".5", "0.5"), ("5e3", "5000"), ("1e400", "1e400")),
        *(("12345678901234567890", "12345678901234567890"), ("5_0", "5_0"), ("inf", "inf"), ("v5", "v5")),
        *((" red ", "red"), ("", ""), ("nan", ""), ("NaN", "")),
    ],
)
def test_a_category_is_known_by_one_text_however_it_is_written(text: str, expected: str) -> None:
    assert canonical(text) == expected


def test_numbers_and_texts_of_the_same_category_are_equal() -> None:
    assert texts_of(["7", 7, 7.0, np.int32(7), Decimal(7), None, pd.NA]).tolist() == ["7"] * 5 + ["", ""]
    assert texts_of(np.array([7.0, np.nan, -1.0, 0.5])).tolist() == ["7", "", "-1", "0.5"]
    assert texts_of([True, np.bool_(True), " red "]).tolist() == ["true", "true", "red"]


def test_a_fraction_has_one_text_whatever_it_came_in() -> None:
    every = [0.1, np.float32(0.1), np.float64(0.1), Decimal("0.1"), Decimal("0.10")]
    assert texts_of(every).tolist() == ["0.1"] * 5
    assert texts_of(np.array([0.1, 1e-7, 5], np.float32)).tolist() == ["0.1", "1e-07", "5"]


def test_whole_numbers_from_zero_on_stand_for_themselves_and_others_are_numbered_by_their_texts() -> None:
    assert levels_of(texts_of(["3", "0", "1000", ""])).texts == ()
    assert levels_of(texts_of(list(range(300, 600)))).texts == ()
    assert levels_of(texts_of(["3", "-1"])).texts == ("-1", "3")
    assert levels_of(texts_of(["3", "16777216"])).texts == ("16777216", "3")
    assert levels_of(texts_of(["red", "blue", "red"])).texts == ("blue", "red")
    assert levels_of(texts_of([""])).texts == ()


def test_numbers_with_large_gaps_are_numbered_too_for_libraries_keep_tables_up_to_the_largest() -> None:
    assert levels_of(texts_of(["3", "1001"])).texts == ("1001", "3")
    assert levels_of(texts_of([*range(500), 3000])).texts != ()
    assert levels_of(texts_of([*range(500), 2000])).texts == ()


CELLS = [
    "5",
    "5.0",
    "05",
    "1e5",
    "100000",
    "1.50",
    "2e3",
    "12345678901234567890",
    "12345678901234567891",
    "-0",
    "",
    "nan",
]


@pytest.mark.parametrize("cell", CELLS)
def test_a_category_is_the_same_alone_and_beside_a_text(tmp_path: Path, cell: str) -> None:
    rows = "".join(f"1,0.5,{each}\n" for each in [*CELLS, "red"])
    signature = COLOURS.signature(trained(tmp_path, rows))
    alone = cells(COLOURS.decode(f"0.5,{cell}\n".encode(), CSV, signature))
    beside = cells(COLOURS.decode(f"0.5,{cell}\n0.5,red\n".encode(), CSV, signature))
    np.testing.assert_array_equal(alone, beside[:1])
    body = f'[[0.5, "{cell}"]]'.encode()
    np.testing.assert_array_equal(alone, cells(COLOURS.decode(body, MediaType("application/json"), signature)))
    assert len(signature["categories"]["1"]) - 1 not in alone or cell == "red"


def test_ids_of_twenty_digits_stay_different(tmp_path: Path) -> None:
    table = trained(tmp_path, "1,0,12345678901234567890\n1,0,12345678901234567891\n")
    assert cells(table) == [0, 1]


def test_true_and_1_are_two_categories_in_any_order() -> None:
    assert texts_of([True, 1]).tolist() == ["true", "1"]
    assert texts_of([1, True]).tolist() == ["1", "true"]


def test_parquet_keeps_large_numbers_and_strings_of_categories(tmp_path: Path) -> None:
    import io

    from arro3.core import Array, DataType
    from arro3.core import Table as Arrow
    from arro3.io import write_parquet

    def parquet(values: list[object], kind: DataType) -> Table:
        columns = {"y": [1.0] * len(values), "x": [0.5] * len(values)}
        arrays = {name: Array(column, type=DataType.float64()) for name, column in columns.items()}
        file = io.BytesIO()
        write_parquet(Arrow.from_pydict(arrays | {"c": Array(values, type=kind)}), file)
        (tmp_path / "f.parquet").write_bytes(file.getvalue())
        reader = TableInput[object](content_types=("application/x-parquet",), categories=lambda params, source: (1,))
        source = Source("train", tmp_path, (tmp_path / "f.parquet",), "application/x-parquet")
        return reader.read(source, object(), None)

    assert parquet([100000001, 100000002], DataType.int64()).levels == {1: ("100000001", "100000002")}
    assert parquet([1.1, 2.2], DataType.float64()).levels == {1: ("1.1", "2.2")}
    assert parquet(["red", "blue"], DataType.string()).levels == {1: ("blue", "red")}


def test_recordio_refuses_category_numbers_that_it_cannot_tell_apart(tmp_path: Path) -> None:
    body = samples.as_recordio(np.array([[0.5, 16777217]]), np.array([1.0]), "float64")
    (tmp_path / "f").write_bytes(body)
    kind = "application/x-recordio-protobuf"
    reader = TableInput[object](content_types=(kind,), categories=lambda params, source: (1,))
    with pytest.raises(ChannelError, match="send CSV, JSON or Parquet"):
        reader.read(Source("train", tmp_path, (tmp_path / "f",), kind), object(), None)


def test_codes_mark_what_is_missing_and_what_training_has_not_seen() -> None:
    np.testing.assert_array_equal(codes(texts_of(["red", "", "green", "blue"]), ("blue", "red")), [1, np.nan, 2, 0])
    np.testing.assert_array_equal(codes(texts_of(["3", "", "red", "99999999"]), ()), [3, np.nan, EXACT, EXACT])


def test_text_categories_of_a_file_become_codes_and_their_levels_go_into_the_signature(tmp_path: Path) -> None:
    table = trained(tmp_path, "1,0.5,red\n2,1.5,blue\n3,2.5,\n")
    np.testing.assert_array_equal(cells(table), [1, 0, np.nan])
    assert cells(table, 0) == [0.5, 1.5, 2.5]
    assert COLOURS.signature(table)["categories"] == {"1": ["blue", "red"]}


def test_a_file_of_numbers_keeps_its_category_numbers(tmp_path: Path) -> None:
    table = trained(tmp_path, "1,0.5,7\n2,1.5,3.0\n")
    assert cells(table) == [7, 3]
    assert COLOURS.signature(table)["categories"] == {"1": []}


def test_a_file_may_change_from_numbers_to_texts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,0.5,7\n")
    (tmp_path / "b.csv").write_text("1,0.5,red\n1,0.5,07\n")
    source = Source("train", tmp_path, (tmp_path / "a.csv", tmp_path / "b.csv"), "text/csv")
    table = COLOURS.read(source, object(), None)
    assert table.levels == {1: ("07", "7", "red")}
    assert cells(table) == [1, 2, 0]


def test_a_later_channel_takes_the_levels_of_the_train_channel(tmp_path: Path) -> None:
    train = trained(tmp_path, "1,0.5,red\n2,1.5,blue\n")
    later = COLOURS.read(channel(tmp_path, "1,0,blue\n1,0,green\n", name="validation"), object(), train)
    assert cells(later) == [0, 2]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", b'1.5,red\n2.5,"blue"\n3.5,\n4.5,green\n'),
        ("application/json", b'{"instances": [[1.5, "red"], [2.5, "blue"], [3.5, null], [4.5, "green"]]}'),
        ("application/json", b'{"instances": [{"features": [1.5, "red"]}, {"features": [2.5, "blue"]}, '
                             b'{"features": [3.5, null]}, {"features": [4.5, "green"]}]}'),
        ("application/jsonlines", b'[1.5, "red"]\n[2.5, "blue"]\n[3.5, ""]\n[4.5, "green"]\n'),
    ],
)  # fmt: skip
def test_a_request_keeps_its_text_categories_in_every_format(tmp_path: Path, content_type: str, body: bytes) -> None:
    signature = COLOURS.signature(trained(tmp_path, "1,0.5,red\n2,1.5,blue\n"))
    table = COLOURS.decode(body, MediaType(content_type), signature)
    np.testing.assert_array_equal(cells(table), [1, 0, np.nan, 2])
    assert cells(table, 0) == [1.5, 2.5, 3.5, 4.5]


def test_records_by_name_keep_their_categories_in_any_order(tmp_path: Path) -> None:
    signature = COLOURS.signature(trained(tmp_path, "y,size,colour\n1,0.5,red\n", "text/csv; header=present"))
    table = COLOURS.decode(b'[{"colour": "red", "size": 2}]', MediaType("application/json"), signature)
    assert np.asarray(table.features).tolist() == [[2, 0]]
    body = b"colour,size\nred,2\n"
    table = COLOURS.decode(body, MediaType.parse("text/csv; header=present"), signature)
    assert np.asarray(table.features).tolist() == [[2, 0]]


def test_text_in_a_column_of_numbers_is_still_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=r"line 2, column 2: 'x' is not a number"):
        trained(tmp_path, "1,0.5,red\n1,x,red\n")
    signature = COLOURS.signature(trained(tmp_path, "1,0.5,red\n"))
    with pytest.raises(RequestError, match="line 1, column 1: 'x' is not a number"):
        COLOURS.decode(b"x,red\n", CSV, signature)
    with pytest.raises(RequestError, match="instance 1, feature 1"):
        COLOURS.decode(b'[["x", "red"]]', MediaType("application/json"), signature)
    with pytest.raises(RequestError, match="instance 1, feature 2"):
        COLOURS.decode(b'[[1, ["red"]]]', MediaType("application/json"), signature)


def test_ragged_and_headed_files_with_categories_are_refused_with_their_line(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="line 2: 4 columns, but line 1 has 3"):
        trained(tmp_path, "1,0.5,red\n1,2,red,blue\n")
    with pytest.raises(ChannelError, match="header=present"):
        trained(tmp_path, "y,size,colour\n1,0.5,red\n")


def test_a_category_column_beyond_the_data_is_refused(tmp_path: Path) -> None:
    beyond = TableInput[object](content_types=("text/csv",), categories=lambda params, source: (7,))
    with pytest.raises(ChannelError, match="feature 8 is said to hold categories, but the records have 2 features"):
        beyond.read(channel(tmp_path, "1,2,3\n"), object(), None)


def test_the_example_of_a_model_tells_its_categories_by_their_texts(tmp_path: Path) -> None:
    table = trained(tmp_path, "1,0.5,red\n2,1.5,blue\n")
    example = COLOURS.example(table)
    assert example.body == b'{"instances":[{"features":[1.0,"blue"]}]}'
    again = COLOURS.decode(example.body, MediaType(example.content_type), COLOURS.signature(table))
    assert cells(again) == [0]


@pytest.mark.parametrize(
    "texts",
    [
        ("3.1", "3.10"),
        ("007", "7"),
        ("1E2", "100"),
        ("1.50", "1.5", "2"),
        ("01", "1"),
        ("+5", "5"),
        ("5", "5.0", "red"),
    ],
)
def test_texts_that_differ_are_different_categories(tmp_path: Path, texts: tuple[str, ...]) -> None:
    table = trained(tmp_path, "".join(f"1,0,{text}\n" for text in texts))
    assert len(set(cells(table))) == len(texts)
    signature = COLOURS.signature(table)
    for row, text in enumerate(texts):
        asked = COLOURS.decode(f"0,{text}\n".encode(), CSV, signature)
        assert cells(asked) == [cells(table)[row]]
        asked = COLOURS.decode(f'[[0, "{text}"]]'.encode(), MediaType("application/json"), signature)
        assert cells(asked) == [cells(table)[row]]


def test_whole_numbers_with_a_fraction_of_none_are_merged_and_the_log_says_so(tmp_path: Path) -> None:
    told: list[str] = []
    source = replace(channel(tmp_path, "1,0,50000\n1,0,50000.0\n1,0,2.5\n"), log=told.append)
    table = COLOURS.read(source, object(), None)
    assert cells(table) == [1, 1, 0]
    assert told == ["feature 2: the categories 50000 and 50000.0 are taken for the same one"]
    told.clear()
    COLOURS.read(replace(channel(tmp_path, "1,0,5\n1,0,7\n"), log=told.append), object(), None)
    assert told == []


def test_a_number_finds_the_only_category_that_is_written_otherwise(tmp_path: Path) -> None:
    signature = COLOURS.signature(trained(tmp_path, "1,0,007\n1,0,012\n1,0,3.10\n1,0,3.1\n"))
    body = b"[[0, 7], [0, 12], [0, 3.1], [0, 8]]"
    assert cells(COLOURS.decode(body, MediaType("application/json"), signature)) == [0, 1, 2, 4]
    ambiguous = COLOURS.signature(trained(tmp_path, "1,0,007\n1,0,07\n"))
    assert cells(COLOURS.decode(b"[[0, 7]]", MediaType("application/json"), ambiguous)) == [2]


def test_a_truth_value_is_one_category_however_it_is_written(tmp_path: Path) -> None:
    table = trained(tmp_path, "1,0,True\n1,0,true\n1,0,FALSE\n1,0,false\n")
    assert cells(table) == [1, 1, 0, 0]
    signature = COLOURS.signature(table)
    for body in (b'[[0, true], [0, "TRUE"], [0, false]]', b'[[0, "True"], [0, "true"], [0, "False"]]'):
        assert cells(COLOURS.decode(body, MediaType("application/json"), signature)) == [1, 1, 0]
    assert cells(COLOURS.decode(b"0,True\n0,false\n", CSV, signature)) == [1, 0]


def test_words_for_nothing_are_missing_among_numbers_and_texts_among_texts(tmp_path: Path) -> None:
    among_numbers = trained(tmp_path, "1,0,5\n1,0,NA\n1,0,NULL\n1,0,?\n1,0,1.5\n")
    np.testing.assert_array_equal(cells(among_numbers), [1, np.nan, np.nan, np.nan, 0])
    np.testing.assert_array_equal(cells(COLOURS.decode(b"0,NA\n", CSV, COLOURS.signature(among_numbers))), [np.nan])
    among_texts = trained(tmp_path, "1,0,NA\n1,0,DE\n1,0,\n")
    np.testing.assert_array_equal(cells(among_texts), [1, 0, np.nan])
    np.testing.assert_array_equal(cells(COLOURS.decode(b"0,NA\n0,null\n", CSV, COLOURS.signature(among_texts))), [1, 2])
    themselves = trained(tmp_path, "1,0,5\n1,0,NA\n")
    np.testing.assert_array_equal(cells(themselves), [5, np.nan])


def test_levels_of_a_model_from_before_are_found_by_their_numbers() -> None:
    signature = {"feature_count": 2, "categories": {"1": ["1.5", "7", "true"]}}
    assert cells(COLOURS.decode(b"0,1.50\n0,007\n0,7.0\n0,True\n", CSV, signature)) == [0, 1, 1, 2]


@pytest.mark.parametrize(
    "cell", ["7", "007", "7.0", "+7", "1e1", "10", "", "nan", "-7", "3.10", "0", "-0", '"7"', " 7"]
)
@pytest.mark.parametrize("others", ["7", "8.5", "red"])
def test_a_text_is_the_same_whatever_stands_in_the_lines_beside_it(tmp_path: Path, cell: str, others: str) -> None:
    layout = RecordLayout(texts=frozenset({1}))
    (alone,) = csv.chunks(io.BytesIO(f"1,{cell},2\n".encode()), CSV, layout)
    (beside,) = csv.chunks(io.BytesIO(f"1,{cell},2\n1,{others},2\n".encode()), CSV, layout)
    assert alone.texts[1].tolist() == beside.texts[1].tolist()[:1]
    assert alone.texts[1].tolist() == [{"nan": ""}.get(cell, cell.strip(' "'))]
