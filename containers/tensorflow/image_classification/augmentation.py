"""Random changes of training images: crop and flip, colour, rotation, shear and aspect ratio.

The sizes of the changes are those of SageMaker's documentation. A picture is (height, width, channels) uint8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from contract.data import Float32
from contract.images.decoding import UInt8

LARGEST_HUE, LARGEST_SATURATION, LARGEST_LIGHTNESS = 36 / 180, 50 / 255, 50 / 255
"""The most that colours move, either way: hue as a part of the circle, the others as a part of their range.

The documented 36, 50 and 50 are on the scale of 8-bit images, where hue goes to 180 and the others to 255."""
LARGEST_ANGLE, LARGEST_SHEAR, LARGEST_ASPECT = 10.0, 0.1, 0.25
"""Degrees; pixels sideways a pixel of height; and the change of width to height."""


@dataclass(frozen=True)
class Augmentation:
    """The changes by ``augmentation_type`` to images of ``height`` × ``width`` pixels; ``kind`` None: no change."""

    kind: str | None
    height: int
    width: int

    def view(self, picture: UInt8, random: np.random.Generator) -> UInt8:
        """A part (``height``, ``width``, channels) of a picture of at least that size: the middle one if not random."""
        down, right = picture.shape[0] - self.height, picture.shape[1] - self.width
        if self.kind is None:
            return self._part(picture, down // 2, right // 2)
        top, left = int(random.integers(down + 1)), int(random.integers(right + 1))
        flip = random.random() < 0.5
        if self.kind == "crop_color_transform":
            part = _sampled(picture, *self._grid(top, left, _transform(random)))
        else:
            part = self._part(picture, top, left)
        return part[:, ::-1] if flip else part

    def coloured(self, batch: UInt8, random: np.random.Generator) -> UInt8:
        """Pictures (n, height, width, channels), each with its colours moved; grey ones get lighter or darker."""
        if self.kind in (None, "crop"):
            return batch
        moves = random.uniform(-1, 1, (3, len(batch), 1, 1)).astype(np.float32)
        hue, saturation, lightness = moves[0] * LARGEST_HUE, moves[1] * LARGEST_SATURATION, moves[2] * LARGEST_LIGHTNESS
        scaled = batch.astype(np.float32) / np.float32(255)
        moved = (
            scaled + lightness[..., None] if batch.shape[3] == 1 else _recoloured(scaled, hue, saturation, lightness)
        )
        return np.rint(np.clip(moved, 0, 1) * 255).astype(np.uint8)

    def _part(self, picture: UInt8, top: int, left: int) -> UInt8:
        return picture[top : top + self.height, left : left + self.width]

    def _grid(self, top: int, left: int, matrix: Float32) -> tuple[Float32, Float32]:
        """Returns where each pixel of the part lies in the picture: rows and columns, each (height, width)."""
        middle_row, middle_column = (self.height - 1) / 2, (self.width - 1) / 2
        rows, columns = np.mgrid[: self.height, : self.width].astype(np.float32)
        across, along = columns - middle_column, rows - middle_row
        return (
            matrix[1, 0] * across + matrix[1, 1] * along + top + middle_row,
            matrix[0, 0] * across + matrix[0, 1] * along + left + middle_column,
        )


def _transform(random: np.random.Generator) -> Float32:
    """A matrix (2, 2) that rotates, shears and stretches (x, y) by random amounts."""
    angle = math.radians(random.uniform(-LARGEST_ANGLE, LARGEST_ANGLE))
    shear = random.uniform(-LARGEST_SHEAR, LARGEST_SHEAR)
    stretch = math.sqrt(1 + random.uniform(-LARGEST_ASPECT, LARGEST_ASPECT))
    rotation = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return (rotation @ [[stretch, shear], [0, 1 / stretch]]).astype(np.float32)


def _sampled(picture: UInt8, rows: Float32, columns: Float32) -> UInt8:
    """The picture at these places, between its pixels (bilinear); beyond its edge lie the pixels of the edge."""
    rows, columns = rows.clip(0, picture.shape[0] - 1), columns.clip(0, picture.shape[1] - 1)
    top, left = rows.astype(np.intp), columns.astype(np.intp)
    bottom, right = np.minimum(top + 1, picture.shape[0] - 1), np.minimum(left + 1, picture.shape[1] - 1)
    down, across = (rows - top)[..., None], (columns - left)[..., None]
    upper = picture[top, left] * (1 - across) + picture[top, right] * across
    lower = picture[bottom, left] * (1 - across) + picture[bottom, right] * across
    mixed: Float32 = upper * (1 - down) + lower * down
    return np.rint(mixed).astype(np.uint8)


def _recoloured(batch: Float32, hue: Float32, saturation: Float32, lightness: Float32) -> Float32:
    """RGB pictures (n, h, w, 3) from 0 to 1 with amounts (n, 1, 1) added to their hue, saturation and lightness."""
    high, low = batch.max(axis=3), batch.min(axis=3)
    spread = high - low
    light = (high + low) / 2
    room = np.minimum(light, 1 - light)  # half of the largest spread that this lightness allows
    pure = np.divide(spread / 2, room, out=np.zeros_like(room), where=room > 0)
    angle = _hue(batch, high, spread)
    return _rgb(angle + hue, (pure + saturation).clip(0, 1), (light + lightness).clip(0, 1))


def _hue(batch: Float32, high: Float32, spread: Float32) -> Float32:
    """The hue of RGB pictures as a part of the circle; 0, red, for greys."""
    red, green, blue = batch[..., 0], batch[..., 1], batch[..., 2]
    safe = np.where(spread > 0, spread, 1)
    sector = np.where(high == green, 2 + (blue - red) / safe, 4 + (red - green) / safe)
    sector = np.where(high == red, (green - blue) / safe, sector)
    return np.asarray(np.where(spread > 0, sector / 6, 0), np.float32)


def _rgb(hue: Float32, saturation: Float32, lightness: Float32) -> Float32:
    """Hue, saturation and lightness (n, h, w) as RGB (n, h, w, 3)."""
    reach = saturation * np.minimum(lightness, 1 - lightness)
    out = np.empty((*hue.shape, 3), np.float32)
    for channel, offset in enumerate((0, 8, 4)):
        place = (offset + 12 * hue) % 12
        out[..., channel] = lightness - reach * np.minimum(place - 3, 9 - place).clip(-1, 1)
    return out
