"""Channels of MXNet image RecordIO."""

from __future__ import annotations

import gzip
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from contract.errors import ChannelError
from contract.images.records import MOST_LABELS
from contract.wire.recordio import MAGIC
from tests.image_data.reading import Params, read, refusal
from tests.image_data.samples import draw, frames, picture, pictures, record, write, write_rec

RECORDIO = "application/x-recordio"
WORD = struct.pack("<I", MAGIC)


def test_labels_and_pictures_of_a_file_are_found_in_order(tmp_path: Path) -> None:
    images = read(write_rec(tmp_path / "train" / "train.rec", pictures(7)).parent, RECORDIO)
    assert images.labels.tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert images.labels.dtype == np.int32
    assert [images.encoded(n) for n in range(7)] == [image for _, image in pictures(7)]
    assert np.array_equal(images.pixels(4), draw("cross", 4))


def test_records_of_several_files_follow_in_the_order_of_names(tmp_path: Path) -> None:
    write_rec(tmp_path / "b.rec", pictures(6)[3:])
    write_rec(tmp_path / "deeper" / "a.rec", pictures(2))
    write_rec(tmp_path / "a.rec", pictures(3))
    images = read(tmp_path, RECORDIO)
    assert [images.place(n) for n in (0, 2, 3, 6)] == [
        "file a.rec, record 1",
        "file a.rec, record 3",
        "file b.rec, record 1",
        "file deeper/a.rec, record 1",
    ]
    assert images.encoded(5) == pictures(6)[5][1]


def test_index_and_list_beside_the_records_are_no_data(tmp_path: Path) -> None:
    write_rec(tmp_path / "train.rec", pictures(3))
    write(tmp_path / "train.idx", "0\t0\n1\t900\n")
    write(tmp_path / "train.lst", "0\t0\tsomewhere/else.png\n")
    assert len(read(tmp_path, RECORDIO)) == len(read(tmp_path)) == 3


def test_a_file_without_a_suffix_is_records_where_the_content_type_says_so(tmp_path: Path) -> None:
    write_rec(tmp_path / "part-00000", pictures(3))
    assert len(read(tmp_path, RECORDIO)) == 3


@pytest.mark.parametrize("word_at", [[0], [4, 8], [0, 40, 44], [100]])
def test_a_picture_that_holds_the_magic_number_is_joined(tmp_path: Path, word_at: list[int]) -> None:
    image = bytearray(range(104))
    for at in word_at:
        image[at : at + 4] = WORD
    whole = frames(record(2, bytes(image)))
    assert whole.count(WORD) == 1 + len(word_at)  # the payload's own are left out, each frame begins with one
    write(tmp_path / "a.rec", frames(record(0, b"abc")) + whole + frames(record(1, b"de")))
    images = read(tmp_path, RECORDIO)
    assert images.labels.tolist() == [0, 2, 1]
    assert [images.encoded(n) for n in range(3)] == [b"abc", bytes(image), b"de"]


def test_a_magic_number_off_a_words_boundary_splits_nothing(tmp_path: Path) -> None:
    image = b"x" + WORD + b"yz"
    write(tmp_path / "a.rec", frames(record(0, image)) + frames(record(1, b"e")))
    assert read(tmp_path, RECORDIO).encoded(0) == image


