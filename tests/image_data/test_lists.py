"""Channels whose pictures a .lst file names."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from contract.source import Source
from tests.image_data.reading import Params, read, refusal
from tests.image_data.samples import picture, source, write, write_list


@pytest.fixture
def train(tmp_path: Path) -> Path:
    """A channel of four pictures."""
    for number in range(4):
        write(tmp_path / "train" / "deep" / f"{number}.png", picture(seed=number))
    return tmp_path / "train"


def listed(train: Path, text: bytes | str) -> Source:
    """The channel with a list in a channel of its own."""
    write(train.parent / "train_lst" / "train.lst", text)
    return source(train, "application/x-image", lst=source(train.parent / "train_lst"))


def test_a_list_names_the_pictures_and_their_classes(train: Path) -> None:
    images = read(listed(train, "7\t1\tdeep/2.png\n3\t0\tdeep/0.png\n5\t1\tdeep/2.png\n"))
    assert images.labels.tolist() == [1, 0, 1]
    assert images.encoded(0) == picture(seed=2)
    assert images.place(1) == "file deep/0.png"


def test_the_list_may_lie_beside_the_pictures(train: Path) -> None:
    write_list(train / "train.lst", [(0, "deep/0.png"), (1, "deep/1.png")])
    assert read(train, "application/x-image").labels.tolist() == [0, 1]
    assert read(train).labels.tolist() == [0, 1]


def test_a_list_decides_also_where_the_pictures_lie_in_folders_of_classes(train: Path) -> None:
    write(train / "shallow" / "9.png", picture())
    write_list(train / "train.lst", [(1, "deep/0.png"), (0, "shallow/9.png")])
    images = read(train)
    assert images.labels.tolist() == [1, 0]
    assert images.classes == ()


def test_windows_line_ends_a_byte_order_mark_blank_lines_and_no_last_line_end_are_read(train: Path) -> None:
    text = "\ufeff0\t0\tdeep/0.png\r\n\r\n1\t1\tdeep/1.png"
    assert read(listed(train, text)).labels.tolist() == [0, 1]


def test_classes_may_be_written_as_decimal_numbers_and_paths_in_several_ways(train: Path) -> None:
    write(train / "with space é.png", picture())
    images = read(listed(train, "0\t0.000000\t./deep//0.png\n1\t1.0\twith space é.png\n"))
    assert images.labels.tolist() == [0, 1]
    assert [images.place(n) for n in range(2)] == ["file deep/0.png", "file with space é.png"]


def test_several_columns_of_labels_are_read_for_multi_label(train: Path) -> None:
    images = read(listed(train, "0\t1\t0\t1\tdeep/0.png\n1\t0\t0\t0\tdeep/1.png\n"), params=Params(multi_label=1))
    assert images.labels.tolist() == [[1, 0, 1], [0, 0, 0]]
    assert images.labels.dtype == np.float32
    assert images.class_count == 3


def test_a_compressed_list_is_read(train: Path) -> None:
    images = read(listed(train, gzip.compress(b"0\t0\tdeep/0.png\n1\t1\tdeep/1.png\n")))
    assert images.labels.tolist() == [0, 1]


def test_pictures_that_are_not_there_are_named(train: Path) -> None:
    write(train / "empty.png", "")
    names = ["deep/0.png", "deep/8.png", "empty.png", "7.png", "6.png"]
    what = refusal(listed(train, "".join(f"{n}\t{n}\t{name}\n" for n, name in enumerate(names))))
    assert what.startswith("channel 'train_lst', file train.lst: 4 of its 5 pictures are not in the channel 'train'")
    assert "deep/8.png, empty.png, 7.png …" in what


def test_paths_of_windows_get_a_hint(train: Path) -> None:
    assert "separate folders by /" in refusal(listed(train, "0\t0\tdeep\\0.png\n"))


@pytest.mark.parametrize("path", ["../train/deep/0.png", "/etc/passwd", "deep/../../secret.png", "", ".", "a\0b.png"])
def test_a_path_that_leaves_the_channel_is_refused(train: Path, path: str) -> None:
    what = refusal(listed(train, f"0\t0\tdeep/0.png\n1\t1\t{path}\n"))
    assert "file train.lst, line 2: " in what
    assert "is no path inside the channel" in what


def test_a_folder_is_no_picture(train: Path) -> None:
    assert "deep (paths count from" in refusal(listed(train, "0\t0\tdeep\n"))


def test_spaces_instead_of_tabs_get_a_hint(train: Path) -> None:
    what = refusal(listed(train, "0 0 deep/0.png\n"))
    assert "line 1: is not index, class and path, separated by tabs; the fields are separated by spaces" in what


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("index\tclass\tpath", "the index 'index' is no whole number; a .lst file has no header"),
        ("1.5\t0\tdeep/0.png", "the index '1.5' is no whole number"),
        ("-1\t0\tdeep/0.png", "the index -1 is out of range"),
        ("99999999999999999999\t0\tdeep/0.png", "is out of range"),
        ("1\tcat\tdeep/0.png", "the class 'cat' is no number; number the classes from 0"),
        ("1\t0\t1\tdeep/0.png", "has 2 labels, the ones before have 1"),
        ("1\tdeep/0.png", "is not index, class and path"),
        ("deep/0.png", "is not index, class and path"),
    ],
)
def test_a_malformed_line_is_refused_with_its_number(train: Path, line: str, what: str) -> None:
    found = refusal(listed(train, f"0\t0\tdeep/1.png\n\n{line}\n"))
    assert found.startswith("channel 'train_lst', file train.lst, line 3: ")
    assert what in found


def test_an_index_that_occurs_twice_is_refused(train: Path) -> None:
    what = refusal(listed(train, "0\t0\tdeep/0.png\n4\t1\tdeep/1.png\n4\t1\tdeep/2.png\n"))
    assert "the index 4 occurs more than once" in what


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("0\t0\tdeep/0.png\n".encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        (b"0\t0\t\xe9.png\n", "line 1: is not UTF-8 text"),
        (bytes(range(9, 256)) * 10, "line"),
        (b"x" * (3 << 20), "line 1: the line is longer than"),
        (b"\n\n", "names no picture"),
        (gzip.compress(b"0\t0\tdeep/0.png\n")[:-9], "damaged gzip file"),
    ],
    ids=["utf-16", "latin-1", "binary", "no lines", "blank", "cut off"],
)
def test_what_is_no_list_is_refused(train: Path, text: bytes, what: str) -> None:
    assert what in refusal(listed(train, text))


@pytest.mark.parametrize("label", ["nan", "inf", "-1", "0.5", "1e30"])
def test_a_label_that_is_no_class_number_is_refused_with_the_picture(train: Path, label: str) -> None:
    what = refusal(listed(train, f"0\t0\tdeep/0.png\n1\t{label}\tdeep/1.png\n"))
    assert what.startswith("channel 'train', file deep/1.png: the label ")
    assert "is no class number" in what


def test_classes_with_a_gap_are_refused(train: Path) -> None:
    text = "0\t0\tdeep/0.png\n1\t3\tdeep/1.png\n"
    for params in (Params(), Params(num_classes=4)):
        assert "no image of class 1; number the classes from 0 without gaps, up to 3" in refusal(
            listed(train, text), params=params
        )
