"""application/json and application/jsonlines: every form of an instance, and what is none."""

import io
import json as standard_json
import math
from typing import Any

import numpy as np
import pytest

from contract.media_type import MediaType
from contract.tables.data import Sparse, Table
from contract.tables.formats import json, jsonlines
from contract.tables.formats.layout import RecordLayout
from contract.wire import lines
from tests.formats.refusals import refusal

JSON = MediaType("application/json")
LINES = MediaType("application/jsonlines")
REQUEST = RecordLayout()
TRAINING = RecordLayout(label_size=1)


def decode(document: Any, layout: RecordLayout = REQUEST) -> Table:
    return json.decode(standard_json.dumps(document).encode(), JSON, layout)


def decode_lines(*instances: Any, layout: RecordLayout = REQUEST) -> Table:
    body = "\n".join(map(standard_json.dumps, instances))
    return jsonlines.decode(body.encode(), LINES, layout)


@pytest.mark.parametrize(
    "instances",
    [
        [[1, 2.5], [3, None]],
        [{"features": [1, 2.5]}, {"features": [3, None]}],
        [{"data": {"features": {"values": [1, 2.5]}}}, {"data": {"features": {"values": [3, None], "shape": [2]}}}],
        [{"features": [1, 2.5]}, {"data": {"features": {"values": [3, None]}}, "configuration": {"k": 1}}],
        [{"features": {"values": [1, 2.5]}}, [3, None]],
    ],
)
def test_every_dense_form_of_an_instance_is_read(instances: list[Any]) -> None:
    expected = np.array([[1, 2.5], [3, np.nan]], np.float32)
    documents = [{"instances": instances}, {"configuration": {}, "instances": instances}, instances]
    for table in (*map(decode, documents), decode_lines(*instances)):
        np.testing.assert_array_equal(table.features, expected)
        assert (table.features.dtype, table.label, table.names) == (np.float32, None, ())


def test_a_single_instance_needs_no_array() -> None:
    assert decode({"features": [1, 2]}).features.tolist() == [[1, 2]]
    assert decode({"data": {"features": {"values": [1, 2]}}}).features.tolist() == [[1, 2]]


def test_sparse_instances_are_read() -> None:
    vectors = [{"keys": [26, 1], "shape": [2000], "values": [1, 0.5]}, {"keys": [], "shape": [2000], "values": []}]
    instances = [{"data": {"features": vector}} for vector in vectors]
    for table in (decode({"instances": instances}), decode_lines(*instances)):
        matrix = table.features
        assert isinstance(matrix, Sparse)
        assert (matrix.shape, matrix.indptr.tolist()) == ((2, 2000), [0, 2, 2])
        assert (matrix.indices.tolist(), matrix.values.tolist()) == ([1, 26], [0.5, 1])


def test_records_by_name_keep_their_names() -> None:
    records = [{"age": 41, "height": 1.5}, {"height": 2, "age": None}]
    for table in (decode({"instances": records}), decode(records), decode_lines(*records)):
        np.testing.assert_array_equal(table.features, np.array([[41, 1.5], [np.nan, 2]], np.float32))
        assert table.names == ("age", "height")


@pytest.mark.parametrize(
    "instances",
    [
        [[1, 2, 3], [0, 4, 5]],
        [{"features": [2, 3], "label": 1}, {"features": [4, 5], "label": 0}],
        [{"label": 1, "a": 2, "b": 3}, {"a": 4, "b": 5, "label": 0}],
    ],
)
def test_in_training_every_instance_has_a_label(instances: list[Any]) -> None:
    table = decode_lines(*instances, layout=TRAINING)
    assert (table.features.tolist(), table.label.tolist()) == ([[2, 3], [4, 5]], [1, 0])


