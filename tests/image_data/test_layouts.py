"""Which layout a channel has, and what could be several."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.errors import ChannelError, HyperparameterError
from contract.images import ImageInput
from tests.image_data.reading import Params, read, refusal
from tests.image_data.samples import picture, pictures, source, write, write_folders, write_list, write_rec

RECORDIO, IMAGE = "application/x-recordio", "application/x-image"


def test_records_with_the_content_type_of_pictures_are_refused(tmp_path: Path) -> None:
    write_rec(tmp_path / "a.rec", pictures(3))
    assert "file a.rec is RecordIO; set the content type to application/x-recordio" in refusal(tmp_path, IMAGE)


def test_pictures_with_the_content_type_of_records_are_refused(tmp_path: Path) -> None:
    write_folders(tmp_path, 3)
    what = refusal(tmp_path, RECORDIO)
    assert "file circle/000.png is a picture, but the content type is application/x-recordio" in what
    assert "set it to application/x-image" in what


@pytest.mark.parametrize("content_type", [None, RECORDIO])
def test_records_beside_pictures_are_refused(tmp_path: Path, content_type: str | None) -> None:
    write_rec(tmp_path / "a.rec", pictures(3))
    write_folders(tmp_path, 3)
    assert "holds RecordIO (file a.rec) and file circle/000.png" in refusal(tmp_path, content_type)


def test_a_list_of_records_without_the_records_is_refused(tmp_path: Path) -> None:
    write_list(tmp_path / "a.lst", [(0, "1.png")])
    assert "holds no .rec" in refusal(tmp_path, RECORDIO)


def test_several_lists_are_refused(tmp_path: Path) -> None:
    for name in ("train", "test"):
        write_list(tmp_path / f"{name}.lst", [(0, "1.png")])
    write(tmp_path / "1.png", picture())
    assert "holds several .lst files, such as file test.lst; leave in the one that is meant" in refusal(tmp_path)


def test_a_list_and_a_manifest_are_refused(tmp_path: Path) -> None:
    write_list(tmp_path / "a.lst", [(0, "1.png")])
    write(tmp_path / "a.manifest", "{}")
    assert "holds a .lst file and a manifest" in refusal(tmp_path)


def test_a_channel_of_nothing_that_is_known_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", "1,2,3\n")
    what = refusal(tmp_path)
    assert "holds no .jpg, .jpeg or .png, no .lst, no manifest (.manifest, .jsonl) and no .rec" in what


def test_a_channel_of_lists_goes_to_the_channel_that_it_is_of(tmp_path: Path) -> None:
    for name in ("train", "validation"):
        write_folders(tmp_path / name, 3)
        write_list(tmp_path / f"{name}_lst" / "some.lst", [(1, "circle/000.png"), (0, "cross/001.png")])
    names = ("validation_lst", "train", "train_lst", "validation")
    arranged = ImageInput().arrange({name: source(tmp_path / name, IMAGE) for name in names})
    assert list(arranged) == ["train", "validation"]
    train = read(arranged["train"])
    assert train.labels.tolist() == [1, 0]
    assert read(arranged["validation"], like=train).labels.tolist() == [1, 0]


def test_a_list_of_a_channel_that_is_not_there_is_refused(tmp_path: Path) -> None:
    write_folders(tmp_path / "train", 3)
    write_list(tmp_path / "validation_lst" / "a.lst", [(0, "circle/000.png")])
    sources = {name: source(tmp_path / name) for name in ("train", "validation_lst")}
    with pytest.raises(ChannelError, match="'validation_lst' lists pictures, but there is no channel 'validation'"):
        ImageInput().arrange(sources)


def test_a_channel_of_lists_holds_one(tmp_path: Path) -> None:
    write_folders(tmp_path / "train", 3)
    for name in ("a.lst", "b.lst"):
        write_list(tmp_path / "train_lst" / name, [(0, "circle/000.png")])
    what = refusal(source(tmp_path / "train", lst=source(tmp_path / "train_lst")))
    assert what == "channel 'train_lst': holds 2 files; it must hold one .lst"


def test_a_list_without_its_suffix_is_read_from_a_channel_of_lists(tmp_path: Path) -> None:
    write_folders(tmp_path / "train", 3)
    write_list(tmp_path / "train_lst" / "part-0", [(1, "circle/000.png"), (0, "cross/001.png")])
    assert read(source(tmp_path / "train", lst=source(tmp_path / "train_lst"))).labels.tolist() == [1, 0]


@pytest.mark.parametrize("content_type", [None, RECORDIO])
def test_a_channel_of_lists_for_records_is_refused(tmp_path: Path, content_type: str | None) -> None:
    write_rec(tmp_path / "train" / "a.rec", pictures(3))
    write_list(tmp_path / "train_lst" / "a.lst", [(0, "1.png")])
    what = refusal(source(tmp_path / "train", content_type, lst=source(tmp_path / "train_lst")))
    assert "channel 'train_lst' lists pictures, but this one is of RecordIO" in what


def test_a_list_beside_a_channel_with_a_manifest_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "train" / "1.png", picture())
    write(tmp_path / "train" / "a.manifest", "{}")
    write_list(tmp_path / "train_lst" / "a.lst", [(0, "1.png")])
    what = refusal(source(tmp_path / "train", lst=source(tmp_path / "train_lst")))
    assert "holds a manifest, while channel 'train_lst' lists its pictures" in what


def test_an_image_shape_that_is_none_is_the_hyperparameters_fault(tmp_path: Path) -> None:
    write_folders(tmp_path, 3)
    with pytest.raises(HyperparameterError, match=r"image_shape: '224' is not channels,height,width such as 3,224,224"):
        read(tmp_path, params=Params(image_shape="224"))
