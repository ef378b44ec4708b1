"""Channels whose pictures an augmented manifest names, in File mode."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.image_data.reading import Params, read, refusal
from tests.image_data.samples import picture, write

IMAGE = "application/x-image"


@pytest.fixture
def train(tmp_path: Path) -> Path:
    """A channel of three pictures, without a manifest."""
    for number in range(3):
        write(tmp_path / "train" / "pictures" / f"{number}.png", picture(seed=number))
    return tmp_path / "train"


def with_manifest(train: Path, *entries: Any, name: str = "train.manifest") -> Path:
    write(train / name, "".join((entry if isinstance(entry, str) else json.dumps(entry)) + "\n" for entry in entries))
    return train


def entry(number: int, label: Any, **more: Any) -> dict[str, Any]:
    return {"source-ref": f"s3://bucket/prefix/pictures/{number}.png", "class": label, **more}


@pytest.mark.parametrize("content_type", [None, IMAGE, "image/png", "application/x-recordio"])
def test_a_manifest_names_the_pictures_and_their_classes(train: Path, content_type: str | None) -> None:
    images = read(with_manifest(train, entry(2, 1), entry(0, "0"), entry(1, "1")), content_type)
    assert images.labels.tolist() == [1, 0, 1]
    assert images.encoded(0) == picture(seed=2)
    assert images.place(1) == "file pictures/0.png"


def test_lines_of_several_manifests_follow_each_other(train: Path) -> None:
    with_manifest(train, entry(0, 0), name="a.jsonl")
    with_manifest(train, entry(1, 1), name="b.manifest")
    assert sorted(read(train).labels.tolist()) == [0, 1]


def test_metadata_and_other_pictures_of_a_line_are_no_label(train: Path) -> None:
    metadata = {"class-metadata": {"class-name": "cat", "confidence": 0.9, "human-annotated": "yes"}}
    assert read(with_manifest(train, entry(0, 0, **metadata), entry(1, 1, **metadata))).labels.tolist() == [0, 1]


def test_a_content_type_may_name_the_label(train: Path) -> None:
    with_manifest(train, entry(0, 0, creator="me", other=1), entry(1, 1, creator="you", other=0))
    assert "has class, creator, other; name the label's in the content type" in refusal(train, IMAGE)
    assert read(train, f"{IMAGE}; label-attribute=class").labels.tolist() == [0, 1]
    assert read(train, f"{IMAGE}; label-attribute=other").labels.tolist() == [1, 0]
    assert "line 1: has no attribute 'size'" in refusal(train, f"{IMAGE}; label-attribute=size")


def test_multi_label_is_zeros_and_ones(train: Path) -> None:
    with_manifest(train, entry(0, "[1, 0, 1]"), entry(1, [0, 0, 0]))
    images = read(train, IMAGE, Params(multi_label=1))
    assert images.labels.tolist() == [[1, 0, 1], [0, 0, 0]]
    assert images.labels.dtype == np.float32


def test_multi_label_may_be_class_numbers(train: Path) -> None:
    with_manifest(train, entry(0, "[2, 0]"), entry(1, []), entry(2, 1))
    content_type = f"{IMAGE};label-format=class-id"
    assert read(train, content_type, Params(multi_label=1)).labels.tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0]]
    wider = read(train, content_type, Params(multi_label=1, num_classes=4))
    assert wider.labels.tolist() == [[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 0]]
    assert "line 1: 2 is no class number below 2" in refusal(train, content_type, Params(multi_label=1, num_classes=2))


def test_another_label_format_is_refused(train: Path) -> None:
    with_manifest(train, entry(0, 0))
    assert "label-format=one-hot in the content type" in refusal(train, f"{IMAGE};label-format=one-hot")


def test_class_numbers_taken_for_zeros_and_ones_are_refused(train: Path) -> None:
    with_manifest(train, entry(0, "[0, 2]"), entry(1, "[1, 2]"))
    what = refusal(train, IMAGE, Params(multi_label=1))
    assert "file pictures/0.png: the labels 0, 2 are not all 0 or 1" in what


def test_a_reference_is_the_file_with_the_longest_ending(tmp_path: Path) -> None:
    write(tmp_path / "a" / "1.png", picture(seed=1))
    write(tmp_path / "1.png", picture(seed=2))
    for references in (["s3://b/x/a/1.png", "s3://b/x/1.png"], ["a/1.png", "1.png"]):
        lines = [{"source-ref": reference, "class": n} for n, reference in enumerate(references)]
        images = read(with_manifest(tmp_path, *lines))
        assert [images.place(n) for n in range(2)] == ["file a/1.png", "file 1.png"]


def test_two_references_that_could_be_the_same_file_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "1.png", picture())
    lines = [{"source-ref": f"s3://b/{folder}/1.png", "class": n} for n, folder in enumerate("xy")]
    assert "different references end in 1.png" in refusal(with_manifest(tmp_path, *lines))


def test_pictures_that_are_not_there_are_counted_and_the_first_is_named(train: Path) -> None:
    what = refusal(with_manifest(train, entry(0, 0), entry(8, 1), entry(9, 1)))
    assert "2 of its 3 pictures are not in the channel" in what
    assert "the first is s3://bucket/prefix/pictures/8.png" in what


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[1, 2]", "is no JSON object"),
        ({"class": 1}, "has no attribute 'source-ref'"),
        ({"source-ref": "s3://b/pictures/1.png"}, "has no attribute 'class'"),
        (entry(1, "cat"), "class 'cat' is no class number, nor a list of numbers"),
        (entry(1, None), "class is no class number"),
        (entry(1, True), "class is no class number"),
        (entry(1, {"a": 1}), "class is no class number"),
        (entry(1, [[1]]), "class is no class number"),
        (entry(1, [1, 0]), "has 2 labels, the ones before have 1"),
        (entry(1, []), "has no label"),
        ({"source-ref": 5, "class": 1}, "source-ref is no text"),
        ({"source-ref": "s3://b/../1.png", "class": 1}, "is no path inside the channel"),
        ({"source-ref": "s3://bucket", "class": 1}, "is no path inside the channel"),
        ({"source-ref": "s3://b/" + "a/" * 600, "class": 1}, "longer than 1024 characters"),
        ({"source-ref": "s3://b/a\0b", "class": 1}, "is no path inside the channel"),
    ],
    ids=str,
)
def test_a_malformed_line_is_refused_with_its_number(train: Path, line: Any, what: str) -> None:
    found = refusal(with_manifest(train, entry(0, 0), line))
    assert found.startswith("channel 'train', file train.manifest, line 2: ")
    assert what in found


@pytest.mark.parametrize("label", ["1e999", "-1", "0.5", "9" * 30, "1e300"])
def test_a_label_out_of_range_is_refused(train: Path, label: str) -> None:
    line = f'{{"source-ref": "s3://b/pictures/1.png", "class": {label}}}'
    assert refusal(with_manifest(train, entry(0, 0), line))
    assert refusal(with_manifest(train, entry(0, 0), line), f"{IMAGE}; label-format=class-id", Params(multi_label=1))


def test_a_line_needs_exactly_one_picture(train: Path) -> None:
    assert "needs one attribute that ends in -ref" in refusal(with_manifest(train, {"class": 1}))
    two = entry(0, 0) | {"mask-ref": "s3://b/1.png"}
    assert "has source-ref, mask-ref" in refusal(with_manifest(train, two))


def test_an_empty_label_on_every_line_is_refused(train: Path) -> None:
    assert refusal(with_manifest(train, entry(0, []), entry(1, [])))
    assert refusal(with_manifest(train, entry(0, []), entry(1, [])), IMAGE, Params(multi_label=1))


def test_a_manifest_of_blank_lines_is_refused(train: Path) -> None:
    assert "names no picture" in refusal(with_manifest(train, "", " "))
