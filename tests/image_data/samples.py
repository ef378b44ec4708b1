"""Small made-up pictures, and the files that channels of pictures consist of."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from contract.source import Source

KINDS = ("circle", "cross", "square")
"""The classes of made-up pictures, in alphabetical order: their numbers are those of folders of these names."""

MAGIC = 0xCED7230A


def draw(kind: str, seed: int = 0, size: int = 32, channels: int = 3) -> NDArray[np.uint8]:
    """A bright shape at some place on a dark, noisy ground, (size, size, channels)."""
    random = np.random.default_rng([KINDS.index(kind), seed])
    radius = size * random.uniform(0.2, 0.32)
    rows, columns = np.mgrid[:size, :size] - random.uniform(radius, size - radius, 2)[:, None, None]
    shapes = {
        "circle": np.hypot(rows, columns) <= radius,
        "cross": (np.minimum(abs(rows), abs(columns)) <= radius / 4) & (np.maximum(abs(rows), abs(columns)) <= radius),
        "square": np.maximum(abs(rows), abs(columns)) <= radius * 0.85,
    }
    ground = random.integers(0, 60, channels) + 8 * random.integers(0, 4, (size, size, 1))
    colour = random.integers(140, 256, channels)
    return np.where(shapes[kind][:, :, None], colour, ground).astype(np.uint8)


def encode(pixels: NDArray[np.uint8], form: str = "PNG") -> bytes:
    """The picture (height, width, 1 or 3) as ``PNG`` or ``JPEG``."""
    out = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(out, form, optimize=True)
    return out.getvalue()


def picture(kind: str = "circle", seed: int = 0, form: str = "PNG", size: int = 32, channels: int = 3) -> bytes:
    """An encoded picture of a shape."""
    return encode(draw(kind, seed, size, channels), form)


def pictures(count: int, form: str = "PNG", size: int = 32) -> list[tuple[int, bytes]]:
    """Class number and encoded picture, the classes in turn."""
    return [(n % len(KINDS), picture(KINDS[n % len(KINDS)], n, form, size)) for n in range(count)]


def record(label: float | Sequence[float], image: bytes, number: int = 0) -> bytes:
    """The payload of an MXNet image record: one label in the header, or several behind it."""
    if isinstance(label, Sequence):
        return struct.pack(f"<IfQQ{len(label)}f", len(label), 0, number, 0, *label) + image
    return struct.pack("<IfQQ", 0, label, number, 0) + image


def frames(payload: bytes) -> bytes:
    """A payload as RecordIO; in several frames, as MXNet writes it, where it holds the magic number on a word."""
    magic = struct.pack("<I", MAGIC)
    cuts = [at for at in range(0, len(payload) // 4 * 4, 4) if payload[at : at + 4] == magic]
    starts, ends = [0, *(at + 4 for at in cuts)], [*cuts, len(payload)]
    written = b""
    for part, (start, end) in enumerate(zip(starts, ends, strict=True)):
        flag = 0 if not cuts else 1 if part == 0 else 3 if part == len(cuts) else 2
        written += magic + struct.pack("<I", flag << 29 | end - start) + payload[start:end] + bytes(-(end - start) % 4)
    return written


def write_rec(path: Path, labelled: Iterable[tuple[float | Sequence[float], bytes]]) -> Path:
    """Writes an MXNet image RecordIO file of labels and encoded pictures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for number, (label, image) in enumerate(labelled):
            file.write(frames(record(label, image, number)))
    return path


def write_list(path: Path, listed: Iterable[tuple[int | Sequence[int], str]]) -> Path:
    """Writes a ``.lst`` of classes (one, or a 0 or 1 for each) and paths."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = ((n, label if isinstance(label, Sequence) else [label], name) for n, (label, name) in enumerate(listed))
    path.write_text("".join("\t".join([str(n), *map(str, labels), name]) + "\n" for n, labels, name in rows), "utf-8")
    return path


def write_folders(folder: Path, count: int, form: str = "PNG", size: int = 32, first: int = 0) -> list[str]:
    """Writes ``count`` pictures, the classes in turn, into a folder for each class; their names relative to it."""
    names = []
    for number in range(first, first + count):
        kind = KINDS[number % len(KINDS)]
        names.append(f"{kind}/{number:03}.{'png' if form == 'PNG' else 'jpg'}")
        write(folder / names[-1], picture(kind, number, form, size))
    return names


def write(path: Path, content: bytes | str) -> Path:
    """Writes a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def source(folder: Path, content_type: str | None = None, **companions: Source) -> Source:
    """The channel in a folder, named like it."""
    there = (path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    files = sorted(there, key=lambda path: path.relative_to(folder).as_posix())
    return Source(folder.name, folder, tuple(files), content_type, companions)