def test_named_columns_of_categories_hold_texts_and_numbers_that_stand_for_them() -> None:
    records = [{"label": 1, "age": 41, "pet": "cat"}, {"pet": 7, "age": None, "label": 0}]
    layout = RecordLayout(label_size=1, text_names=frozenset({"pet", "other"}))
    table = decode_lines(*records, layout=layout)
    assert (table.names, {column: list(cells) for column, cells in table.texts.items()}) == (
        ("age", "pet"),
        {1: ["cat", "7"]},
    )
    np.testing.assert_array_equal(table.features[:, 0], [41, np.nan])
    assert refusal(lambda: decode_lines(*records, {"age": 1, "pet": "dog"}, layout=layout)).startswith(
        "line 3: the record has"
    )
    unlabelled = [{key: value for key, value in record.items() if key != "label"} for record in records]
    assert refusal(lambda: decode_lines(*unlabelled, layout=layout)) == 'line 1: the instance has no "label"'


def test_the_first_sparse_instance_may_be_the_wrong_one() -> None:
    vector = {"data": {"features": {"keys": [2**31], "values": [1], "shape": [2**31]}}}
    assert refusal(lambda: decode([vector])).startswith("instance 1: '2147483648' is not the position of a feature")
    assert refusal(lambda: decode_lines({"features": {"keys": [1], "values": [1]}})).startswith("line 1: features with")


def test_a_missing_label_is_refused_and_one_in_a_request_is_dropped() -> None:
    missing = [{"features": [1], "label": 1}, {"features": [1]}]
    assert refusal(lambda: decode_lines(*missing, layout=TRAINING)) == 'line 2: the instance has no "label"'
    null = [{"features": [1], "label": None}]
    assert refusal(lambda: decode_lines(*null, layout=TRAINING)) == "line 1: the label is missing"
    assert refusal(lambda: decode([[None, 1]], TRAINING)) == "instance 1: the label is missing"
    for read in (lambda: decode_lines([], layout=TRAINING), lambda: decode([[]], TRAINING)):
        assert refusal(read).endswith("1: the instance has no feature")
    assert decode([{"features": [1], "label": "x"}]).features.tolist() == [[1]]
    assert decode([{"a": 1, "label": "x"}]).names == ("a",)


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"instances": []}, "the body holds no record"),
        ([], "the body holds no record"),
        ({"instances": None}, "no array of instances"),
        ({"instances": {"features": [1]}}, "no array of instances"),
        ({"rows": [[1]]}, "no array of instances"),
        (3, "no array of instances"),
        ("1,2", "no array of instances"),
        ([[1], 2], "instance 2: no features"),
        (["1,2"], "instance 1, feature 1: '1,2' is not a number"),
        ({"columns": ["a"], "data": [[1, 2]]}, "instance 1: the row does not have the 1 cells"),
        ({"dataframe_split": {"columns": ["a"]}}, 'a table that is split needs "columns" and "data"'),
        ({"inputs": {"a": [1, 2], "b": [1]}}, 'the columns of "inputs" are not lists of one length'),
        ([[]], "instance 1: the instance has no feature"),
        ([{}], "instance 1: the instance has no feature"),
        ([{"data": {}}], "instance 1: no features"),
        ([{"data": {"features": {}}}], "instance 1: no features"),
        ([{"features": [1]}, {"data": 3}], "instance 2: no features"),
        ([[1, 2], [1]], "instance 2: 1 features, but the first instance has 2"),
        ([[1, 2], [1, "True"]], "instance 2, feature 2: 'True' is not a number"),
        ([[1, "2"]], "instance 1, feature 2: '2' is not a number"),
        ([[1, [2]]], "instance 1, feature 2: '[2]' is not a number"),
        ([[1, {"a": 1}]], "instance 1, feature 2"),
        ([[1, 1e39]], "instance 1, feature 2: 1e+39 is beyond the range"),
        ([{"a": 1}, {"b": 1}], "instance 2: the record has ['b'], but the first one has ['a']"),
        ([{"a": 1}, {"a": 1, "b": 1}], "instance 2: the record has ['a', 'b']"),
        ([{"a": 1}, [1]], "instance 2: the record has no names"),
        ([{"a": 1}, {"a": "x"}], "instance 2, feature 1: 'x' is not a number"),
    ],
)
def test_what_is_no_instance_is_refused_with_its_number(document: Any, fault: str) -> None:
    assert refusal(lambda: decode(document)).startswith(fault)


