"""Image classification on real pictures: as good as the published reference scores, from files to the test part."""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from containers.tensorflow.image_classification.algorithm import ALGORITHM
from contract.images.decoding import resize
from tests.contract import runtime as runtimes
from tests.contract.subject import Subject
from tests.contract.tree import Tree

IMAGES = Subject("tensorflow", "image-classification")
LENET_ON_DIGITS = 0.985


@dataclass(frozen=True)
class Part:
    """Pictures (n, height, width[, 3]) uint8 with their labels (n,)."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def first(self, count: int) -> Part:
        return Part(self.pixels[:count], self.labels[:count])

    def pictures(self) -> Iterable[tuple[int, int, bytes]]:
        """Number, label and PNG of each."""
        for number, (pixels, label) in enumerate(zip(self.pixels, self.labels, strict=True)):
            out = io.BytesIO()
            Image.fromarray(pixels).save(out, "PNG", compress_level=1)
            yield number, int(label), out.getvalue()

    def as_folders(self, folder: Path) -> None:
        """A folder for each class."""
        for number, label, png in self.pictures():
            path = folder / f"{label:02}" / f"{number:05}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png)

    def as_records(self, folder: Path) -> None:
        """One file of MXNet image RecordIO, as im2rec writes it."""
        folder.mkdir(parents=True)
        with (folder / "pictures.rec").open("wb") as file:
            for number, label, png in self.pictures():
                record = struct.pack("<IfQQ", 0, label, number, 0) + png
                file.write(struct.pack("<II", 0xCED7230A, len(record)) + record + bytes(-len(record) % 4))


def traffic_signs(data_folder: Path, part: str) -> Part:
    with np.load(data_folder / "traffic-signs" / f"{part}.npz") as file:
        return Part(file["image"], file["label"])


def digits(data_folder: Path, part: str) -> Part:
    with gzip.open(data_folder / "mnist" / f"{part}-labels-idx1-ubyte.gz") as labels:
        label = np.frombuffer(labels.read(), np.uint8, offset=8)
    with gzip.open(data_folder / "mnist" / f"{part}-images-idx3-ubyte.gz") as images:
        return Part(np.frombuffer(images.read(), np.uint8, offset=16).reshape(-1, 28, 28), label)


def tree(base: Path, content_type: str, **hyperparameters: str) -> Tree:
    """A job whose channels are written below ``base``/input/data."""
    for folder in ("input/config", "model", "output"):
        (base / folder).mkdir(parents=True)
    made = Tree(base)
    made.write_config("hyperparameters", hyperparameters)
    entry = {"TrainingInputMode": "File", "ContentType": content_type}
    made.write_config("inputdataconfig", dict.fromkeys(("train", "validation"), entry))
    return made


def train(job: Tree) -> dict[str, Any]:
    """Runs a job; returns evaluation.json."""
    exit_code, log = runtimes.run(runtimes.Processes(), ["train"], IMAGES, job, {})
    assert exit_code == 0, log
    content: dict[str, Any] = json.loads((job.output / "data" / "evaluation.json").read_text())
    return content


def accuracy(job: Tree, test: Part) -> float:
    """Of the model in the artifact, on pictures that no part of the job has seen."""
    model = ALGORITHM.load(job.model)
    height, width, channels = model.spec.input_shape
    pixels = np.stack([resize(picture.reshape(*picture.shape[:2], channels), height, width) for picture in test.pixels])
    probabilities = np.concatenate(
        [np.asarray(model.answer(pixels[at : at + 500])) for at in range(0, len(pixels), 500)]
    )
    return float((probabilities.argmax(axis=1) == test.labels).mean())


def lay_signs(job: Tree, data_folder: Path) -> None:
    for channel, part in (("train", "training"), ("validation", "validation")):
        traffic_signs(data_folder, part).as_folders(job.channel_folder(channel))


def test_the_report_shows_how_it_learned_and_the_confusion_matrix_of_all_43_signs(
    data_folder: Path, tmp_path: Path
) -> None:
    """How well LeNet tells them apart is asserted of the notebook, and how well ResNet does of the benchmark."""
    job = tree(
        tmp_path / "ml", "application/x-image", num_classes="43", num_training_samples="3449", image_shape="3,32,32",
        network="lenet", epochs="2", optimizer="adam", learning_rate="0.001",
    )  # fmt: skip
    for channel, part in (("train", "training"), ("validation", "validation")):
        traffic_signs(data_folder, part).as_folders(job.channel_folder(channel))
    train(job)
    report = (job.output / "data" / "report.html").read_text()
    for title in ("Learning curve: loss", "Learning curve: accuracy", "Confusion matrix"):
        assert title in report
    # A cell says which sign was taken for which, and of each there are some in the validation channel.
    assert {int(sign) for sign in re.findall(r"<title>(\d\d) → \d\d: \d+ ", report)} == set(range(43))


def test_lenet_reads_digits_from_records_with_less_than_one_and_a_half_per_cent_of_errors(
    data_folder: Path, tmp_path: Path
) -> None:
    job = tree(
        tmp_path / "ml", "application/x-recordio", num_classes="10", num_training_samples="30000",
        image_shape="1,28,28", network="lenet", epochs="4", mini_batch_size="64", optimizer="adam",
        learning_rate="0.002", lr_scheduler_step="3",
    )  # fmt: skip
    known = digits(data_folder, "train")
    known.first(30_000).as_records(job.channel_folder("train"))
    Part(known.pixels[-2000:], known.labels[-2000:]).as_records(job.channel_folder("validation"))
    train(job)
    assert accuracy(job, digits(data_folder, "t10k")) > LENET_ON_DIGITS
