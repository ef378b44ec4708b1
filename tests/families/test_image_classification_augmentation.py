"""Random changes of training images."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from numpy.typing import NDArray

from containers.tensorflow.image_classification import augmentation
from containers.tensorflow.image_classification.augmentation import Augmentation
from containers.tensorflow.image_classification.hyperparameters import CROPS
from contract.images.decoding import UInt8


def _random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _picture(height: int = 12, width: int = 10, channels: int = 3) -> UInt8:
    return _random(8).integers(0, 256, (height, width, channels)).astype(np.uint8)


def _places(picture: UInt8, part: UInt8) -> list[tuple[int, int, bool]]:
    """Where a part was cut out of a picture, and whether it was flipped."""
    height, width = part.shape[:2]
    corners = [(top, left) for top in range(len(picture) - height + 1) for left in range(picture.shape[1] - width + 1)]
    return [
        (top, left, flipped)
        for top, left in corners
        for flipped, shown in ((False, part), (True, part[:, ::-1]))
        if np.array_equal(picture[top : top + height, left : left + width], shown)
    ]


def test_without_augmentation_the_middle_of_a_picture_is_taken() -> None:
    picture = _picture(12, 11)
    np.testing.assert_array_equal(Augmentation(None, 8, 8).view(picture, _random()), picture[2:10, 1:9])


def test_a_crop_takes_every_place_of_the_picture_and_flips_half_of_them() -> None:
    random, picture = _random(), _picture(10, 10)
    found = [_places(picture, Augmentation("crop", 8, 8).view(picture, random)) for _ in range(300)]
    assert all(len(places) == 1 for places in found)
    assert {places[0][:2] for places in found} == {(top, left) for top in range(3) for left in range(3)}
    assert 0.4 < sum(places[0][2] for places in found) / len(found) < 0.6


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", CROPS)
def test_every_kind_gives_pictures_of_the_size_that_depend_on_the_seed_only(kind: str, channels: int) -> None:
    chosen, picture = Augmentation(kind, 8, 9), _picture(channels=channels)

    def changed(seed: int) -> UInt8:
        random = _random(seed)
        return chosen.coloured(np.stack([chosen.view(picture, random) for _ in range(4)]), random)

    assert changed(1).shape == (4, 8, 9, channels)
    assert changed(1).dtype == np.uint8
    np.testing.assert_array_equal(changed(1), changed(1))
    assert not np.array_equal(changed(1), changed(2))


@pytest.mark.parametrize("kind", [None, "crop"])
def test_colours_stay_unless_a_change_of_them_is_asked_for(kind: str | None) -> None:
    batch = _picture()[None]
    assert Augmentation(kind, 12, 10).coloured(batch, _random()) is batch


def test_colours_move_as_pythons_own_conversion_says() -> None:
    batch = _picture()[None].astype(np.float32) / 255
    hue, saturation, lightness = (np.full((1, 1, 1), amount, np.float32) for amount in (0.15, -0.1, 0.12))
    moved = augmentation._recoloured(batch, hue, saturation, lightness)
    expected = [_moved(*pixel.tolist()) for pixel in batch.reshape(-1, 3)]
    np.testing.assert_allclose(moved.reshape(-1, 3), expected, atol=1e-4)


def _moved(red: float, green: float, blue: float) -> tuple[float, float, float]:
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    return colorsys.hls_to_rgb((hue + 0.15) % 1, min(1, lightness + 0.12), max(0, saturation - 0.1))


def test_lightness_moves_by_at_most_50_of_255() -> None:
    grey = np.full((200, 2, 2, 1), 120, np.uint8)
    moved = Augmentation("crop_color", 2, 2).coloured(grey, _random()).astype(int) - 120
    assert (moved == moved[:, :1, :1]).all()
    assert -50 <= moved.min() < -40
    assert 40 < moved.max() <= 50


def test_a_transform_that_changes_nothing_is_a_crop() -> None:
    picture, chosen = _picture(), Augmentation("crop_color_transform", 8, 8)
    grid = chosen._grid(3, 1, np.eye(2, dtype=np.float32))
    np.testing.assert_array_equal(augmentation._sampled(picture, *grid), picture[3:11, 1:9])


def test_places_between_pixels_are_mixed_and_those_beyond_the_edge_are_the_edge() -> None:
    picture = np.array([[[0], [100]], [[200], [50]]], np.uint8)
    rows, columns = np.array([[0.0, 0.5, -3.0, 9.0]], np.float32), np.array([[0.25, 0.5, 1.0, -1.0]], np.float32)
    assert augmentation._sampled(picture, rows, columns)[0, :, 0].tolist() == [25, 88, 100, 200]


def test_a_transform_rotates_shears_and_stretches_within_the_documented_bounds() -> None:
    random = _random()
    matrices = np.array([augmentation._transform(random) for _ in range(500)], np.float64)
    angles, shears, stretches = _decomposed(matrices)
    for values, bound in ((angles, 10), (shears, 0.1), (stretches - 1, 0.25)):
        assert 0.8 * bound < np.abs(values).max() <= bound * (1 + 1e-5)


def _decomposed(matrices: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Angle in degrees, shear, and the change of width to height."""
    angles = np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0])
    cos, sin = np.cos(angles), np.sin(angles)
    turned_back = np.array([[cos, sin], [-sin, cos]]).transpose(2, 0, 1) @ matrices
    return np.degrees(angles), turned_back[:, 0, 1], turned_back[:, 0, 0] / turned_back[:, 1, 1]
