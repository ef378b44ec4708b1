"""RecordIO frames whatever is in them: whole records, and the parts of records that MXNet's writers make."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.wire import recordio
from contract.wire.recordio import FIRST, LAST, MAGIC, MAGIC_BYTES, MIDDLE, WHOLE, Frame
from tests.formats.refusals import refusal


def part(kind: int, payload: bytes) -> bytes:
    return struct.pack("<II", MAGIC, kind << 29 | len(payload)) + payload + bytes(-len(payload) % 4)


@given(st.lists(st.binary(max_size=20)))
def test_records_come_back_as_they_were_framed(payloads: list[bytes]) -> None:
    body = b"".join(map(recordio.framed, payloads))
    frames = recordio.frames_of(body)
    assert [frames.payload(row) for row in range(len(payloads))] == payloads
    starts = [body.index(recordio.framed(payloads[0]))] if payloads else []
    assert [frames.place(row) for row in range(len(starts))] == ["record 1 (byte 0)"] * len(starts)
    assert len(body) % 4 == 0


def test_a_place_counts_records_and_bytes_over_the_parts_of_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordio, "BLOCK_BYTES", 30)
    body = b"".join(recordio.framed(bytes([row]) * 9) for row in range(5))
    places = [frames.place(row) for frames in recordio.blocks(io.BytesIO(body)) for row in range(len(frames.payloads))]
    assert places == [f"record {row + 1} (byte {20 * row})" for row in range(5)]
    cut = io.BytesIO(body[:-3])
    assert refusal(lambda: list(recordio.blocks(cut))) == "record 5 (byte 80): the data ends 17 bytes into the record"


@pytest.mark.parametrize(("length", "padded"), [(0, 0), (1, 4), (3, 4), (4, 4), (5, 8)])
def test_a_payload_is_padded_to_four_bytes(length: int, padded: int) -> None:
    assert recordio.padded(length) == padded
    assert Frame(WHOLE, length).span == 8 + padded
    assert len(recordio.framed(bytes(length))) == 8 + padded


@pytest.mark.parametrize("kind", [WHOLE, FIRST, MIDDLE, LAST])
def test_a_header_tells_part_and_length(kind: int) -> None:
    body = b"...." + part(kind, b"abcde")
    assert recordio.frame(body, 4) == (kind, 5)
    assert recordio.whole_length(body[4:12]) == (5 if kind == WHOLE else None)


def test_what_is_no_header_is_refused() -> None:
    assert refusal(lambda: recordio.frame(part(WHOLE, b"a")[:7])) == "is cut off"
    assert refusal(lambda: recordio.frame(part(WHOLE, b"a"), 5)) == "is cut off"
    assert refusal(lambda: recordio.frame(b"x" * 8)).startswith("does not start with 0xCED7230A")
    assert refusal(lambda: recordio.frame(part(4, b"a"))).startswith("has an unknown continuation flag (4)")
    assert recordio.whole_length(b"x" * 8) is None
    assert recordio.whole_length(part(WHOLE, b"a")[:7]) is None
    assert recordio.header(5) + b"abcde\0\0\0" == recordio.framed(b"abcde")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (part(WHOLE, b"abc"), b"abc"),
        (part(FIRST, b"ab") + part(LAST, b"c"), b"ab" + MAGIC_BYTES + b"c"),
        (part(FIRST, b"") + part(MIDDLE, b"b") + part(LAST, b""), MAGIC_BYTES + b"b" + MAGIC_BYTES),
    ],
)
def test_the_number_between_the_parts_of_a_record_is_put_back(record: bytes, expected: bytes) -> None:
    assert recordio.joined(record) == expected
    assert recordio.joined(record + part(WHOLE, b"another")) == expected


def test_a_record_that_ends_within_a_part_is_refused() -> None:
    assert refusal(lambda: recordio.joined(part(FIRST, b"ab"))) == "is cut off"
    assert refusal(lambda: recordio.joined(part(FIRST, b"ab") + part(LAST, b"abcd")[:-1])) == "is cut off"


@pytest.mark.parametrize(
    ("kind", "earlier", "right"),
    [
        (WHOLE, None, True),
        (FIRST, None, True),
        (MIDDLE, None, False),
        (LAST, None, False),
        (WHOLE, FIRST, False),
        (FIRST, MIDDLE, False),
        (MIDDLE, FIRST, True),
        (LAST, MIDDLE, True),
    ],
)
def test_the_parts_of_a_record_stand_in_their_order(kind: int, earlier: int | None, right: bool) -> None:
    def check() -> None:
        recordio.check_order(Frame(kind, 1), None if earlier is None else Frame(earlier, 1))

    if right:
        check()
    else:
        assert refusal(check).startswith("its parts are not in order")
