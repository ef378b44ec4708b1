"""What google's protobuf writes is read here, and what is written here google reads: the same records on both sides."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from contract.answer import Answer
from contract.errors import Malformed
from contract.media_type import MediaType
from contract.tables.data import Sparse
from contract.tables.formats import recordio
from contract.tables.formats.layout import RecordLayout
from contract.wire import record as records
from contract.wire.answers import ANSWERS
from contract.wire.record import Tensor, parse
from contract.wire.recordio import framed, frames_of
from tests.formats.google import Record, Unpacked

TYPE = MediaType("application/x-recordio-protobuf")
TRAINING = RecordLayout(label_size=1)
DTYPES = {"float32_tensor": np.float32, "float64_tensor": np.float64, "int32_tensor": np.int32}
NUMBERS = {
    "float32_tensor": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "float64_tensor": st.floats(-1e30, 1e30),
    "int32_tensor": st.integers(-(2**31), 2**31 - 1),
}
NAMES = st.sampled_from(["values", "source", "target", "shape", "in0", "größe", "x" * 200])
UINT64 = st.integers(0, 2**63 - 1)

kinds = st.sampled_from(sorted(DTYPES))
schemas = st.sampled_from([Record, Unpacked])


@st.composite
def tensors(draw: Any) -> dict[str, Any]:
    kind = draw(kinds)
    values = draw(st.lists(NUMBERS[kind], max_size=6))
    keys = draw(st.one_of(st.just([]), st.lists(UINT64, min_size=len(values), max_size=len(values))))
    return {kind: {"values": values, "keys": keys, "shape": draw(st.lists(UINT64, max_size=3))}}


octets = st.builds(lambda parts: {"bytes": {"value": parts}}, st.lists(st.binary(max_size=300), max_size=3))
maps = st.dictionaries(NAMES, st.one_of(tensors(), octets), max_size=4)


def numbers(value: Any, kind: str) -> list[float]:
    return [float(DTYPES[kind](each)) for each in value["values"]]


@given(schemas, maps, maps, st.text(max_size=20))
def test_every_value_of_any_name_that_google_writes_is_read(schema: Any, features: Any, label: Any, uid: str) -> None:
    sent = schema(features=features, label=label, uid=uid, metadata='{"a": 1}', configuration="{}")
    record = parse(sent.SerializeToString())
    assert (set(record.features), set(record.label)) == (set(features), set(label))
    for part, expected in (("features", features), ("label", label)):
        for name, value in expected.items():
            found, (kind, inside) = record.value(part, name), *value.items()
            if kind == "bytes":
                assert found == inside["value"]
                continue
            assert isinstance(found, Tensor)
            assert found.values.tolist() == numbers(inside, kind)
            assert (found.keys.tolist(), list(found.shape)) == (inside["keys"], inside["shape"])


def table_rows(draw: Any, width: int) -> tuple[str, list[list[float]], list[float]]:
    kind = draw(kinds)
    rows = draw(st.lists(st.lists(NUMBERS[kind], min_size=width, max_size=width), min_size=1, max_size=5))
    return kind, rows, draw(st.lists(NUMBERS[kind], min_size=len(rows), max_size=len(rows)))


@given(st.data(), schemas)
def test_F08_dense_records_of_google_are_a_table(data: st.DataObject, schema: Any) -> None:
    kind, rows, labels = table_rows(data.draw, data.draw(st.integers(1, 5)))
    sent = [
        schema(features={"values": {kind: {"values": row}}}, label={"values": {kind: {"values": [label]}}})
        for row, label in zip(rows, labels, strict=True)
    ]
    body = b"".join(framed(record.SerializeToString()) for record in sent)
    table = recordio.decode(body, TYPE, TRAINING)
    np.testing.assert_array_equal(table.features, np.array(rows, DTYPES[kind]).astype(np.float32))
    np.testing.assert_array_equal(table.label, np.array(labels, DTYPES[kind]).astype(np.float32))


@given(st.data(), schemas)
def test_F08_sparse_records_of_google_are_a_sparse_table(data: st.DataObject, schema: Any) -> None:
    kind, rows, labels = table_rows(data.draw, 3)
    keys = [data.draw(st.lists(st.integers(0, 99_999), min_size=3, max_size=3, unique=True)) for _ in rows]
    sent = [
        schema(
            features={"values": {kind: {"values": row, "keys": at, "shape": [100_000]}}},
            label={"values": {kind: {"values": [label]}}},
        )
        for row, at, label in zip(rows, keys, labels, strict=True)
    ]
    body = b"".join(framed(record.SerializeToString()) for record in sent)
    found = recordio.decode(body, TYPE, TRAINING).features
    assert isinstance(found, Sparse)
    assert found.shape == (len(rows), 100_000)
    expected = [sorted(zip(at, row, strict=True)) for at, row in zip(keys, rows, strict=True)]
    assert found.indices.tolist() == [at for row in expected for at, _ in row]
    cells = np.array([number for row in expected for _, number in row], DTYPES[kind])
    np.testing.assert_array_equal(found.values, cells.astype(np.float32))


def google_reads(body: bytes) -> list[Any]:
    frames = frames_of(body)
    return [Record.FromString(frames.payload(row)) for row in range(len(frames.payloads))]


@given(st.integers(1, 40), st.integers(1, 5), st.booleans(), st.integers(0, 2**32))
def test_google_reads_the_tables_that_are_written(rows: int, width: int, labelled: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, width)).astype(np.float32)
    label = rng.normal(size=rows).astype(np.float32) if labelled else None
    read = google_reads(recordio.encode_features(features, label))
    assert [list(record.features["values"].float32_tensor.values) for record in read] == features.tolist()
    if label is not None:
        assert [list(record.label["values"].float32_tensor.values) for record in read] == label[:, None].tolist()


ARRAYS = st.one_of(
    st.lists(NUMBERS["float32_tensor"], max_size=40).map(lambda cells: np.array(cells, np.float32)),
    st.lists(NUMBERS["float64_tensor"], max_size=5).map(lambda cells: np.array(cells, np.float64)),
    st.lists(NUMBERS["int32_tensor"], max_size=40).map(lambda cells: np.array(cells, np.int64)),
)


@given(st.dictionaries(NAMES, ARRAYS, max_size=3), st.dictionaries(NAMES, ARRAYS, max_size=3))
def test_google_reads_tensors_of_any_name_and_type(
    features: dict[str, NDArray[Any]], label: dict[str, NDArray[Any]]
) -> None:
    read = Record.FromString(records.written(features, label))
    for entries, expected in ((read.features, features), (read.label, label)):
        assert set(entries) == set(expected)
        for name, array in expected.items():
            kind = entries[name].WhichOneof("value")
            assert kind == {"<f4": "float32_tensor", "<f8": "float64_tensor", "<i8": "int32_tensor"}[array.dtype.str]
            assert list(getattr(entries[name], kind).values) == array.tolist()


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3), st.text(max_size=200))
def test_google_reads_texts_and_bytes(parts: list[bytes], text: str) -> None:
    read = Record.FromString(records.written({"image": parts, "one": parts[0]}, {"caption": text}))
    assert list(read.features["image"].bytes.value) == parts
    assert list(read.features["one"].bytes.value) == parts[:1]
    assert list(read.label["caption"].bytes.value) == [text.encode()]


def test_a_picture_of_probabilities_keeps_its_shape() -> None:
    cells = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    (found,) = google_reads(framed(records.written({"target": cells})))
    tensor = found.features["target"].float32_tensor
    assert (list(tensor.shape), list(tensor.values)) == ([1, 2, 3, 4], list(range(24)))


def test_answers_stand_in_the_label_and_in_the_features_where_they_say_so() -> None:
    answer = Answer(
        {"target": [np.array([5, 7, -1]), np.array([9])], "score": np.array([0.5, 2]), "words": [["a", "é"], ["b"]]},
        features=("target",),
    )
    first, second = google_reads(ANSWERS["application/x-recordio-protobuf"](answer))
    assert list(first.features["target"].int32_tensor.values) == [5, 7, -1]
    assert list(second.features["target"].int32_tensor.values) == [9]
    assert list(first.label["score"].float32_tensor.values) == [0.5]
    assert [word.decode() for word in first.label["words"].bytes.value] == ["a", "é"]
    assert set(first.label) == {"score", "words"}


@pytest.mark.parametrize("kind", ["float32_tensor", "float64_tensor", "int32_tensor"])
def test_a_feature_of_an_answer_keeps_its_type_beside_a_text(kind: str) -> None:
    cells = np.array([[1, 2], [3, 4]], DTYPES[kind])
    answer = Answer({"target": cells, "word": np.array(["a", "b"]), "score": cells[:, 0]}, features=("target",))
    for row, record in enumerate(google_reads(ANSWERS["application/x-recordio-protobuf"](answer))):
        assert record.features["target"].WhichOneof("value") == kind
        assert list(getattr(record.features["target"], kind).values) == cells[row].tolist()
        assert list(record.label["score"].float32_tensor.values) == [cells[row, 0]]
        assert list(record.label["word"].bytes.value) == [b"ab"[row : row + 1]]


@pytest.mark.parametrize("name", ["a", "ab", "abc", "abcd"])
def test_columns_of_any_name_are_framed_right(name: str) -> None:
    body = ANSWERS["application/x-recordio-protobuf"](Answer({name: np.array([1.5, 2])}))
    assert [list(record.label[name].float32_tensor.values) for record in google_reads(body)] == [[1.5], [2]]
    assert len(body) % 4 == 0


def test_a_feature_of_whole_numbers_keeps_its_type_beside_numbers() -> None:
    answer = Answer({"target": np.array([[5, -7]]), "score": np.array([0.5], np.float32)}, features=("target",))
    (record,) = google_reads(ANSWERS["application/x-recordio-protobuf"](answer))
    assert list(record.features["target"].int32_tensor.values) == [5, -7]
    assert list(record.label["score"].float32_tensor.values) == [0.5]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (np.array([1, 2.5], np.float32), {"float32_tensor": {"values": [1, 2.5]}}),
        (np.array([[1.5], [2]]), {"float64_tensor": {"values": [1.5, 2], "shape": [2, 1]}}),
        (
            np.array([0, 127, 128, 2**31 - 1, -1, -(2**31)]),
            {"int32_tensor": {"values": [0, 127, 128, 2**31 - 1, -1, -(2**31)]}},
        ),
        ([b"a", "é", b""], {"bytes": {"value": [b"a", "é".encode(), b""]}}),
    ],
)
def test_a_record_has_the_very_bytes_that_google_writes(value: Any, sent: Any) -> None:
    assert records.written({"source": value}) == Record(features={"source": sent}).SerializeToString()
    assert records.written({}, {"target": value}) == Record(label={"target": sent}).SerializeToString()


@pytest.mark.parametrize("length", [0, 126, 127, 128, 129, 16_383, 16_384])
def test_lengths_of_one_byte_and_more_are_those_of_google(length: int) -> None:
    text = "x" * length
    assert (
        records.written({}, {"text": text})
        == Record(label={"text": {"bytes": {"value": [text.encode()]}}}).SerializeToString()
    )


def test_columns_of_numbers_are_written_alike_at_once_and_row_by_row() -> None:
    cells = np.random.default_rng(3).normal(size=(20, 3)).astype(np.float32)
    at_once = Answer({"a": cells, "b": cells[:, 0]}, features=("b",))
    by_row = Answer({"a": cells, "b": list(cells[:, :1])}, features=("b",))
    write = ANSWERS["application/x-recordio-protobuf"]
    assert write(at_once) == write(by_row)
    assert [list(record.features["b"].float32_tensor.values) for record in google_reads(write(at_once))] == [
        [cell] for cell in cells[:, 0].tolist()
    ]


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1])
def test_whole_numbers_beyond_32_bits_are_refused_rather_than_cut(number: int) -> None:
    with pytest.raises(ValueError, match="no 32-bit number"):
        records.written({"source": np.array([number])})


@given(maps, maps, st.data())
def test_F09_no_damage_of_a_record_is_more_than_refused(features: Any, label: Any, data: st.DataObject) -> None:
    sent = bytearray(Record(features=features, label=label).SerializeToString())
    for _ in range(data.draw(st.integers(0, 3)) if sent else 0):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(sent[: data.draw(st.integers(0, len(sent)))])
    with suppress(Malformed):
        found = parse(damaged)
        for name in found.features:
            found.value("features", name)
        for name in found.label:
            found.value("label", name)
