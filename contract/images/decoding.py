"""Encoded pictures <-> pixels, with Pillow: JPEG and PNG to arrays, resizing, and PNG back.

The orientation that a camera notes in EXIF is not applied, as in MXNet: the pixels are taken as they are stored.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from contract.errors import Malformed

UInt8: TypeAlias = NDArray[np.uint8]

LARGEST_PIXELS = 50_000_000
"""Width × height of the largest picture that is decoded: a few kB of PNG can hold gigabytes of pixels."""

_MODES = {1: "L", 3: "RGB"}
_OTHERS = (
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (8, b"WEBP", "WebP"),
    (4, b"ftyp", "HEIC or AVIF"),
    (0, b"<svg", "SVG"),
    (0, b"%PDF", "PDF"),
    (0, b"\x1f\x8b", "gzip"),
)
"""First byte, bytes there and name of formats that are taken for JPEG or PNG, but are not read."""


class Shape(NamedTuple):
    """The form in which pictures enter a network: 1 (grey) or 3 (RGB) channels, height and width in pixels."""

    channels: int
    height: int
    width: int

    @classmethod
    def of(cls, value: str | Sequence[int]) -> Shape:
        """Reads ``"3,224,224"`` or three numbers. Raises ``ValueError`` with what is wrong."""
        parts = value.split(",") if isinstance(value, str) else list(value)
        try:
            channels, height, width = (int(part) for part in parts)
        except ValueError:
            raise ValueError(f"{value!r} is not channels,height,width such as 3,224,224") from None
        if channels not in _MODES:
            raise ValueError(f"{value!r} has {channels} channels, but pictures have 1 (grey) or 3 (colour)")
        if height < 1 or width < 1 or height * width > LARGEST_PIXELS:
            raise ValueError(f"{value!r}: height and width must be at least 1, and together under {LARGEST_PIXELS:,}")
        return cls(channels, height, width)


def decode(data: bytes, channels: int) -> UInt8:
    """The pixels (height, width, ``channels``) of a JPEG or PNG; grey and colour are turned into each other.

    Transparency is dropped, 16 bits a sample become 8. Raises ``Malformed`` for anything but one whole still picture
    of at most ``LARGEST_PIXELS``.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            _check(image)
            return _pixels(image, channels)
    except (Malformed, MemoryError):
        raise
    except UnidentifiedImageError:
        raise Malformed(_unknown(data)) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Malformed(f"has more than {LARGEST_PIXELS:,} pixels; scale it down") from None
    except Exception as error:  # Pillow's decoders raise whatever damaged bytes lead to
        raise Malformed(f"is a damaged picture ({error or type(error).__name__})") from error


def resize(pixels: UInt8, height: int, width: int) -> UInt8:
    """The picture at another size, without keeping its aspect ratio; bilinear, and averaging where it shrinks."""
    if pixels.shape[:2] == (height, width):
        return pixels
    from PIL import Image

    resized = _image(pixels).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(resized).reshape(height, width, pixels.shape[2])


def resize_shorter(pixels: UInt8, side: int) -> UInt8:
    """The picture scaled so that its shorter side has ``side`` pixels, keeping its aspect ratio."""
    height, width = pixels.shape[:2]
    shorter = min(height, width)
    longer = max(side, min(round(max(height, width) * side / shorter), LARGEST_PIXELS // side))
    return resize(pixels, *((side, longer) if height == shorter else (longer, side)))


def encode_png(pixels: UInt8) -> bytes:
    """A picture (height, width, 1 or 3) as PNG."""
    out = io.BytesIO()
    _image(pixels).save(out, "PNG", optimize=True)
    return out.getvalue()


def _image(pixels: UInt8) -> Any:
    from PIL import Image

    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def _check(image: Any) -> None:
    width, height = image.size
    if width * height > LARGEST_PIXELS:
        raise Malformed(f"has {width} × {height} pixels, at most {LARGEST_PIXELS:,} are decoded; scale it down")
    # A camera's JPEG may carry a second picture (its format is then MPO): the first one is meant.
    if image.format == "PNG" and getattr(image, "is_animated", False):
        raise Malformed("is an animated PNG; use one of its frames")


def _pixels(image: Any, channels: int) -> UInt8:
    if image.mode.startswith("I"):  # 16-bit grey
        grey = np.asarray(image)
        return np.repeat((grey >> 8).clip(0, 255).astype(np.uint8)[:, :, None], channels, axis=2)
    if image.mode == "P":  # by way of RGBA: the palette may hold transparency
        image = image.convert("RGBA")
    pixels: UInt8 = np.asarray(image.convert(_MODES[channels]))
    return pixels.reshape(*pixels.shape[:2], channels)


def _unknown(data: bytes) -> str:
    if not data:
        return "is empty"
    if data.startswith((b"\xff\xd8", b"\x89PNG")):
        return "is a damaged picture"
    found = next((name for start, magic, name in _OTHERS if data.startswith(magic, start)), None)
    return "is neither JPEG nor PNG" + (f" but {found}; convert it" if found else "")