def test_labels_behind_the_header_are_read(tmp_path: Path) -> None:
    rows = [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    write_rec(tmp_path / "a.rec", [(row, picture()) for row in rows])
    images = read(tmp_path, RECORDIO, Params(multi_label=1))
    assert images.labels.tolist() == rows
    assert images.labels.dtype == np.float32
    assert images.encoded(1) == picture()


def test_many_labels_behind_the_header_are_read(tmp_path: Path) -> None:
    row = [0.0, 1.0] * 500
    write_rec(tmp_path / "a.rec", [(row, picture())])
    images = read(tmp_path, RECORDIO, Params(multi_label=1, num_classes=1000))
    assert images.labels.tolist() == [row]
    assert images.encoded(0) == picture()


def test_one_label_behind_the_header_is_a_class(tmp_path: Path) -> None:
    write_rec(tmp_path / "a.rec", [([float(n)], picture()) for n in range(2)])
    assert read(tmp_path, RECORDIO).labels.tolist() == [0, 1]


def test_records_with_different_numbers_of_labels_are_refused(tmp_path: Path) -> None:
    write_rec(tmp_path / "a.rec", [([0.0, 1.0], picture()), ([1.0], picture())])
    what = "file a.rec, record 2: has 1 labels, the ones before have 2"
    assert what in refusal(tmp_path, RECORDIO, Params(multi_label=1))


def test_a_last_record_without_padding_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.rec", frames(record(0, b"abcd")) + frames(record(1, b"abcde"))[:-3])
    assert read(tmp_path, RECORDIO).encoded(1) == b"abcde"


@pytest.mark.parametrize("kept", [1, 4, 7, 8, 20, 40, 100])
def test_a_file_that_is_cut_off_is_refused_with_file_and_record(tmp_path: Path, kept: int) -> None:
    write(tmp_path / "train" / "a.rec", frames(record(0, picture())) + frames(record(1, picture()))[:kept])
    what = refusal(tmp_path / "train", RECORDIO)
    assert what.startswith("channel 'train', file a.rec, record 2: is cut off")


def test_a_record_that_is_cut_off_between_its_parts_is_refused(tmp_path: Path) -> None:
    whole = frames(record(0, b"abcd" + WORD + b"efgh"))
    for kept in range(len(whole) - 12, len(whole) - 1, 4):
        write(tmp_path / "a.rec", frames(record(0, picture())) + whole[:kept])
        assert "file a.rec, record 2: is cut off" in refusal(tmp_path, RECORDIO)


def test_parts_out_of_order_are_refused(tmp_path: Path) -> None:
    def part(flag: int) -> bytes:
        return WORD + struct.pack("<I", flag << 29 | 32) + record(0, b"12345678")

    for flags in ([2], [3], [1, 0], [1, 2, 1], [1, 1]):
        write(tmp_path / "a.rec", b"".join(map(part, flags)))
        assert "parts are not in order" in refusal(tmp_path, RECORDIO)
    write(tmp_path / "a.rec", part(5))
    assert "continuation flag (5)" in refusal(tmp_path, RECORDIO)


def test_what_is_no_recordio_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.rec", b"5.1,3.5,1.4,0.2,0\n")
    assert "record 1: does not start with 0xCED7230A" in refusal(tmp_path, RECORDIO)
    write(tmp_path / "a.rec", frames(record(0, picture())) + b"trailing!")
    assert "record 2: does not start with 0xCED7230A" in refusal(tmp_path, RECORDIO)


def test_recordio_protobuf_is_refused_with_its_name(tmp_path: Path) -> None:
    write(tmp_path / "a.rec", frames(b"\x0a\x10features of a record"))
    assert "RecordIO-protobuf is another format" in refusal(tmp_path, RECORDIO)
    write(tmp_path / "a.rec", frames(b"\x0a\x36" + bytes(range(10, 90))))
    assert "RecordIO-protobuf is another format" in refusal(tmp_path, RECORDIO)


def test_a_record_without_a_picture_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.rec", frames(record(0, b"")))
    assert "record 1: holds no picture" in refusal(tmp_path, RECORDIO)


def test_more_labels_than_any_network_has_are_refused(tmp_path: Path) -> None:
    count = MOST_LABELS + 1
    write(tmp_path / "a.rec", frames(struct.pack("<IfQQ", count, 0, 0, 0) + bytes(4 * count + 10)))
    assert f"{count:,} labels" in refusal(tmp_path, RECORDIO)


def test_a_compressed_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    whole = frames(record(0, picture()))
    write(tmp_path / "a.rec", gzip.compress(whole))
    assert "gzip-compressed" in refusal(tmp_path, RECORDIO)
    assert "unpack it" in refusal(tmp_path, RECORDIO)


def test_a_damaged_picture_is_refused_with_its_place_when_it_is_decoded(tmp_path: Path) -> None:
    write_rec(tmp_path / "train" / "a.rec", [(0, picture()), (1, picture()[:-100])])
    images = read(tmp_path / "train", RECORDIO)
    with pytest.raises(ChannelError, match=r"channel 'train', file a\.rec, record 2: is a damaged picture"):
        images.pixels(1)


def test_a_file_that_shrinks_or_goes_away_is_refused_with_its_place(tmp_path: Path) -> None:
    file = write_rec(tmp_path / "a.rec", pictures(2))
    images, unopened = read(tmp_path, RECORDIO), read(tmp_path, RECORDIO)
    images.encoded(1)
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(ChannelError, match="record 2: is cut off"):
        images.encoded(1)
    file.unlink()
    with pytest.raises(ChannelError, match="record 1: cannot be read"):
        unopened.encoded(0)


def test_damage_anywhere_is_refused_or_read(tmp_path: Path) -> None:
    whole = frames(record(0, picture(size=8))) + frames(record(1, b"abcd" + WORD + b"efg"))
    random = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(whole)
        # Near the headers, where damage does most.
        at = int(random.choice([0, frames_start(whole)])) + int(random.integers(0, 36))
        damaged[at] = random.integers(256)
        write(tmp_path / "a.rec", bytes(damaged))
        with suppress(ChannelError):
            images = read(tmp_path, RECORDIO)
            assert all(images.encoded(n) for n in range(len(images)))


def frames_start(whole: bytes) -> int:
    """Where the second record begins."""
    return whole.index(WORD, 8)
