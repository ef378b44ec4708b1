"""Answers as CSV, JSON and JSON Lines: rows in their order, and every number as the same text."""

import csv as standard_csv
import json as standard_json
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from contract.answer import Answer
from contract.errors import NotAcceptable
from contract.wire.answers import ANSWERS, csv, json, jsonlines

SCORES = np.array([0.12, 0.87], np.float32)
PAIRS = np.array([[0.4, 0.6], [0.75, 0.25]], np.float32)


def test_a_column_of_scores_is_one_row_a_record() -> None:
    answer = Answer({"score": SCORES})
    assert csv(answer) == b"0.12\n0.87\n"
    assert json(answer) == b'{"predictions":[{"score":0.12},{"score":0.87}]}'
    assert jsonlines(answer) == b'{"score":0.12}\n{"score":0.87}\n'


def test_a_column_of_lists_is_a_list_a_record() -> None:
    answer = Answer({"score": PAIRS})
    assert csv(answer) == b"0.4,0.6\n0.75,0.25\n"
    assert json(answer) == b'{"predictions":[{"score":[0.4,0.6]},{"score":[0.75,0.25]}]}'
    assert jsonlines(answer) == b'{"score":[0.4,0.6]}\n{"score":[0.75,0.25]}\n'


def test_several_columns_stand_in_their_order() -> None:
    answer = Answer({"predicted_label": np.array([1, 0]), "probabilities": PAIRS, "name": np.array(["a", "b"])})
    assert csv(answer) == b"1,0.4,0.6,a\n0,0.75,0.25,b\n"
    first = b'{"predicted_label":1,"probabilities":[0.4,0.6],"name":"a"}'
    second = b'{"predicted_label":0,"probabilities":[0.75,0.25],"name":"b"}'
    assert jsonlines(answer) == first + b"\n" + second + b"\n"
    assert json(answer) == b'{"predictions":[' + first + b"," + second + b"]}"


@pytest.mark.parametrize(
    ("lists", "alone", "beside"),
    [
        ("cells", b"0.4,0.6\n0.75,0.25\n", b"1,0.4,0.6\n0,0.75,0.25\n"),
        ("quoted", b'"[0.4, 0.6]"\n"[0.75, 0.25]"\n', b'1,"[0.4, 0.6]"\n0,"[0.75, 0.25]"\n'),
        ("bare", b"[0.4, 0.6]\n[0.75, 0.25]\n", b"1,[0.4, 0.6]\n0,[0.75, 0.25]\n"),
    ],
)
def test_lists_in_csv_are_written_as_the_answer_says(
    lists: Literal["cells", "quoted", "bare"], alone: bytes, beside: bytes
) -> None:
    assert csv(Answer({"p": PAIRS}, csv_lists=lists)) == alone
    assert csv(Answer({"label": np.array([1, 0]), "p": PAIRS}, csv_lists=lists)) == beside


def test_the_envelope_is_the_key_around_the_rows_or_absent() -> None:
    assert json(Answer({"score": SCORES[:1]}, envelope="scores")) == b'{"scores":[{"score":0.12}]}'
    assert json(Answer({"score": SCORES[:1]}, envelope=None)) == b'[{"score":0.12}]'


def test_a_missing_number_is_nan_in_csv_and_null_in_json() -> None:
    answer = Answer({"a": np.array([np.nan, 1]), "b": np.array([[np.nan, 2], [3, 4]])})
    assert csv(answer) == b"nan,nan,2.0\n1.0,3.0,4.0\n"
    assert jsonlines(answer) == b'{"a":null,"b":[null,2.0]}\n{"a":1.0,"b":[3.0,4.0]}\n'
    assert csv(Answer({"a": np.array([np.nan])})) == b"nan\n"


def test_an_answer_without_rows_holds_nothing() -> None:
    answer = Answer({"score": np.empty(0, np.float32)})
    assert (csv(answer), jsonlines(answer)) == (b"", b"")
    assert json(answer) == b'{"predictions":[]}'


def test_text_that_looks_like_syntax_survives() -> None:
    texts = ["plain", "", " blank ", 'say "hi", twice', "two\nlines", "null", "1,2", "100 %", "],["]
    answer = Answer({'odd "%s" name': np.array(texts), "again": np.array(texts, object), "n": np.arange(len(texts))})
    read = list(standard_csv.reader(csv(answer).decode().splitlines(keepends=True)))
    assert read == [[text, text, str(row)] for row, text in enumerate(texts)]
    rows = standard_json.loads(json(answer))["predictions"]
    assert rows == [{'odd "%s" name': text, "again": text, "n": row} for row, text in enumerate(texts)]
    assert [standard_json.loads(line) for line in jsonlines(answer).splitlines()] == rows
    assert csv(Answer({"text": np.array(["", "a"])})) == b'""\na\n'


def test_whole_numbers_and_truth_values_have_their_own_text() -> None:
    answer = Answer({"label": np.array([2, -1], np.int64), "right": np.array([True, False])})
    assert csv(answer) == b"2,true\n-1,false\n"


