"""Tiny real jobs of the algorithm image-classification: pictures whose bright quarter is their class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from containers.tensorflow.image_classification.hyperparameters import ImageClassificationHyperparameters
from contract.hyperparameters import parse
from contract.images.decoding import UInt8, encode_png
from contract.images.input import ImageInput
from contract.images.pictures import Images
from contract.source import Source

SIDE, CLASSES = 16, 3


def params(**given: str) -> ImageClassificationHyperparameters:
    """A LeNet for pictures of 16 × 16 pixels that learns in a few epochs, unless told otherwise."""
    usual = {
        "num_classes": str(CLASSES), "num_training_samples": "48", "image_shape": f"3,{SIDE},{SIDE}",
        "network": "lenet", "optimizer": "adam", "learning_rate": "0.003", "mini_batch_size": "8", "epochs": "2",
    }  # fmt: skip
    return parse(ImageClassificationHyperparameters, usual | given)


def pictures(count: int, size: tuple[int, int] = (SIDE, SIDE), seed: int = 1) -> list[UInt8]:
    """Noise (height, width, 3) with a bright quarter: picture i shows class i modulo 3."""
    random = np.random.default_rng(seed)
    found = random.integers(0, 90, (count, *size, 3)).astype(np.uint8)
    rows, columns = size[0] // 2, size[1] // 2
    for number, picture in enumerate(found):
        down, right = divmod(number % CLASSES, 2)
        picture[down * rows : (down + 1) * rows, right * columns : (right + 1) * columns] += 150
    return list(found)


def lay(folder: Path, content: Sequence[UInt8], listed: Sequence[Sequence[int]] | None = None) -> Path:
    """Writes pictures as PNG into folders 0, 1 and 2, or beside a list with these labels."""
    for number, picture in enumerate(content):
        place = folder / ("all" if listed else str(number % CLASSES))
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:04}.png").write_bytes(encode_png(picture))
    if listed:
        lines = ("\t".join(map(str, [number, *labels, f"all/{number:04}.png"])) for number, labels in enumerate(listed))
        (folder / "pictures.lst").write_text("".join(f"{line}\n" for line in lines))
    return folder


def channel(
    folder: Path, given: ImageClassificationHyperparameters, like: Images | None = None, name: str = "train"
) -> Images:
    """Reads a folder as the channel ``name``."""
    files = tuple(sorted(path for path in folder.rglob("*") if path.is_file()))
    return ImageInput().read(Source(name, folder, files, None), given, like)


def several_labels(count: int) -> tuple[list[UInt8], list[list[int]]]:
    """Pictures with any of the first three quarters bright, and a 0 or 1 for each."""
    random = np.random.default_rng(5)
    labels = [[int(shown) for shown in random.random(CLASSES) < 0.4] for _ in range(count)]
    content = []
    for shown in labels:
        picture = random.integers(0, 90, (SIDE, SIDE, 3)).astype(np.uint8)
        for quarter in np.flatnonzero(shown):
            down, right = divmod(int(quarter), 2)
            picture[down * 8 : (down + 1) * 8, right * 8 : (right + 1) * 8] += 150
        content.append(picture)
    return content, labels
