"""Requests of one picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from contract.errors import Malformed, RequestError
from contract.images import ImageInput, Images, Shape, decode
from contract.media_type import MediaType
from tests.image_data.reading import Params, read
from tests.image_data.samples import picture, write_folders

SIGNATURE = {"image_shape": [3, 32, 32], "classes": 3}


def ask(body: bytes, content_type: str = "application/x-image", signature: dict[str, object] = SIGNATURE) -> Images:
    return ImageInput().decode(body, MediaType.parse(content_type), signature)


@pytest.mark.parametrize("content_type", ImageInput.request_types)
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_picture_is_read_whatever_its_media_type_says(content_type: str, form: str) -> None:
    body = picture(form=form, size=50)
    images = ask(body, content_type)
    assert len(images) == 1
    assert images.encoded(0) == body
    assert np.array_equal(images.pixels(0), decode(body, 3))
    assert images.shape == Shape(3, 32, 32)
    assert images.class_count == 3
    assert images.label is None


def test_a_picture_has_the_channels_that_the_model_takes() -> None:
    assert ask(picture()).pixels(0).shape == (32, 32, 3)
    assert ask(picture(), signature={"image_shape": [1, 28, 28], "classes": 2}).pixels(0).shape == (32, 32, 1)
    assert ask(picture(channels=1)).pixels(0).shape == (32, 32, 3)


def test_a_picture_is_decoded_once() -> None:
    images = ask(picture())
    assert images.pixels(0) is images.pixels(0)


def test_a_request_is_data_as_any_other() -> None:
    images = ask(picture())
    assert next(images.parts(1)) is images
    assert len(images.take(np.array([0]))) == 1
    assert images.fingerprint() != ask(picture("cross")).fingerprint()
    assert images.summary() == [("images", "1"), ("classes", "3")]


def test_a_fault_of_a_request_is_the_callers() -> None:
    fault = ask(picture()).fault(0, "is too small")
    assert isinstance(fault, RequestError)
    assert str(fault) == "the picture is too small"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "the body is empty"),
        (b"1,2,3\n", "the body is neither JPEG nor PNG"),
        (b"GIF89a\x01\x00", "but GIF; convert it"),
        (picture(form="JPEG")[:300], "the body is a damaged picture"),
        (picture()[:20], "the body is a damaged picture"),
        (b'{"instances": []}', "the body is neither JPEG nor PNG"),
    ],
    ids=["empty", "csv", "gif", "jpeg cut off", "png cut off", "json"],
)
def test_a_body_that_is_no_picture_is_refused(body: bytes, what: str) -> None:
    with pytest.raises(RequestError, match=what) as refused:
        ask(body)
    assert not isinstance(refused.value, Malformed)
    assert "send one JPEG or PNG" in str(refused.value)


def test_the_signature_is_json_that_requests_are_read_by(tmp_path: Path) -> None:
    write_folders(tmp_path, 3)
    signature = json.loads(json.dumps(ImageInput().signature(read(tmp_path, params=Params("1,28,30")))))
    assert signature == {"image_shape": [1, 28, 30], "classes": 3}
    assert ask(picture(), signature=signature).shape == Shape(1, 28, 30)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_example_is_a_grey_picture_and_none_of_the_channels(tmp_path: Path, channels: int) -> None:
    write_folders(tmp_path, 3)
    example = ImageInput().example(read(tmp_path, params=Params(f"{channels},40,30")))
    assert example.content_type == "application/x-image"
    assert np.unique(decode(example.body, channels)).tolist() == [128]
    assert decode(example.body, channels).shape == (40, 30, channels)


def test_a_users_program_may_make_bytes_or_pixels_of_a_request() -> None:
    encoded = picture()
    pixels = ask(encoded).pixels(0)
    for made in (encoded, bytearray(encoded), pixels, pixels[None], ask(encoded)):
        assert np.asarray(ImageInput().batch(made, SIGNATURE)).tolist() == pixels[None].tolist()
    grey = ImageInput().batch(pixels[:, :, 0], SIGNATURE)
    assert np.asarray(grey)[0, :, :, 1].tolist() == pixels[:, :, 0].tolist()


@pytest.mark.parametrize("made", [np.ones((4, 4, 3)), np.ones(5, np.uint8), {"a": 1}, None, [[1, 2]]])
def test_what_is_no_picture_is_told_to_the_users_program(made: object) -> None:
    with pytest.raises(TypeError, match="give the bytes of a JPEG or PNG, or uint8 pixels"):
        ImageInput().batch(made, SIGNATURE)


def test_V07_bytes_that_a_users_program_made_are_checked_like_a_request() -> None:
    with pytest.raises(RequestError):
        ImageInput().batch(b"no picture", SIGNATURE)
