"""Opening the files of a channel: packed or not, and every fault with its channel and file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from contract.errors import ChannelError, Malformed
from contract.source import Source

TEXT = b"1,2,3\n" * 500
PACKED = gzip.compress(TEXT)


def source(folder: Path, content: bytes, name: str = "part-1.csv") -> Source:
    """A channel of one file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return Source("train", folder, (path,))


def read(channel: Source) -> bytes:
    with channel.open(channel.files[0]) as stream:
        return stream.read()


@pytest.mark.parametrize("name", ["part-1.csv", "part-1.csv.gz", "part-1"])
@pytest.mark.parametrize("content", [TEXT, PACKED], ids=["plain", "packed"])
def test_F11_gzip_is_known_by_its_first_bytes_whatever_the_name(tmp_path: Path, name: str, content: bytes) -> None:
    assert read(source(tmp_path, content, name)) == TEXT


def test_F11_packed_files_put_one_behind_the_other_are_read_as_one(tmp_path: Path) -> None:
    assert read(source(tmp_path, PACKED + PACKED)) == TEXT + TEXT


@pytest.mark.parametrize("content", [b"", b"\x1f", b"1"])
def test_a_file_too_short_for_gzip_is_read_as_it_is(tmp_path: Path, content: bytes) -> None:
    assert read(source(tmp_path, content)) == content


DAMAGED = {
    "cut off": PACKED[:-9],
    "only the first bytes": PACKED[:2],
    "overwritten inside": PACKED[:14] + b"\xff" * 10 + PACKED[24:],
    "another checksum": PACKED[:-8] + b"\x00" * 8,
    "rubbish behind it": PACKED + b"rubbish",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_F11_a_damaged_gzip_file_is_named_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ChannelError, match=r"channel 'train', file a/part-1\.gz: is a damaged gzip.*upload"):
        read(source(tmp_path, content, "a/part-1.gz"))


def test_F06_what_is_malformed_is_told_with_channel_file_and_place(tmp_path: Path) -> None:
    channel = source(tmp_path, TEXT, "deep/er/x.csv")
    with pytest.raises(ChannelError) as caught, channel.open(channel.files[0]):
        raise Malformed("'y' is not a number", "line 3, column 2")
    assert str(caught.value) == "channel 'train', file deep/er/x.csv, line 3, column 2: 'y' is not a number"


def test_F06_a_fault_of_the_whole_file_needs_no_place(tmp_path: Path) -> None:
    channel = source(tmp_path, TEXT, "x.csv")
    with pytest.raises(ChannelError) as caught, channel.open(channel.files[0]):
        raise Malformed("this is not a Parquet file")
    assert str(caught.value) == "channel 'train', file x.csv: this is not a Parquet file"


def test_a_file_that_has_gone_meanwhile_is_named(tmp_path: Path) -> None:
    channel = source(tmp_path, TEXT, "x.csv")
    channel.files[0].unlink()
    with pytest.raises(ChannelError, match=r"file x\.csv: cannot be read \(No such file"):
        read(channel)


def test_an_error_that_is_not_the_files_is_passed_on(tmp_path: Path) -> None:
    channel = source(tmp_path, TEXT)
    with pytest.raises(ZeroDivisionError), channel.open(channel.files[0]):
        raise ZeroDivisionError
