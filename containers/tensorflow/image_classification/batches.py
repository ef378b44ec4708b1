"""Pictures from a channel to the network, batch by batch, with tf.data.

Pictures are read and decoded while the network learns. In memory are the few batches that wait, and decoded pictures
up to a bound: a small channel is decoded once, a large one in every epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from containers.tensorflow.engine.distribution import share
from containers.tensorflow.image_classification.augmentation import Augmentation
from contract.context import Context
from contract.data import Int64
from contract.errors import ContainerError
from contract.images.decoding import UInt8, resize, resize_shorter
from contract.images.pictures import Images
from contract.process.resources import memory_bytes

HELD_BYTES, HELD_PART = 1 << 26, 0.05
"""The room for a channel's decoded pictures: so many bytes, and no more than this part of the memory. Enough for
pictures so small that decoding them takes as long as learning from them."""
WAITING_BATCHES = 2
"""Batches that are ready before the network asks for them."""


class Pictures:
    """The pictures of a channel, each ``prepare``\\ d from its number and pixels. Threads may share them.

    As many as ``bound`` bytes hold are kept. The first ones that are asked for stay: in an epoch each comes once, so
    that letting some go for others would gain nothing.
    """

    def __init__(self, images: Images, prepare: Callable[[int, UInt8], UInt8], bound: float) -> None:
        self.images = images
        self._prepare = prepare
        self._room = bound
        self._held: dict[int, UInt8] = {}

    def picture(self, record: int) -> UInt8:
        """(height, width, channels) of one picture. Raises ``ChannelError`` with its place."""
        found = self._held.get(record)
        if found is None:
            found = self._prepare(record, self.images.pixels(record))
            if self._room >= found.nbytes:
                self._room -= found.nbytes
                self._held[record] = found
        return found


class PictureDataset:
    """A ``tf.data.Dataset`` whose iteration ends with the first error of reading.

    TensorFlow knows no errors of others: it would report one of its own, with a traceback in the log. So the dataset
    just ends, and who reads it looks why: ``faults`` are the errors so far by the number of the batch.
    """

    def __init__(self, dataset: tf.data.Dataset, faults: Mapping[int, ContainerError]) -> None:
        self._dataset = dataset
        self._faults = faults
        self.element_spec = dataset.element_spec

    def __iter__(self) -> Iterator[Any]:
        yield from self._dataset
        if self._faults:
            raise self._faults[min(self._faults)]


class PictureBatches:
    """The batches of one channel on this host; called with the number of an epoch, from 0, it gives those.

    They are images (n, height, width, channels) uint8 and labels, (n,) int32 or (n, num_classes) float32, and no
    weights. The same epoch number gives the same batches.
    """

    def __init__(self, pictures: Pictures, size: int, augmentation: Augmentation, context: Context) -> None:
        self._pictures = pictures
        self._size = size
        self._augmentation = augmentation
        self._context = context

    def __call__(self, epoch: int) -> PictureDataset:
        mine = share(self._order(epoch), self._context)
        faults: dict[int, ContainerError] = {}

        def read(number: np.int64) -> tuple[UInt8, Any]:
            part = mine[number * self._size : (number + 1) * self._size]
            try:
                return self._images(part, epoch, int(number)), self._pictures.images.labels[part]
            except ContainerError as error:
                faults[int(number)] = error
                return np.empty((0, *self._shape), np.uint8), self._pictures.images.labels[:0]

        dataset = tf.data.Dataset.range(-(-len(mine) // self._size))
        dataset = dataset.map(lambda number: self._typed(read, number), self._context.threads, deterministic=True)
        dataset = dataset.take_while(lambda pixels, *_: tf.shape(pixels)[0] > 0)
        return PictureDataset(dataset.prefetch(WAITING_BATCHES), faults)

    @property
    def _shape(self) -> tuple[int, int, int]:
        return self._augmentation.height, self._augmentation.width, self._pictures.images.shape.channels

    def _order(self, epoch: int) -> Int64:
        """The numbers of all records in the order of an epoch."""
        return np.arange(len(self._pictures.images))

    def _random(self, epoch: int, batch: int) -> np.random.Generator:
        return np.random.default_rng(0)  # without augmentation nothing is drawn

    def _images(self, records: Int64, epoch: int, batch: int) -> UInt8:
        random = self._random(epoch, batch)
        views = [self._augmentation.view(self._pictures.picture(int(record)), random) for record in records]
        return self._augmentation.coloured(np.stack(views), random)

    def _typed(self, read: Callable[[np.int64], tuple[UInt8, Any]], number: Any) -> tuple[Any, Any, None]:
        """One batch with the shapes that TensorFlow cannot know of a Python function."""
        labels = self._pictures.images.labels
        pixels, label = tf.numpy_function(read, [number], [tf.uint8, tf.as_dtype(labels.dtype)], stateful=False)
        pixels.set_shape((None, *self._shape))
        label.set_shape((None, *labels.shape[1:]))
        return pixels, label, None


class TrainingBatches(PictureBatches):
    """Batches in another order in every epoch, with random changes that depend on seed, epoch, batch and host only."""

    def __init__(
        self, pictures: Pictures, size: int, augmentation: Augmentation, context: Context, *, seed: int
    ) -> None:
        super().__init__(pictures, size, augmentation, context)
        self._seed = seed

    def _order(self, epoch: int) -> Int64:
        return np.random.default_rng((self._seed, epoch)).permutation(len(self._pictures.images))

    def _random(self, epoch: int, batch: int) -> np.random.Generator:
        return np.random.default_rng((self._seed, epoch, batch, self._context.rank))


def training(
    images: Images, size: int, augmentation: Augmentation, shorter: int | None, seed: int, context: Context
) -> TrainingBatches:
    """Batches of pictures as they are cut out for training; ``shorter``: their shorter side is made so long before."""

    def prepare(record: int, pixels: UInt8) -> UInt8:
        scaled = resize_shorter(pixels, shorter) if shorter else pixels
        height, width = scaled.shape[:2]
        if height < augmentation.height or width < augmentation.width:
            raise images.fault(record, _too_small(pixels, augmentation, shorter))
        return scaled

    pictures = Pictures(images, prepare, _room())
    return TrainingBatches(pictures, size, augmentation, context, seed=seed)


def _too_small(pixels: UInt8, wanted: Augmentation, shorter: int | None) -> str:
    height, width = pixels.shape[:2]
    size = f"has {height} × {width} pixels (height × width)"
    after = f", also with its shorter side at resize {shorter}" if shorter else ""
    need = max(wanted.height, wanted.width)
    return (
        f"{size}, fewer than the {wanted.height} × {wanted.width} of image_shape{after}; set the hyperparameter resize "
        f"to {need} or more, or make image_shape smaller"
    )


def validation(images: Images, size: int, context: Context) -> PictureBatches:
    """Batches of pictures as an endpoint sees them: scaled to the network's size, whatever their own shape."""
    _, height, width = images.shape
    pictures = Pictures(images, lambda _, pixels: resize(pixels, height, width), _room())
    return PictureBatches(pictures, size, Augmentation(None, height, width), context)


def _room() -> float:
    return min(HELD_BYTES, HELD_PART * memory_bytes())