def test_columns_that_are_views_of_other_arrays_are_written_right() -> None:
    table = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert csv(Answer({"a": table[:, 1], "b": table[:, ::2]})) == b"1.0,0.0,2.0\n4.0,3.0,5.0\n"


FLOATS = st.floats(width=32, allow_infinity=False)


@given(arrays(np.float32, st.integers(1, 20), elements=FLOATS))
def test_F12_a_number_has_the_same_text_everywhere_and_reads_back_equal(column: Any) -> None:
    answer = Answer({"score": column})
    cells = csv(answer).decode().splitlines()
    lines = [line[len('{"score":') : -1] for line in jsonlines(answer).decode().splitlines()]
    document = json(answer).decode()
    assert [line.replace("null", "nan") for line in lines] == cells
    assert document == '{"predictions":[' + ",".join(f'{{"score":{line}}}' for line in lines) + "]}"
    np.testing.assert_array_equal(np.array(cells, np.float64).astype(np.float32), column)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_V12_many_rows_are_written_as_each_of_them_alone_would_be(name: str) -> None:
    rng = np.random.default_rng(0)
    columns = {"score": rng.normal(size=200).astype(np.float32), "p": rng.random((200, 3)).astype(np.float32)}
    for chosen in (["score"], ["p"], ["score", "p"]):
        whole = ANSWERS[name](Answer({key: columns[key] for key in chosen}, envelope=None))
        alone = [
            ANSWERS[name](Answer({key: columns[key][[row]] for key in chosen}, envelope=None)) for row in range(200)
        ]
        if name == "application/json":
            assert whole == b"[" + b",".join(row[1:-1] for row in alone) + b"]"
        else:
            assert whole == b"".join(alone)


RANKED = Answer({"label": [["__label__1", "b,c"], ["é", ""]], "prob": [[0.9, 0.1], [0.7, 0.3]]}, envelope=None)


def test_lists_of_texts_are_lists_in_json_and_cells_in_csv() -> None:
    rows = [{"label": ["__label__1", "b,c"], "prob": [0.9, 0.1]}, {"label": ["é", ""], "prob": [0.7, 0.3]}]
    assert standard_json.loads(json(RANKED)) == rows
    assert [standard_json.loads(line) for line in jsonlines(RANKED).splitlines()] == rows
    assert csv(RANKED).decode() == '__label__1,"b,c",0.9,0.1\né,"",0.7,0.3\n'
    array = Answer({"label": np.array([["a", "b"], ["c", "d"]], object)})
    assert csv(array) == b"a,b\nc,d\n"
    assert jsonlines(array) == b'{"label":["a","b"]}\n{"label":["c","d"]}\n'


def test_lists_as_one_cell_of_csv_are_their_json() -> None:
    quoted = Answer({"n": np.array([1, 2]), "words": [["a", 'b"'], []], "box": [{"x": 1}, None]}, csv_lists="quoted")
    cells = list(standard_csv.reader(csv(quoted).decode().splitlines()))
    assert [(row[0], *map(standard_json.loads, row[1:])) for row in cells] == [
        ("1", ["a", 'b"'], {"x": 1}),
        ("2", [], None),
    ]


@pytest.mark.parametrize(
    "column",
    [
        [[0.5, 0.25, None], [1.5]],
        [[[1, 2], [3]], []],
        [{"quantiles": {"0.1": [1.5, 2.5], "0.9": [2.0]}, "mean": [1.0]}, {"mean": []}],
        ["text", None],
        [True, 3, "mixed"][:2],
    ],
)
def test_any_json_value_may_be_the_answer_of_a_record(column: list[Any]) -> None:
    answer = Answer({"value": column, "score": SCORES})
    assert [row["value"] for row in standard_json.loads(json(answer))["predictions"]] == column
    assert [standard_json.loads(line)["value"] for line in jsonlines(answer).splitlines()] == column
    assert standard_json.loads(json(Answer({"value": column}, orient="columns"))) == {"value": column}


def test_arrays_of_different_length_and_dimensions_are_written_as_lists() -> None:
    ragged = Answer({"forecast": [np.array([0.1, np.nan], np.float32), np.array([[1, 2], [3, 4]])[:, 1]]})
    assert jsonlines(ragged) == b'{"forecast":[0.1,null]}\n{"forecast":[2,4]}\n'
    cube = Answer({"mask": np.arange(8, dtype=np.float32).reshape(2, 2, 2)})
    assert jsonlines(cube) == b'{"mask":[[0.0,1.0],[2.0,3.0]]}\n{"mask":[[4.0,5.0],[6.0,7.0]]}\n'
    assert csv(Answer({"a": [np.array([1, 2]), np.array([3, 4])], "b": [np.nan, 1.5]})) == b"1,2,nan\n3,4,1.5\n"