@pytest.mark.parametrize(
    ("vector", "fault"),
    [
        ({"keys": [1], "values": [1]}, 'need a "shape"'),
        ({"keys": [1], "values": [1], "shape": 3}, 'need a "shape"'),
        ({"keys": [1], "values": [1], "shape": [0]}, 'need a "shape"'),
        ({"keys": [1], "values": [1], "shape": [2**40]}, 'need a "shape"'),
        ({"keys": [1], "values": [1], "shape": [8]}, "the shape is not [9]"),
        ({"keys": [1, 2], "values": [1], "shape": [9]}, "not of the same length"),
        ({"keys": 1, "values": [1], "shape": [9]}, "not arrays"),
        ({"keys": [1], "shape": [9]}, "not arrays"),
        ({"keys": [9], "values": [1], "shape": [9]}, "index 9 is outside 0..8"),
        ({"keys": [-1], "values": [1], "shape": [9]}, "'-1' is not the position of a feature"),
        ({"keys": [1.5], "values": [1], "shape": [9]}, "'1.5' is not the position of a feature"),
        ({"keys": [True], "values": [1], "shape": [9]}, "'True' is not the position of a feature"),
        ({"keys": [2**63], "values": [1], "shape": [9]}, "is not the position of a feature"),
        ({"keys": [1, 1], "values": [1, 1], "shape": [9]}, "index 1 occurs twice"),
        ({"keys": [1], "values": ["x"], "shape": [9]}, "'x' is not a number"),
        ({"keys": [1], "values": [1e39], "shape": [9]}, "beyond the range"),
    ],
)
def test_a_malformed_sparse_instance_is_refused_with_its_number(vector: Any, fault: str) -> None:
    good = {"keys": [1], "values": [1], "shape": [9]}
    message = refusal(lambda: decode([{"data": {"features": good}}, {"data": {"features": vector}}]))
    assert message.startswith("instance 2")
    assert fault in message


def test_dense_and_sparse_instances_do_not_mix() -> None:
    mixed = [[1], {"features": {"keys": [0], "values": [1], "shape": [1]}}]
    assert "dense and sparse" in refusal(lambda: decode(mixed))


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "the body holds no record"),
        (b" \n", "the body holds no record"),
        (b"[[1, 2]", "line 1, column "),
        (b'{"instances":\n[[1,,2]]}', "line 2, column "),
        (b"[[Infinity]]", "line 1, column 3: Infinity is infinite"),
        (b"[[NaN, 1,, 2]]", "line 1, column "),
        (b"[[1e400]]", "line 1, column "),
        (b"1,2\n3,4\n", "line 1, column "),
        (b'[["\xff"]]', "line 1, column "),
        (b"[" * 100_000, "line 1, column "),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(body: bytes, fault: str) -> None:
    assert refusal(lambda: json.decode(body, JSON, REQUEST)).startswith(fault)


def test_byte_order_mark_and_charset_are_understood() -> None:
    assert json.decode(b"\xef\xbb\xbf[[1]]", JSON, REQUEST).features.tolist() == [[1]]
    utf16 = MediaType("application/json", {"charset": "utf-16"})
    assert json.decode('[{"größe": 1}]'.encode("utf-16"), utf16, REQUEST).names == ("größe",)


