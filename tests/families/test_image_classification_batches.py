"""Pictures on their way from a channel to the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from containers.tensorflow.image_classification import batches
from containers.tensorflow.image_classification.augmentation import Augmentation
from containers.tensorflow.image_classification.batches import PictureBatches, Pictures, TrainingBatches
from contract.context import Context
from contract.data import Int64
from contract.errors import ChannelError
from contract.images.decoding import resize, resize_shorter
from contract.images.pictures import Images
from tests.families.image_classification_jobs import SIDE, channel, lay, params, pictures, several_labels

COUNT, SIZE = 22, 8
CROP = Augmentation("crop", SIDE, SIDE)
PLAIN = Augmentation(None, SIDE, SIDE)


@pytest.fixture
def images(tmp_path: Path) -> Images:
    return channel(lay(tmp_path, pictures(COUNT)), params())


def _training(
    images: Images, augmentation: Augmentation = PLAIN, resize: int | None = None, context: Context | None = None
) -> TrainingBatches:
    return batches.training(images, SIZE, augmentation, resize, seed=0, context=context or Context(threads=2))


def _first(folder: Path, count: int = 1) -> Images:
    """The first pictures of a folder, by class and name."""
    return channel(folder, params()).take(np.arange(count))


def _of(source: PictureBatches, epoch: int = 0) -> tuple[Any, Any]:
    """All pictures and labels of an epoch."""
    pairs = [(pixels.numpy(), labels.numpy()) for pixels, labels, _ in source(epoch)]
    return np.concatenate([pixels for pixels, _ in pairs]), np.concatenate([labels for _, labels in pairs])


def _sorted(pixels: Any) -> list[bytes]:
    return sorted(picture.tobytes() for picture in pixels)


def _all(images: Images) -> list[bytes]:
    return _sorted(images.pixels(number) for number in range(len(images)))


def test_every_epoch_holds_every_picture_once_in_an_order_of_its_own(images: Images) -> None:
    source = _training(images)
    orders = [_of(source, epoch)[0] for epoch in range(3)]
    assert all(_sorted(pixels) == _all(images) for pixels in orders)
    assert len({pixels.tobytes() for pixels in orders}) == 3


def test_a_picture_keeps_its_label_on_the_way(images: Images) -> None:
    label_of = {images.pixels(number).tobytes(): images.labels[number] for number in range(COUNT)}
    pixels, labels = _of(_training(images))
    assert labels.dtype == np.int32
    assert [label_of[picture.tobytes()] for picture in pixels] == labels.tolist()


def test_several_labels_arrive_as_columns(tmp_path: Path) -> None:
    given = params(multi_label="1")
    content, listed = several_labels(11)
    images = channel(lay(tmp_path, content, listed), given)
    _, labels = _of(batches.validation(images, SIZE, Context()))
    assert labels.tolist() == listed


def test_the_last_batch_is_smaller_and_all_have_shapes_that_tensorflow_knows(images: Images) -> None:
    dataset = _training(images)(0)
    assert [len(labels) for _, labels, _ in dataset] == [8, 8, 6]
    pixels, labels, _ = dataset.element_spec
    assert (pixels.shape.as_list(), pixels.dtype) == ([None, SIDE, SIDE, 3], tf.uint8)
    assert (labels.shape.as_list(), labels.dtype) == ([None], tf.int32)


@pytest.mark.parametrize("kind", ["crop", "crop_color", "crop_color_transform"])
def test_an_epochs_changes_depend_on_seed_and_epoch_but_not_on_the_number_of_threads(images: Images, kind: str) -> None:
    augmentation = Augmentation(kind, SIDE, SIDE)
    one, four = (_training(images, augmentation, context=Context(threads=threads)) for threads in (1, 4))
    np.testing.assert_array_equal(_of(one, 1)[0], _of(four, 1)[0])
    assert _sorted(_of(one, 0)[0]) != _sorted(_of(one, 1)[0])


def test_larger_pictures_are_cut_in_the_middle_or_at_random_with_augmentation(tmp_path: Path) -> None:
    images = _first(lay(tmp_path, pictures(3, (SIDE + 6, SIDE + 2))))
    whole = images.pixels(0)
    np.testing.assert_array_equal(_of(_training(images))[0][0], whole[3 : 3 + SIDE, 1 : 1 + SIDE])
    source = _training(images, CROP)
    assert len({_of(source, epoch)[0].tobytes() for epoch in range(8)}) > 4


def test_validation_scales_a_picture_to_the_networks_size_whatever_its_shape_as_an_endpoint_does(
    tmp_path: Path,
) -> None:
    images = _first(lay(tmp_path, [*pictures(1, (40, 10)), *pictures(2, (9, 33))]), 2)
    pixels, _ = _of(batches.validation(images, SIZE, Context()))
    for number in range(2):
        np.testing.assert_array_equal(pixels[number], resize(images.pixels(number), SIDE, SIDE))


@pytest.mark.parametrize("size", [(SIDE - 1, 40), (40, SIDE - 1)])
def test_a_smaller_training_picture_is_an_error_that_names_the_file_and_resize(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    images = _first(lay(tmp_path, pictures(3, size)))
    told = rf"channel 'train', file 0/0000.png: has {size[0]} × {size[1]} pixels .* resize to 16 or more"
    with pytest.raises(ChannelError, match=told):
        _of(_training(images))


def test_resize_scales_the_shorter_side_before_the_cut(tmp_path: Path) -> None:
    images = _first(lay(tmp_path, pictures(3, (9, 12))))
    scaled = resize_shorter(images.pixels(0), 18)
    np.testing.assert_array_equal(_of(_training(images, resize=18))[0][0], scaled[1:17, 4:20])


def test_the_batches_before_a_picture_that_cannot_be_read_arrive_and_then_the_error_as_it_is(tmp_path: Path) -> None:
    folder = lay(tmp_path, pictures(6))
    images = channel(folder, params())
    (folder / "1" / "0004.png").write_bytes(b"no picture")
    source = iter(batches.validation(images, 2, Context(threads=2))(0))
    np.testing.assert_array_equal(next(source)[1], [0, 0])
    with pytest.raises(ChannelError, match=r"channel 'train', file 1/0004\.png: is neither JPEG nor PNG"):
        next(source)


def test_a_small_channel_is_decoded_once(tmp_path: Path) -> None:
    folder = lay(tmp_path, pictures(COUNT))
    source = _training(channel(folder, params()))
    first = _sorted(_of(source, 0)[0])
    for path in folder.rglob("*.png"):
        path.unlink()
    assert _sorted(_of(source, 1)[0]) == first


def test_no_more_decoded_pictures_are_kept_than_the_bound_allows(images: Images) -> None:
    decoded: list[int] = []

    def noted(record: int, pixels: Any) -> Any:
        decoded.append(record)
        return pixels

    kept = Pictures(images, noted, bound=5.5 * SIDE * SIDE * 3)
    for _ in range(2):
        for number in range(COUNT):
            np.testing.assert_array_equal(kept.picture(number), images.pixels(number))
    assert len(decoded) == COUNT + (COUNT - 5)


def _shares(images: Images, hosts: Sequence[str], sharded: bool) -> list[list[bytes]]:
    contexts = [Context(hosts=hosts, host=host, sharded=sharded) for host in hosts]
    return [_sorted(_of(_training(images, context=context))[0]) for context in contexts]


def test_hosts_with_the_same_files_share_the_pictures_among_them(images: Images) -> None:
    first, second = _shares(images, ("algo-1", "algo-2"), sharded=False)
    assert len(first) == len(second) == COUNT // 2
    assert sorted(first + second) == _all(images)


def test_hosts_with_files_of_their_own_read_all_of_them(images: Images) -> None:
    assert _shares(images, ("algo-1", "algo-2"), sharded=True) == [_all(images)] * 2


def test_hosts_do_not_make_the_same_random_changes(images: Images) -> None:
    same: Int64 = np.zeros(4, np.int64)
    contexts = [Context(hosts=("algo-1", "algo-2"), host=host) for host in ("algo-1", "algo-2")]
    sources = [_training(images, replace(CROP, kind="crop_color"), context=context) for context in contexts]
    first, second = (source._images(same, 0, 0) for source in sources)
    assert not np.array_equal(first, second)
