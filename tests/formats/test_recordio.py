"""application/x-recordio-protobuf: the vectors of SageMaker's writer, all tensors, and damaged streams."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.answer import Answer
from contract.errors import Malformed
from contract.media_type import MediaType
from contract.tables.data import Sparse, Table
from contract.tables.formats import recordio
from contract.tables.formats.layout import RecordLayout
from contract.wire import protobuf
from contract.wire import recordio as framing
from contract.wire.record_answers import recordio as written
from tests.formats.refusals import refusal
from tests.formats.samples import (
    Kind,
    as_recordio,
    as_sparse_recordio,
    framed,
    packed,
    sized,
    tensor,
    varint,
    vector,
)

RECORDIO = MediaType("application/x-recordio-protobuf")
REQUEST = RecordLayout()
TRAINING = RecordLayout(label_size=1)
DENSE = bytes.fromhex(
    "0a23d7ce2c0000000a160a0676616c756573120c120a0a080000803f0000004012120a0676616c756573120812060a0400004040"
)
SPARSE = bytes.fromhex(
    "0a23d7ce2e0000000a180a0676616c756573120e120c0a040000a0401201021a010312120a0676616c756573120812060a040000803f0000"
)
KINDS: tuple[Kind, ...] = ("float32", "float64", "int32")


def decode(body: bytes, layout: RecordLayout = REQUEST) -> Table:
    return recordio.decode(body, RECORDIO, layout)


def features(*values: float) -> bytes:
    return vector(1, tensor("float32", values))


def test_F08_the_dense_vector_of_the_contract_decodes() -> None:
    table = decode(DENSE, TRAINING)
    assert (table.features.tolist(), table.label.tolist()) == ([[1, 2]], [3])
    assert table.features.dtype == table.label.dtype == np.float32


def test_F08_the_sparse_vector_of_the_contract_decodes() -> None:
    table = decode(SPARSE, TRAINING)
    assert isinstance(table.features, Sparse)
    assert table.features.shape == (1, 3)
    assert (table.features.indices.tolist(), table.features.values.tolist(), table.label.tolist()) == ([2], [5], [1])


@pytest.mark.parametrize("kind", KINDS)
def test_F08_every_kind_of_tensor_decodes(kind: Kind) -> None:
    values = np.array([[1, -2, 300_000], [0, 5, -7]], np.float32)
    label = np.array([-1, 2_000_000], np.float32)
    table = decode(as_recordio(values, label, kind), TRAINING)
    np.testing.assert_array_equal(table.features, values)
    np.testing.assert_array_equal(table.label, label)
    values[0, 1] = np.nan
    sparse = decode(as_sparse_recordio(values, label, kind), TRAINING).features
    assert (sparse.indices.tolist(), sparse.values.tolist()) == ([0, 2, 0, 1, 2], [1, 300_000, 0, 5, -7])


def numbers_of(table: Table) -> list[list[float]]:
    features = table.features
    return [features.indices.tolist(), features.values.tolist()] if isinstance(features, Sparse) else features.tolist()


@pytest.mark.parametrize(
    "framed_record", [DENSE, SPARSE, framed(features(1, 2, 3))], ids=["dense", "sparse", "of another length"]
)
def test_a_request_may_be_one_record_without_its_frame_as_batch_transform_sends_single_ones(
    framed_record: bytes,
) -> None:
    length = int.from_bytes(framed_record[4:8], "little")
    bare, whole = decode(framed_record[8 : 8 + length]), decode(framed_record)
    assert numbers_of(bare) == numbers_of(whole)


def test_what_is_wrong_in_a_record_without_its_frame_has_a_place() -> None:
    assert "record 1 (byte 0), feature 1: inf" in refusal(lambda: decode(features(np.inf)))


def test_a_label_in_a_request_is_dropped() -> None:
    assert decode(DENSE).label is None
    assert decode(framed(features(1, 2) + vector(2, sized(9, b"")))).features.tolist() == [[1, 2]]


def test_unpacked_lists_and_unknown_fields_are_read_like_packed_ones() -> None:
    unpacked = b"".join(varint(1 << 3 | 5) + packed("float32", [value]) for value in (1, 2))
    keys = b"".join(varint(2 << 3 | 0) + varint(key) for key in (300, 7))
    shape = varint(3 << 3 | 0) + varint(1000)
    unknown = sized(3, b"uid") + varint(15 << 3 | 0) + varint(2**63) + varint(14 << 3 | 1) + bytes(8) + sized(5, b"{}")
    (first, second) = (vector(1, sized(2, unpacked)), vector(1, sized(2, unpacked + keys + shape)))
    assert decode(framed(unknown + first + unknown)).features.tolist() == [[1, 2]]
    sparse = decode(framed(second)).features
    assert (sparse.indices.tolist(), sparse.values.tolist(), sparse.shape) == ([7, 300], [2, 1], (1, 1000))


def test_an_empty_row_of_a_sparse_matrix_holds_nothing() -> None:
    empty = framed(vector(1, tensor("float32", [], [], [3])))
    sparse = decode(empty + framed(vector(1, tensor("float32", [5], [2], [3])))).features
    assert (sparse.shape, sparse.indptr.tolist()) == ((2, 3), [0, 0, 1])


def test_records_that_differ_in_more_than_their_numbers_are_read_one_by_one() -> None:
    bodies = [framed(sized(3, uid) + features(row, -row)) for row, uid in enumerate([b"a", b"b", b"long"])]
    assert decode(b"".join(bodies)).features.tolist() == [[0, 0], [1, -1], [2, -2]]
    mixed = framed(vector(1, tensor("float64", [1, 2]))) + framed(features(3, 4))
    assert decode(mixed).features.tolist() == [[1, 2], [3, 4]]


def test_nan_is_missing_and_infinity_is_refused() -> None:
    assert np.isnan(decode(framed(features(1, np.nan))).features).tolist() == [[False, True]]
    message = refusal(lambda: decode(framed(features(1, 2)) + framed(features(1, np.inf))))
    assert message.startswith("record 2 (byte 32), feature 2: inf")
    large = framed(vector(1, tensor("float64", [1e39])))
    assert "1e+39 is beyond the range" in refusal(lambda: decode(large))


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "the body holds no record"),
        (b"1,2,3\n4,5,6\n", "record 1 (byte 0): 0x2C322C31 instead of 0xCED7230A"),
        (DENSE + b"xxxxxxxxxxxx", "record 2 (byte 52): 0x78787878"),
        (DENSE + DENSE[:4], "record 2 (byte 52): the data ends 4 bytes into the record"),
        (DENSE + DENSE[:-1], "record 2 (byte 52): the data ends 51 bytes into the record"),
        (SPARSE[:-1], "record 1 (byte 0): the data ends 55 bytes"),
        (
            DENSE[:4] + b"\x2c\x00\x00\x20" + DENSE[8:],
            "record 1 (byte 0): the record is one part of several, which SageMaker's format does not have",
        ),
        (DENSE[:4] + b"\x00\x00\x00\x10" + DENSE[8:], "a record of 268435456 bytes; 64 MiB is the longest"),
        (DENSE[:4] + b"\x29\x00\x00\x00" + DENSE[8:], "record 1 (byte 0): not a protobuf record"),
        (framed(b""), 'the record has no features: there is no tensor "values" in []'),
        (framed(vector(1, tensor("float32", [1]), "pixels")), "in ['pixels']"),
        (framed(vector(1, b"")), "has no tensor as features"),
        (framed(vector(1, tensor("float32", []))), "the record has no feature"),
        (framed(vector(1, sized(9, sized(1, b"\xff\xd8")))), "has bytes (an image, perhaps) as features"),
        (framed(vector(1, sized(2, sized(1, b"123")))), "ends within a number"),
        (framed(vector(1, sized(7, sized(1, b"\x80")))), "ends within a number"),
        (framed(vector(1, sized(7, sized(1, b"\x80" * 12 + b"\x01")))), "more than ten bytes"),
        (framed(vector(1, sized(2, varint(1 << 3 | 0) + b"\x05"))), "the numbers of a tensor cannot be read"),
        (framed(vector(1, tensor("float32", [1], [0], []))), "sparse features need a shape"),
        (framed(vector(1, tensor("float32", [1], [0], [2**40]))), "sparse features need a shape"),
        (framed(vector(1, tensor("float32", [1], [0], [2**64 - 1]))), "sparse features need a shape"),
        (framed(vector(1, tensor("float32", [1, 2], [0], [9]))), "1 keys, but 2 values"),
        (framed(vector(1, tensor("float32", [1], [9], [9]))), "index 9 is outside 0..8"),
        (framed(vector(1, tensor("float32", [1], [2**64 - 1], [9]))), "is outside 0..8"),
        (framed(vector(1, tensor("float32", [1, 2], [3, 3], [9]))), "index 3 occurs twice"),
        (framed(vector(1, tensor("float32", [1, 2], [], [3]))), "the shape [3] does not fit 2 values"),
        (
            framed(features(1)) + framed(features(1, 2)),
            "record 2 (byte 28): the record has 2 features, the ones before it have 1",
        ),
        (DENSE + SPARSE, "record 2 (byte 52): dense and sparse records are mixed"),
        (SPARSE + DENSE, "record 2 (byte 56): dense and sparse records are mixed"),
        (framed(b"\x0b\x0c"), "wire type 3"),
        (framed(b"\xff" * 11), "more than ten bytes"),
        (framed(b"\x08\x80"), "ends within a number"),
        (framed(b"\x08\x05"), "features and label cannot be read"),
    ],
)
def test_F09_a_damaged_stream_is_refused_with_record_and_byte(body: bytes, fault: str) -> None:
    assert fault in refusal(lambda: decode(body))
    if body:
        assert fault in refusal(lambda: list(recordio.chunks(io.BytesIO(body), RECORDIO, REQUEST)))


def test_F09_a_missing_or_wide_label_is_refused_in_training() -> None:
    assert "the record has no label" in refusal(lambda: decode(framed(features(1)), TRAINING))
    wide = features(1) + vector(2, tensor("float32", [1, 2]))
    assert "the label has 2 numbers, not one" in refusal(lambda: decode(framed(wide), TRAINING))
    nan = features(1) + vector(2, tensor("float32", [np.nan]))
    assert "record 1 (byte 0): the label is missing" in refusal(lambda: decode(framed(nan), TRAINING))


@given(st.data())
def test_F09_no_damage_makes_the_reader_fail_otherwise_than_by_refusing(data: st.DataObject) -> None:
    body = bytearray(DENSE * 2 + framed(features(1, 2)) + SPARSE)
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        table = decode(
            bytes(body[: data.draw(st.integers(0, len(body)))]), data.draw(st.sampled_from([REQUEST, TRAINING]))
        )
    except Malformed:
        return
    assert len(table) > 0


def test_a_long_stream_comes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "BLOCK_BYTES", 1000)
    values = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    label = np.arange(300, dtype=np.float32)
    for body in (as_recordio(values, label), as_recordio(values, label, "float64")):
        tables = list(recordio.chunks(io.BytesIO(body), RECORDIO, TRAINING))
        assert len(tables) > 10
        np.testing.assert_array_equal(np.concatenate([table.features for table in tables]), values)
        np.testing.assert_array_equal(np.concatenate([table.label for table in tables]), label)
    broken = as_recordio(values) + framed(features(1, 2))
    message = refusal(lambda: list(recordio.chunks(io.BytesIO(broken), RECORDIO, REQUEST)))
    assert message.startswith(f"record 301 (byte {len(as_recordio(values))}): ")
    assert list(recordio.chunks(io.BytesIO(b""), RECORDIO, REQUEST)) == []


def labels(body: bytes) -> list[dict[str, list[float] | str]]:
    """The label maps of an answer's records."""
    frames = framing.frames_of(body)
    return [dict(map(entry, sub_messages(frames.payload(row), 2))) for row in range(len(frames.payloads))]


