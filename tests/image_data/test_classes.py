"""How many classes there are, and what labels fit them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.image_data.reading import Params, read, refusal
from tests.image_data.samples import picture, write, write_folders, write_list, write_rec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place for channels."""
    return tmp_path


def records(folder: Path, labels: list[float] | list[list[float]]) -> Path:
    """A channel of records with these labels."""
    return write_rec(folder / "a.rec", [(label, picture()) for label in labels]).parent


def test_the_classes_are_counted_where_no_hyperparameter_says_how_many(folder: Path) -> None:
    assert read(records(folder, [0, 2, 1])).class_count == 3


def test_num_classes_may_be_more_than_occur_among_records(folder: Path) -> None:
    assert read(records(folder, [0, 2, 1]), params=Params(num_classes=5)).class_count == 5


def test_a_gap_is_refused_where_no_hyperparameter_says_how_many(folder: Path) -> None:
    assert "no image of class 1; number the classes from 0" in refusal(records(folder, [0, 2]))


def test_a_number_of_classes_beyond_all_memory_is_refused_for_its_gap(folder: Path) -> None:
    write(folder / "1.png", picture())
    write_list(folder / "a.lst", [(n, "1.png") for n in range(3)])
    assert "no image of class 3; number" in refusal(folder, params=Params(num_classes=10**12))


def test_a_label_beyond_num_classes_is_refused_with_its_place(folder: Path) -> None:
    what = refusal(records(folder / "train", [0, 1, 4]), params=Params(num_classes=3))
    assert what.startswith("channel 'train', file a.rec, record 3: the label 4 is too large: num_classes is 3")
    assert "the classes are 0 to 2" in what


def test_classes_numbered_from_one_get_a_hint(folder: Path) -> None:
    assert "numbered from 1? They start at 0" in refusal(records(folder, [1, 2, 3]), params=Params(num_classes=3))
    assert "no image of class 0" in refusal(records(folder, [1, 2, 3]))


@pytest.mark.parametrize("label", [0.5, -1.0, float("nan"), float("inf"), 1e20])
def test_a_label_that_is_no_class_number_is_refused_with_its_place(folder: Path, label: float) -> None:
    assert "file a.rec, record 2: the label" in refusal(records(folder, [0, label]))


def test_several_labels_without_multi_label_get_a_hint(folder: Path) -> None:
    what = refusal(records(folder, [[1, 0], [0, 1]]))
    assert "2 labels an image; set the hyperparameter multi_label to 1" in what


def test_multi_label_counts_its_columns(folder: Path) -> None:
    channel = records(folder, [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    for params in (Params(multi_label=1), Params(multi_label=1, num_classes=3)):
        assert read(channel, params=params).class_count == 3
    what = refusal(channel, params=Params(multi_label=1, num_classes=4))
    assert "3 labels an image, but num_classes is 4; multi_label=1 needs a 0 or 1 for each class" in what


def test_multi_label_is_zeros_and_ones(folder: Path) -> None:
    what = refusal(records(folder, [[1.0, 0.0], [2.0, 0.0]]), params=Params(multi_label=1))
    assert "file a.rec, record 2: the labels 2, 0 are not all 0 or 1" in what


def test_class_numbers_with_multi_label_are_refused(folder: Path) -> None:
    assert "1 labels an image, but num_classes is 3" in refusal(
        records(folder, [0, 1, 2]), params=Params(multi_label=1, num_classes=3)
    )


def test_another_channel_may_lack_classes_but_has_no_new_ones(folder: Path) -> None:
    train = read(records(folder / "train", [0, 1, 2]))
    validation = read(records(folder / "validation", [1, 1]), like=train)
    assert validation.class_count == 3
    what = refusal(records(folder / "validation", [1, 3]), like=train)
    assert "file a.rec, record 2: the label 3 is too large: the train channel's classes are 3" in what


def test_another_channel_has_as_many_columns(folder: Path) -> None:
    params = Params(multi_label=1)
    train = read(records(folder / "train", [[1, 0, 1]]), params=params)
    what = refusal(records(folder / "validation", [[1, 0]]), params=params, like=train)
    assert "2 labels an image, but the train channel's classes are 3" in what


def test_channels_number_or_name_their_classes_alike(folder: Path) -> None:
    write_folders(folder / "named", 3)
    write(folder / "numbered" / "1.png", picture())
    write_list(folder / "numbered" / "a.lst", [(n, "1.png") for n in range(3)])
    named, numbered = read(folder / "named"), read(folder / "numbered")
    assert "its classes are folders, those of train are numbers; arrange both alike" in refusal(
        folder / "named", like=numbered
    )
    assert "its classes are numbers, those of train are folders; arrange both alike" in refusal(
        folder / "numbered", like=named
    )


def test_a_channel_of_records_fits_one_of_a_list(folder: Path) -> None:
    write(folder / "train" / "1.png", picture())
    write_list(folder / "train" / "a.lst", [(n, "1.png") for n in range(3)])
    train = read(folder / "train")
    assert read(records(folder / "validation", [2, 0]), like=train).labels.tolist() == [2, 0]
