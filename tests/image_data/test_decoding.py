"""From the bytes of a JPEG or PNG to pixels."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from PIL import Image

from contract.errors import Malformed
from contract.images import Shape, decode, encode_png, resize, resize_shorter
from contract.images.decoding import LARGEST_PIXELS
from tests.image_data.samples import draw, encode, picture


def saved(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(Malformed) as refused:
        decode(data, 3)
    return str(refused.value)


def png_header(width: int, height: int) -> bytes:
    """A PNG that says its size, and holds hardly any of its pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")


def test_png_comes_back_as_it_was() -> None:
    pixels = draw("cross")
    assert np.array_equal(decode(encode(pixels), 3), pixels)


def test_jpeg_comes_back_nearly_as_it_was() -> None:
    flat = np.full((16, 24, 3), (200, 100, 50), np.uint8)
    decoded = decode(encode(flat, "JPEG"), 3)
    assert decoded.shape == (16, 24, 3)
    assert abs(decoded.astype(int) - flat).max() <= 3


def test_a_grey_picture_becomes_colour_and_a_coloured_one_grey() -> None:
    grey = draw("square", channels=1)
    assert np.array_equal(decode(encode(grey), 3), np.repeat(grey, 3, axis=2))
    assert decode(picture(), 1).shape == (32, 32, 1)
    red = np.full((2, 2, 3), (255, 0, 0), np.uint8)
    assert decode(encode(red), 1)[0, 0, 0] == 76  # 0.299 of red


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "L", "RGB"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_kind_of_png_has_the_channels_that_are_asked_for(mode: str, channels: int) -> None:
    image = Image.fromarray(draw("circle")).convert(mode)
    assert decode(saved(image), channels).shape == (32, 32, channels)


def test_transparency_is_dropped() -> None:
    image = Image.new("RGBA", (4, 4), (10, 20, 30, 0))
    assert decode(saved(image), 3)[0, 0].tolist() == [10, 20, 30]


def test_a_palette_with_transparency_keeps_its_colours() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    for transparency in (bytes([255, 0]), bytes([0, 100])):
        assert decode(saved(image, transparency=transparency), 3)[0, 0].tolist() == [10, 20, 30]


@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_of_grey_become_8(channels: int) -> None:
    values = np.array([[0, 256], [32768, 65535]], np.uint16)
    assert decode(saved(Image.fromarray(values)), channels)[:, :, 0].tolist() == [[0, 1], [128, 255]]


def test_a_jpeg_for_printing_is_read() -> None:
    image = Image.fromarray(draw("circle")).convert("CMYK")
    assert decode(saved(image, "JPEG"), 3).shape == (32, 32, 3)


def test_the_orientation_that_a_camera_notes_is_not_applied() -> None:
    notes = Image.Exif()
    notes[0x0112] = 6  # turn by 90 degrees
    image = Image.fromarray(np.zeros((10, 20, 3), np.uint8))
    assert decode(saved(image, "JPEG", exif=notes), 3).shape == (10, 20, 3)


def test_the_first_picture_of_a_camera_with_two_is_meant() -> None:
    first, second = (Image.new("RGB", (8, 8), colour) for colour in ("white", "black"))
    data = saved(first, "MPO", save_all=True, append_images=[second])
    assert decode(data, 3).min() > 250


def test_an_animated_png_is_refused() -> None:
    first, second = (Image.new("RGB", (8, 8), colour) for colour in ("white", "black"))
    assert "animated" in refusal(saved(first, save_all=True, append_images=[second]))


@pytest.mark.parametrize(("form", "name"), [("GIF", "GIF"), ("BMP", "BMP"), ("WEBP", "WebP"), ("TIFF", "TIFF")])
def test_other_formats_are_named_and_refused(form: str, name: str) -> None:
    what = refusal(saved(Image.fromarray(draw("circle")), form))
    assert what == f"is neither JPEG nor PNG but {name}; convert it"


def test_nothing_and_text_are_refused() -> None:
    assert refusal(b"") == "is empty"
    assert refusal(b"feature_1,feature_2\n") == "is neither JPEG nor PNG"


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_picture_that_lacks_a_pixel_is_refused(form: str) -> None:
    whole = picture(form=form)
    for length in range(len(whole) - 24):  # the bytes behind only check what came before, and say that it is the end
        assert refusal(whole[:length])


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_damage_anywhere_is_refused_or_gives_a_picture(form: str) -> None:
    whole = picture(form=form, size=16)
    random = np.random.default_rng(1)
    for _ in range(400):
        damaged = bytearray(whole)
        for at in random.integers(0, len(whole), random.integers(1, 6)):
            damaged[at] = random.integers(256)
        with suppress(Malformed):
            assert decode(bytes(damaged), 3).ndim == 3


@pytest.mark.parametrize("size", [(LARGEST_PIXELS, 2), (10_000, 10_000), (60_000, 60_000), (1, LARGEST_PIXELS + 1)])
def test_a_picture_of_too_many_pixels_is_refused_before_they_are_made(size: tuple[int, int]) -> None:
    data = png_header(*size)
    assert len(data) < 200
    assert "pixels" in refusal(data)
    assert "scale it down" in refusal(data)


def test_text_that_unpacks_to_much_is_refused() -> None:
    head, packed = png_header(4, 4), zlib.compress(bytes(100_000_000), 9)
    body = b"comment\0\0" + packed
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    assert "damaged" in refusal(head[:33] + chunk + head[33:])


def test_resizing_averages_and_keeps_a_picture_of_that_size() -> None:
    stripes = np.zeros((8, 8, 1), np.uint8)
    stripes[:, ::2] = 200
    assert abs(resize(stripes, 2, 2).astype(int) - 100).max() < 15
    assert resize(stripes, 8, 8) is stripes
    assert resize(draw("circle"), 5, 9).shape == (5, 9, 3)


@pytest.mark.parametrize(("shape", "expected"), [((20, 40), (10, 20)), ((40, 20), (20, 10)), ((5, 5), (10, 10))])
def test_the_shorter_side_is_scaled_and_the_aspect_ratio_kept(
    shape: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert resize_shorter(np.zeros((*shape, 3), np.uint8), 10).shape == (*expected, 3)


def test_a_narrow_picture_does_not_grow_without_bound() -> None:
    narrow = np.zeros((1, 100_000, 3), np.uint8)
    height, width, _ = resize_shorter(narrow, 1000).shape
    assert height == 1000
    assert height * width <= LARGEST_PIXELS


@pytest.mark.parametrize("channels", [1, 3])
def test_encoding_keeps_every_pixel(channels: int) -> None:
    pixels = draw("square", channels=channels)
    assert np.array_equal(decode(encode_png(pixels), channels), pixels)


def test_a_shape_is_read_from_text_and_numbers() -> None:
    assert Shape.of("3, 28,30") == Shape(channels=3, height=28, width=30) == Shape.of((3, 28, 30))


@pytest.mark.parametrize(
    "text", ["224", "3,224", "3,a,b", "4,10,10", "3,0,10", "3,10,-1", "1,100000,100000", "1,2,3,4"]
)
def test_what_is_no_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"pictures|such as 3,224,224|at least 1"):
        Shape.of(text)
