"""JSONPath, and what it makes of records and answers: filtered, joined, filtered again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local_test.batch import jsonpath
from local_test.batch.processing import Processing
from local_test.batch.request import TransformRequest
from local_test.errors import RecordError

ROW = ["id", "1", "2", "3"]
OBJECT = {"id": 7, "features": [1, 2], "deep": {"a": [{"x": 1}, {"x": 2}]}}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("$", ROW, ROW),
        ("$[1:]", ROW, ["1", "2", "3"]),
        ("$[0]", ROW, "id"),
        ("$[-1]", ROW, "3"),
        ("$[0,-1]", ROW, ["id", "3"]),
        ("$[0, 2:]", ROW, ["id", "2", "3"]),
        ("$[0:1]", ROW, ["id", "1"]),
        ("$[:1]", ROW, ["id", "1"]),
        ("$[-2:]", ROW, ["2", "3"]),
        ("$[1:-2]", ROW, ["1", "2"]),
        ("$[1:9]", ROW, ["1", "2", "3"]),
        ("$[*]", ROW, ROW),
        ("$.features", OBJECT, [1, 2]),
        ("$['features']", OBJECT, [1, 2]),
        ("$['id','features']", OBJECT, {"id": 7, "features": [1, 2]}),
        ("$.deep.a[1].x", OBJECT, 2),
        ("$.deep.a[*].x", OBJECT, [1, 2]),
        ("$.deep.*", OBJECT, [[{"x": 1}, {"x": 2}]]),
        ("$.deep.['a'][0]", OBJECT, {"x": 1}),
    ],
)
def test_a_path_selects(path: str, value: Any, expected: Any) -> None:
    assert jsonpath.parse(path)(value) == expected


@pytest.mark.parametrize(
    "path", ["", "1:", "[1:]", "$[", "$[a]", "$..x", "$[1:2:3]", "$[?(@.x)]", "$[1,'a']", "$x", "$[]"]
)
def test_what_is_no_path_is_told(path: str) -> None:
    with pytest.raises(ValueError, match="is no JSONPath that SageMaker knows"):
        jsonpath.parse(path)


@pytest.mark.parametrize(
    ("path", "value"),
    [("$[4]", ROW), ("$[0,9]", ROW), ("$.id", ROW), ("$.gone", OBJECT), ("$[0]", OBJECT), ("$[*]", 1)],
)
def test_a_place_that_is_not_there_is_an_error(path: str, value: Any) -> None:
    with pytest.raises(RecordError, match="a record has no"):
        jsonpath.parse(path)(value)


def processing(kind: str = "text/csv", split: str = "Line", **fields: Any) -> Processing:
    request = TransformRequest(Path(), kind, split=split, assemble=split, **fields)
    assert request.processes
    return Processing(request)


def through(made: Processing, body: bytes, answer: bytes) -> tuple[bytes, bytes]:
    """What is sent of a record, and what is written of its answer."""
    rows = made.rows(body)
    return made.sent(body, rows), made.assembled(rows, answer)


def test_columns_of_an_answer_are_appended_to_the_whole_row() -> None:
    made = processing(input_filter="$[1:]", join=True, output_filter="$[0,-1]")
    assert through(made, b"id7,1,2\n", b"0.5,0.9\n") == (b"1,2\n", b"id7,0.9\n")


def test_without_an_input_filter_a_record_is_sent_as_it_is() -> None:
    assert through(processing(join=True), b'"a",  1\r\n', b"2") == (b'"a",  1\r\n', b"a,  1,2\n")


def test_cells_with_commas_stay_one_cell() -> None:
    made = processing(join=True, output_filter="$[0,2]")
    assert through(made, b'"Doe, Jane",1\n', b'"[0.1, 0.9]"\n')[1] == b'"Doe, Jane","[0.1, 0.9]"\n'


def test_one_place_of_a_row_is_a_row_of_one_cell() -> None:
    assert through(processing(input_filter="$[1]"), b"id,3\n", b"9\n") == (b"3\n", b"9\n")


def test_rows_of_a_file_that_is_not_split_are_joined_one_by_one() -> None:
    made = processing(split="None", input_filter="$[1:]", join=True)
    assert through(made, b"a,1\nb,2\n", b"10\n20\n") == (b"1\n2\n", b"a,1,10\nb,2,20\n")


def test_a_json_object_gets_its_answer_as_sagemaker_output() -> None:
    made = processing("application/jsonlines", input_filter="$.features", join=True)
    sent, written = through(made, b'{"id":7,"features":[1,2]}\n', b'{"score": 0.5}\n')
    assert sent == b"[1,2]\n"
    assert written == b'{"id":7,"features":[1,2],"SageMakerOutput":{"score":0.5}}\n'


def test_any_other_json_becomes_an_object_of_both() -> None:
    made = processing("application/json", "None", join=True)
    assert through(made, b"[1, 2]", b"[3]") == (b"[1, 2]", b'{"SageMakerInput":[1,2],"SageMakerOutput":[3]}')


def test_an_output_filter_picks_names() -> None:
    made = processing("application/jsonlines", join=True, output_filter="$['id','SageMakerOutput']")
    assert through(made, b'{"id":7,"x":1}', b"2\n")[1] == b'{"id":7,"SageMakerOutput":2}\n'


def test_an_output_filter_without_a_join_picks_from_the_answer() -> None:
    assert through(processing(output_filter="$[0]"), b"1\n", b"0.5,0.9\n")[1] == b"0.5\n"


@pytest.mark.parametrize("answer", [b"", b"1\n", b"1\n2\n3\n"])
def test_B04_an_answer_has_exactly_one_row_for_each_record(answer: bytes) -> None:
    made = processing(join=True)
    with pytest.raises(RecordError, match=f"2 records were sent, {answer.count(10)} answers came back"):
        made.assembled(made.rows(b"a\nb\n"), answer)


def test_only_a_newline_ends_a_line_of_json() -> None:
    assert processing("application/jsonlines", join=True).rows('{"a": "x\u2028y"}\r\n'.encode()) == [{"a": "x\u2028y"}]


@pytest.mark.parametrize("kind", ["application/json", "application/jsonlines"])
def test_a_record_that_is_no_json_is_told(kind: str) -> None:
    with pytest.raises(RecordError, match="what should be JSON is none"):
        processing(kind, join=True).rows(b"1,2\n")


def test_json_deeper_than_python_reads_is_told() -> None:
    with pytest.raises(RecordError, match="what should be JSON is none"):
        processing("application/jsonlines", join=True).rows(b"[" * 100_000 + b"]" * 100_000)