def sub_messages(data: bytes, field: int) -> list[bytes]:
    return [data[start:stop] for found, _, start, stop in protobuf.fields(data, 0, len(data)) if found == field]


def entry(data: bytes) -> tuple[str, list[float] | str]:
    (name,), (value,) = sub_messages(data, 1), sub_messages(data, 2)
    if texts := sub_messages(value, 9):
        return name.decode(), sub_messages(texts[0], 1)[0].decode()
    return name.decode(), np.frombuffer(sub_messages(sub_messages(value, 2)[0], 1)[0], "<f4").tolist()


def test_an_answer_is_one_record_a_row_with_every_column_in_its_label() -> None:
    answer = Answer({"predicted_label": np.array([1, 0]), "probabilities": np.array([[0.25, 0.75], [0.5, 0.5]])})
    assert labels(written(answer)) == [
        {"predicted_label": [1], "probabilities": [0.25, 0.75]},
        {"predicted_label": [0], "probabilities": [0.5, 0.5]},
    ]


def test_an_answer_has_the_bytes_that_sagemaker_writes() -> None:
    assert written(Answer({"values": np.array([3.0])})) == framed(vector(2, tensor("float32", [3])))


def test_text_in_an_answer_is_a_bytes_value() -> None:
    answer = Answer({"name": np.array(["é", "long" * 50]), "score": np.array([1.5, 2.5], np.float32)})
    assert labels(written(answer)) == [{"name": "é", "score": [1.5]}, {"name": "long" * 50, "score": [2.5]}]


def test_an_answer_without_rows_is_empty() -> None:
    assert recordio.encode_features(np.empty((0, 3), np.float32), np.empty(0, np.float32)) == b""
    assert written(Answer({"score": np.array([])})) == b""


def test_labels_may_be_absent_where_they_are_optional_but_not_from_some_records_only() -> None:
    optional = RecordLayout(label_size=1, label_optional=True)
    cells = np.array([[1, 2], [3, 4]], np.float32)
    without, labelled = as_recordio(cells), as_recordio(cells, np.array([7, 8], np.float32))
    label = decode(labelled, optional).label
    assert label is not None
    assert label.tolist() == [7, 8]
    assert decode(without, optional).label is None
    for mixed, record in ((without + labelled, 1), (labelled + without, 3)):
        message = refusal(lambda mixed=mixed: decode(mixed, optional))
        assert message.startswith(f"record {record} (byte ")
        assert message.endswith(": the record has no label, others have one")
