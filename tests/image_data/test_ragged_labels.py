"""Channels whose pictures have any number of labels, for an input that asks for that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from contract.errors import ChannelError
from contract.images import ImageInput, Images
from tests.image_data.reading import Params, refusal
from tests.image_data.samples import picture, source, write, write_folders, write_rec

BOXES = [[2, 5, 0, 0.1, 0.2, 0.3, 0.4], [2, 5], [2, 5, 1, 0, 0, 1, 1, 0, 0.5, 0.5, 0.75, 0.75]]
"""A header of two numbers, and five for each box: as MXNet writes boxes."""


def read(channel: Path) -> Images:
    return ImageInput(ragged_labels=True).read(source(channel), Params(num_classes=2), None)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A channel of three pictures with one box, none and two."""
    return write_rec(tmp_path / "train.rec", [(boxes, picture(seed=seed)) for seed, boxes in enumerate(BOXES)]).parent


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """The same pictures as files, named in a list."""
    for number in range(len(BOXES)):
        write(tmp_path / f"{number}.png", picture(seed=number))
    lines = ("\t".join(map(str, [number, *boxes, f"{number}.png"])) for number, boxes in enumerate(BOXES))
    write(tmp_path / "train.lst", "".join(f"{line}\n" for line in lines))
    return tmp_path


@pytest.mark.parametrize("layout", ["records", "listed"])
def test_each_picture_has_the_labels_that_are_written_for_it(request: pytest.FixtureRequest, layout: str) -> None:
    images = read(request.getfixturevalue(layout))
    for number, boxes in enumerate(BOXES):
        assert images.ragged_labels.of(number).tolist() == np.float32(boxes).tolist()
        assert images.encoded(number) == picture(seed=number)
    assert images.class_count == 2
    assert ("label numbers an image, mean", "7") in images.summary()


def test_some_pictures_take_their_labels_along(records: Path) -> None:
    images = read(records).take(np.array([2, 0, 2, 1]))
    for number, record in enumerate([2, 0, 2, 1]):
        assert images.ragged_labels.of(number).tolist() == np.float32(BOXES[record]).tolist()
        assert images.encoded(number) == picture(seed=record)
    parts = list(read(records).parts(2))
    assert [part.ragged_labels.counts.tolist() for part in parts] == [[7, 2], [12]]
    assert parts[1].ragged_labels.of(0).tolist() == np.float32(BOXES[2]).tolist()


def test_labels_that_are_divided_otherwise_have_another_fingerprint(records: Path, tmp_path: Path) -> None:
    first = read(records).fingerprint()
    assert first == read(records).fingerprint()
    joined = [BOXES[0] + BOXES[1][:1], BOXES[1][1:], BOXES[2]]
    write_rec(tmp_path / "train.rec", [(boxes, picture(seed=seed)) for seed, boxes in enumerate(joined)])
    assert read(records).fingerprint() != first


def test_labels_of_no_fixed_number_are_refused_where_the_input_does_not_ask_for_them(records: Path) -> None:
    assert "record 2: has 2 labels, the ones before have 7" in refusal(records)


def test_folders_of_classes_say_nothing_of_boxes(tmp_path: Path) -> None:
    write_folders(tmp_path, 4)
    with pytest.raises(ChannelError, match="are read from RecordIO files"):
        read(tmp_path)