def test_lines_may_be_blank_and_are_counted() -> None:
    body = b'\r\n[1, 2]\r\n\n  \n{"features": [3, 4]}'
    assert jsonlines.decode(body, LINES, REQUEST).features.tolist() == [[1, 2], [3, 4]]
    assert refusal(lambda: jsonlines.decode(body + b"\n[5]", LINES, REQUEST)).startswith("line 6: 1 features")
    assert refusal(lambda: jsonlines.decode(b"\n[1],[2]\n", LINES, REQUEST)).startswith("line 2, column ")
    assert refusal(lambda: jsonlines.decode(b"\n\n", LINES, REQUEST)) == "the body holds no record"


def test_a_long_file_of_lines_comes_in_parts_with_the_same_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 200)
    body = b"".join(b"[%d, 1]\n" % row for row in range(100))

    def read(body: bytes) -> list[Table]:
        return list(jsonlines.chunks(io.BytesIO(body), LINES, TRAINING))

    tables = read(body)
    assert len(tables) > 3
    assert [label for table in tables for label in table.label] == list(range(100))
    gap = b"\n" * 200
    assert "has 2 features, the ones before it have 1" in refusal(lambda: read(body + gap + b"[1, 2, 3]\n"))
    names = b'{"label":1,"a":2}\n' + gap + b'{"label":1,"b":2}\n'
    assert "has ['b'], the ones before it have ['a']" in refusal(lambda: read(names))
    sparse = b'{"label": 1, "features": {"keys": [0], "values": [1], "shape": [1]}}\n'
    assert "mixed" in refusal(lambda: read(body + gap + sparse))
    assert read(b"\n") == []


def test_a_json_file_is_read_at_once() -> None:
    (table,) = json.chunks(io.BytesIO(b"[[1, 2], [0, 3]]"), JSON, TRAINING)
    assert (table.features.tolist(), table.label.tolist()) == ([[2], [3]], [1, 0])


@pytest.mark.parametrize(
    ("document", "rows"),
    [
        ([0.5, 1], [[0.5, 1]]),
        ({"a": 0.5, "b": 1}, [[0.5, 1]]),
        ({"inputs": [[0.5, 1], [2, 3]]}, [[0.5, 1], [2, 3]]),
        ({"inputs": [0.5, 1]}, [[0.5, 1]]),
        ({"inputs": {"a": [0.5, 2], "b": [1, 3]}}, [[0.5, 1], [2, 3]]),
        ({"columns": ["a", "b"], "index": [0], "data": [[0.5, 1]]}, [[0.5, 1]]),
        ({"dataframe_split": {"columns": ["a", "b"], "data": [[0.5, 1]]}}, [[0.5, 1]]),
        ({"dataframe_records": [{"a": 0.5, "b": 1}]}, [[0.5, 1]]),
        ({"instances": [[True, False], [0.5, None]]}, [[1, 0], [0.5, math.nan]]),
    ],
)
def test_documents_of_other_programs_and_single_records_are_read(document: Any, rows: list[list[float]]) -> None:
    table = decode(document)
    np.testing.assert_array_equal(table.features, np.array(rows, np.float32))
    assert table.names in ((), ("a", "b"))


def test_nan_is_missing_as_other_programs_write_it() -> None:
    expected = np.array([[np.nan, 1]], np.float32)
    for body in (b"[[NaN, 1]]", b'{"instances": [{"features": [NaN, 1]}]}', b"[NaN, 1]"):
        np.testing.assert_array_equal(json.decode(body, JSON, REQUEST).features, expected)
    np.testing.assert_array_equal(jsonlines.decode(b"[NaN, 1]\n", JSON, REQUEST).features, expected)
    assert "is infinite" in refusal(lambda: jsonlines.decode(b"[1, 2]\n[-Infinity, 1]\n", JSON, REQUEST))


def test_a_label_may_be_a_truth_value() -> None:
    assert decode([[True, 5], [False, 6]], TRAINING).label.tolist() == [1, 0]
    assert decode([{"features": [5], "label": True}], TRAINING).label.tolist() == [1]
