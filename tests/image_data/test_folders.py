"""Channels with a folder for each class."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.image_data.reading import Params, read, refusal
from tests.image_data.samples import KINDS, draw, picture, source, write, write_folders

IMAGE = "application/x-image"


@pytest.mark.parametrize("content_type", [None, IMAGE, "image/png", "image/jpeg"])
def test_folders_are_the_classes_in_alphabetical_order(tmp_path: Path, content_type: str | None) -> None:
    write_folders(tmp_path, 7)
    images = read(tmp_path, content_type)
    assert images.classes == KINDS == tuple(sorted(KINDS))
    assert images.class_count == 3
    assert images.labels.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert images.place(3) == "file cross/001.png"
    assert np.array_equal(images.pixels(3), draw("cross", 1))


def test_the_names_are_in_order_not_the_paths(tmp_path: Path) -> None:
    for name in ("cat-like", "cat", "cat.b"):
        write(tmp_path / name / "1.png", picture())
    assert read(tmp_path).classes == ("cat", "cat-like", "cat.b")


def test_pictures_may_lie_deeper_and_have_capital_suffixes(tmp_path: Path) -> None:
    write(tmp_path / "cat" / "black" / "1.JPG", picture(form="JPEG"))
    write(tmp_path / "dog" / "2.Jpeg", picture(form="JPEG"))
    images = read(tmp_path)
    assert images.classes == ("cat", "dog")
    assert images.labels.tolist() == [0, 1]


def test_files_beside_the_folders_and_of_file_managers_are_no_pictures(tmp_path: Path) -> None:
    write_folders(tmp_path, 3)
    write(tmp_path / "README.md", "# Shapes")
    write(tmp_path / "circle" / "Thumbs.db", b"\xd0\xcf")
    assert len(read(tmp_path)) == 3


def test_a_picture_in_no_class_folder_is_refused(tmp_path: Path) -> None:
    write_folders(tmp_path / "train", 3)
    write(tmp_path / "train" / "stray.png", picture())
    what = refusal(tmp_path / "train")
    assert what.startswith("channel 'train', file stray.png: lies in no class folder")
    assert ".lst" in what


@pytest.mark.parametrize("name", ["1.gif", "1.txt", "1"])
def test_another_file_in_a_class_folder_is_refused(tmp_path: Path, name: str) -> None:
    write_folders(tmp_path, 3)
    write(tmp_path / "circle" / name, b"something")
    assert f"file circle/{name}: is no .jpg, .jpeg or .png; convert it, or leave it out" in refusal(tmp_path)


def test_another_number_of_folders_than_num_classes_is_refused(tmp_path: Path) -> None:
    write_folders(tmp_path / "shapes", 3)
    what = refusal(tmp_path, params=Params(num_classes=3))
    assert "has 1 class folder (shapes), but num_classes is 3" in what
    assert "right below the channel's S3 prefix" in what
    assert len(read(tmp_path / "shapes", params=Params(num_classes=3))) == 3


def test_one_folder_alone_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "images" / "1.png", picture())
    assert "has 1 class folder (images), but two are needed" in refusal(tmp_path)


def test_another_channel_may_lack_classes_but_has_no_new_ones(tmp_path: Path) -> None:
    write_folders(tmp_path / "train", 3)
    write(tmp_path / "validation" / "square" / "1.png", picture("square"))
    train = read(tmp_path / "train")
    validation = read(tmp_path / "validation", like=train)
    assert validation.labels.tolist() == [2]
    assert validation.classes == KINDS
    write(tmp_path / "validation" / "star" / "1.png", picture("square"))
    what = refusal(tmp_path / "validation", like=train)
    assert what == "channel 'validation': has classes that the train channel lacks: star"


def test_multi_label_has_no_folders(tmp_path: Path) -> None:
    write_folders(tmp_path, 3)
    assert "multi_label is 1; use a .lst" in refusal(tmp_path, params=Params(multi_label=1))


def test_a_file_name_that_is_not_utf_8_is_shown_and_such_a_class_refused(tmp_path: Path) -> None:
    write_folders(tmp_path, 3)
    (tmp_path / "circle" / os.fsdecode(b"caf\xe9.png")).write_bytes(b"no picture")
    images = read(tmp_path)
    assert "file circle/caf\\xe9.png" in {images.place(n) for n in range(len(images))}
    (tmp_path / os.fsdecode(b"stra\xdfe")).mkdir()
    (tmp_path / os.fsdecode(b"stra\xdfe") / "1.png").write_bytes(picture())
    assert "folder stra\\xdfe is not UTF-8" in refusal(source(tmp_path))
