"""How files become records and records become requests."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path
from typing import Any

import pytest

from local_test.batch.batching import batches
from local_test.batch.limits import Limits
from local_test.batch.request import TransformRequest
from local_test.batch.splitting import records
from local_test.errors import RecordError

CHECKSUMS = {0: 0x07980329, 3: 0x0E4999B0, 5: 0x3E04B2EA}
"""What TensorFlow writes behind these lengths of records."""


def record_io(payload: bytes) -> bytes:
    return struct.pack("<II", 0xCED7230A, len(payload)) + payload + bytes(-len(payload) % 4)


def tf_record(payload: bytes) -> bytes:
    return struct.pack("<QI", len(payload), CHECKSUMS[len(payload)]) + payload + bytes(4)


def cut(content: bytes, split: str) -> list[tuple[bytes, bytes]]:
    return [(record.whole, record.bare) for record in records(io.BytesIO(content), split)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "records"


def bodies(file: Path, strategy: str, payload_mb: int = 6, **options: Any) -> list[bytes]:
    request = TransformRequest(file, **{"split": "Line", **options})
    return [batch.body for batch in batches(file, request, Limits(1, payload_mb, strategy))]


def test_a_file_that_is_not_split_is_one_record() -> None:
    assert cut(b"1,2\n3,4\n", "None") == [(b"1,2\n3,4\n", b"1,2\n3,4\n")]


def test_lines_keep_their_ends_and_the_last_one_needs_none() -> None:
    assert [whole for whole, _ in cut(b"1\r\n2\n\n3", "Line")] == [b"1\r\n", b"2\n", b"\n", b"3"]


def test_a_newline_in_quotes_ends_a_line_as_on_the_service() -> None:
    assert [whole for whole, _ in cut(b'"a\nb",1\n', "Line")] == [b'"a\n', b'b",1\n']


@pytest.mark.parametrize(("split", "framed"), [("RecordIO", record_io), ("TFRecord", tf_record)])
def test_framed_records_are_cut_whole_and_bare(split: str, framed: type) -> None:
    content = framed(b"one") + framed(b"") + framed(b"three")
    assert cut(content, split) == [(framed(text), text) for text in (b"one", b"", b"three")]


@pytest.mark.parametrize("split", ["RecordIO", "TFRecord"])
@pytest.mark.parametrize(
    "content",
    [b"1,2\n3,4", b"\n", b"\xff" * 99, record_io(b"whole")[:-1], tf_record(b"whole")[:-1]],
)
def test_what_is_no_framed_record_is_told(split: str, content: bytes) -> None:
    with pytest.raises(RecordError, match=r"should|ends within"):
        cut(content, split)


def test_an_empty_file_has_no_lines() -> None:
    assert cut(b"", "Line") == []


def test_single_record_sends_each_alone(file: Path) -> None:
    file.write_bytes(b"1\n2\n3")
    assert bodies(file, "SINGLE_RECORD") == [b"1\n", b"2\n", b"3"]


def test_multi_record_fills_requests_with_whole_records(file: Path) -> None:
    lines = [bytes([65 + number]) * 400_000 + b"\n" for number in range(5)]
    file.write_bytes(b"".join(lines))
    assert bodies(file, "MULTI_RECORD", 1) == [lines[0] + lines[1], lines[2] + lines[3], lines[4]]


def test_a_request_may_be_exactly_as_large_as_the_limit(file: Path) -> None:
    file.write_bytes((b"x" * ((1 << 19) - 1) + b"\n") * 3)
    assert list(map(len, bodies(file, "MULTI_RECORD", 1))) == [1 << 20, 1 << 19]


def test_payload_0_puts_all_records_into_one_request(file: Path) -> None:
    file.write_bytes(b"1\n2\n3")
    assert bodies(file, "MULTI_RECORD", 0) == [b"1\n2\n3"]


@pytest.mark.parametrize("split", ["None", "Line"])
def test_a_record_larger_than_the_limit_is_told(file: Path, split: str) -> None:
    file.write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(RecordError, match="1048577 bytes is larger than MaxPayloadInMB=1"):
        bodies(file, "MULTI_RECORD", 1, split=split)


def test_frames_are_kept_by_multi_record_and_left_out_by_single_record(file: Path) -> None:
    file.write_bytes(record_io(b"one") + record_io(b"two"))
    assert bodies(file, "MULTI_RECORD", split="RecordIO") == [file.read_bytes()]
    assert bodies(file, "SINGLE_RECORD", split="RecordIO") == [b"one", b"two"]


def test_gzip_is_decompressed_before_it_is_split(file: Path) -> None:
    file.write_bytes(gzip.compress(b"1\n2\n"))
    assert bodies(file, "SINGLE_RECORD", compression="Gzip") == [b"1\n", b"2\n"]


@pytest.mark.parametrize("content", [b"1\n2\n", gzip.compress(b"1\n2\n" * 999)[:-9]], ids=["plain", "cut off"])
def test_a_file_that_is_no_gzip_is_told(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(RecordError, match="cannot be read"):
        bodies(file, "MULTI_RECORD", compression="Gzip")


@pytest.mark.parametrize("compression", ["None", "Gzip"])
def test_a_file_that_cannot_be_opened_is_told(file: Path, compression: str) -> None:
    file.symlink_to("gone")
    with pytest.raises(RecordError, match=r"cannot be read: .*No such file"):
        bodies(file, "MULTI_RECORD", compression=compression)


@pytest.mark.parametrize("strategy", ["SINGLE_RECORD", "MULTI_RECORD"])
def test_blank_lines_are_no_records_where_rows_are_looked_into(file: Path, strategy: str) -> None:
    file.write_bytes(b"\n")
    assert bodies(file, strategy, input_filter="$[1:]") == []
    file.write_bytes(b"a,1\n\nb,2\n\n")
    assert b"".join(bodies(file, strategy, input_filter="$[1:]")) == b"1\n2\n"
    assert len(bodies(file, "SINGLE_RECORD", input_filter="$[1:]")) == 2