@pytest.mark.parametrize(
    ("write", "column", "fault"),
    [
        (csv, [[1, 2], [3]], "'v' holds lists of different length, which text/csv has no cells for"),
        (csv, [{"a": 1}, {"a": 2}], "'v' holds objects, or lists beside other values, which text/csv"),
        (csv, [[1], "x"], "'v' holds objects, or lists beside other values, which text/csv"),
        (csv, [[[1]], [[2]]], "'v' holds lists or objects in lists, which text/csv"),
        (csv, [b"png", b""], "'v' holds bytes, which text/csv"),
        (json, [b"png", b""], "'v' cannot be written as JSON (Type is not JSON serializable: bytes); ask"),
        (jsonlines, [[b"png"], b""], "'v' cannot be written as JSON (Type is not JSON serializable: bytes)"),
        (ANSWERS["application/x-recordio-protobuf"], [{"a": 1}, {}], "'v' cannot be written as application/x-recordio"),
        (
            ANSWERS["application/x-recordio-protobuf"],
            [[[1], [1, 2]], [1]],
            "'v' cannot be written as application/x-rec",
        ),
    ],
)
def test_what_a_media_type_cannot_hold_is_refused_with_what_to_ask_for(write: Any, column: Any, fault: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        write(Answer({"v": column, "score": SCORES}))
    assert str(caught.value).startswith(fault)
    assert "ask for" in str(caught.value)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(JSON_VALUES, min_size=1, max_size=5), st.text())
def test_every_json_value_reads_back_equal(column: list[Any], name: str) -> None:
    answer = Answer({name: column})
    assert standard_json.loads(json(answer)) == {"predictions": [{name: value} for value in column]}
    assert [standard_json.loads(line) for line in jsonlines(answer).split(b"\n")[:-1]] == [{name: v} for v in column]


def test_columns_beside_each_other_are_arrays_of_one_object() -> None:
    answer = Answer({"n": np.array([1, 2]), "p": PAIRS, "text": ["x", None]}, orient="columns")
    assert json(answer) == b'{"n":[1,2],"p":[[0.4,0.6],[0.75,0.25]],"text":["x",null]}'
    with pytest.raises(NotAcceptable, match="'mask' cannot be written as JSON"):
        json(Answer({"n": np.array([1]), "mask": [b"png"]}, orient="columns"))


def test_bare_lists_in_csv_are_their_json_without_quotes() -> None:
    assert csv(Answer({"words": [["a", "b"], ["c"]]}, csv_lists="bare")) == b'["a","b"]\n["c"]\n'
    assert csv(Answer({"words": [["a", "b"]]}, csv_lists="quoted")) == b'"[""a"",""b""]"\n'


@pytest.mark.parametrize("column", [[{b"a"}], [[b"a"]]])
def test_a_fault_of_one_cell_of_csv_names_its_column(column: list[Any]) -> None:
    with pytest.raises(NotAcceptable, match="'words'"):
        csv(Answer({"words": column}, csv_lists="quoted"))
    with pytest.raises(NotAcceptable, match="'words'"):
        csv(Answer({"words": column}))


def test_only_texts_that_need_quotes_have_them() -> None:
    assert csv(Answer({"text": ["X", "a b", "a'b", "a;b", "a\rb"]})) == b'X\na b\na\'b\na;b\n"a\rb"\n'


def test_lists_of_numbers_are_written_in_csv_as_arrays_of_them() -> None:
    forms: tuple[Literal["cells", "quoted", "bare"], ...] = ("cells", "quoted", "bare")
    for lists in forms:
        for rows in ([[1.5, 2.0], [0.25, float("nan")]], [[1, 2], [3, 4]], [[1], [2]]):
            as_array = csv(Answer({"x": np.array(rows)}, csv_lists=lists))
            assert csv(Answer({"x": rows}, csv_lists=lists)) == as_array


def test_whole_numbers_of_any_size_stand_in_csv() -> None:
    assert csv(Answer({"x": [10**30, -1]})) == f"{10**30}\n-1\n".encode()


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ([{1}], "'x' holds values of the type set, which text/csv has no cells for"),
        (["\ud800"], "'x' holds text that is no Unicode"),
        ([[], []], "'x' holds lists without a value"),
    ],
)
def test_what_has_no_cell_in_csv_is_told(column: list[Any], told: str) -> None:
    with pytest.raises(NotAcceptable, match=told):
        csv(Answer({"x": column}))


def test_a_number_beyond_every_float_is_not_acceptable_in_a_record() -> None:
    with pytest.raises(NotAcceptable, match="'x' cannot be written as application/x-recordio-protobuf"):
        ANSWERS["application/x-recordio-protobuf"](Answer({"x": [10**400]}))


@pytest.mark.parametrize("accept", ANSWERS)
def test_arrays_of_any_kind_of_real_number_are_written_alike(accept: str) -> None:
    usual = ANSWERS[accept](Answer({"x": np.array([1.5, 2.25])}))
    for kind in (">f8", np.longdouble, ">f4"):
        assert ANSWERS[accept](Answer({"x": np.array([1.5, 2.25], kind)})) == usual


@pytest.mark.parametrize("accept", ANSWERS)
def test_complex_numbers_are_not_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="'x'"):
        ANSWERS[accept](Answer({"x": np.array([1j])}))
