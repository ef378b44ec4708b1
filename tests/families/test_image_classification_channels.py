"""Whole training jobs of image-classification: its channels, what they leave, and what they refuse."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from containers.tensorflow.image_classification.algorithm import ALGORITHM
from contract.images.decoding import UInt8, encode_png
from tests.contract import runtime as runtimes
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.families.image_classification_jobs import CLASSES, lay, pictures

SUBJECT = Subject("tensorflow", "image-classification")
SETTINGS = {
    "num_classes": str(CLASSES), "num_training_samples": "48", "image_shape": "3,16,16", "network": "lenet",
    "optimizer": "adam", "learning_rate": "0.003", "mini_batch_size": "4", "epochs": "6", "resize": "18",
    "augmentation_type": "crop_color", "checkpoint_frequency": "6",
}  # fmt: skip


def job(base: Path, **hyperparameters: str | None) -> Tree:
    """A job whose channels are the folders below ``base``/input/data."""
    made = Tree(base)
    for folder in (made.config, made.model, made.output):
        folder.mkdir(parents=True, exist_ok=True)
    settings: Mapping[str, str | None] = SETTINGS | hyperparameters
    made.write_config("hyperparameters", {name: value for name, value in settings.items() if value is not None})
    channels = sorted(path.name for path in (base / "input" / "data").iterdir())
    content_types = dict.fromkeys(channels, "application/x-image") | {"model": "application/x-sagemaker-model"}
    made.write_config("inputdataconfig", {name: {"ContentType": content_types[name]} for name in channels})
    return made


def run(made: Tree) -> tuple[int, str]:
    return runtimes.run(runtimes.Processes(), ["train"], SUBJECT, made, {})


def mixed(count: int, seed: int = 1) -> list[UInt8]:
    """Pictures of three sizes, some with a side below that of the network."""
    sizes = ((16, 30), (24, 17), (12, 12))
    return [pictures(count, sizes[number % 3], seed + number % 3)[number] for number in range(count)]


def listed(data: Path, name: str, content: list[UInt8]) -> None:
    """A channel of pictures, and the channel of their list."""
    folder, lists = data / name, data / f"{name}_lst"
    folder.mkdir(parents=True)
    lists.mkdir()
    for number, picture in enumerate(content):
        (folder / f"{number:02}.png").write_bytes(encode_png(picture))
    lines = (f"{number}\t{number % CLASSES}\t{number:02}.png\n" for number in range(len(content)))
    (lists / f"{name}.lst").write_text("".join(lines))


@dataclass(frozen=True)
class Done:
    tree: Tree
    log: str

    @property
    def values(self) -> list[float]:
        """What SageMaker's regular expression finds in the log, in order."""
        return [float(value) for value in re.findall(r"Epoch\S* Validation-accuracy=(\S*)", self.log)]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A job with the channels train, train_lst, validation and validation_lst."""
    base = tmp_path_factory.mktemp("listed") / "ml"
    listed(base / "input" / "data", "train", mixed(48))
    listed(base / "input" / "data", "validation", mixed(24, seed=7))
    made = job(base)
    exit_code, log = run(made)
    assert exit_code == 0, log
    return Done(made, log)


def test_pictures_of_mixed_sizes_are_learned_from_two_channels_and_the_channels_of_their_lists(done: Done) -> None:
    evaluation = json.loads((done.tree.output / "data" / "evaluation.json").read_text())
    assert evaluation["metrics"]["validation"]["accuracy"] > 0.9


def test_the_documented_regular_expression_finds_each_epoch_and_at_last_the_model(done: Done) -> None:
    evaluation = json.loads((done.tree.output / "data" / "evaluation.json").read_text())
    assert len(done.values) == 7
    assert done.values[-1] == max(done.values)
    assert done.values[-1] == pytest.approx(evaluation["metrics"]["validation"]["accuracy"], abs=1e-6)


def test_the_artifact_holds_the_model_and_the_checkpoints_that_were_asked_for(done: Done) -> None:
    model = ALGORITHM.load(done.tree.model)
    networks = {name for name in done.tree.model_files() if name.endswith(".keras")}
    assert networks == {f"image-classification-{number:04}.keras" for number in (model.epoch + 1, 6)}


def test_the_manifest_tells_the_version_of_tensorflow_by_either_of_its_names(done: Done) -> None:
    manifest = next(path for path in done.tree.model.iterdir() if path.name.startswith("manifest"))
    versions = json.loads(manifest.read_text())["versions"]
    assert {"tensorflow", "tensorflow-cpu"} & set(versions)
    assert {"keras", "numpy", "pillow"} <= set(versions)


def test_the_report_shows_learning_curves_and_the_confusion_matrix(done: Done) -> None:
    report = (done.tree.output / "data" / "report.html").read_text().lower()
    assert "learning curve" in report
    assert "confusion matrix" in report


def test_a_job_goes_on_from_the_model_tar_gz_of_an_earlier_one(done: Done, tmp_path: Path) -> None:
    data = tmp_path / "ml" / "input" / "data"
    lay(data / "training", pictures(12, (20, 20)))
    lay(data / "validation", pictures(12, (20, 20), seed=7))
    (data / "model").mkdir()
    with tarfile.open(data / "model" / "model.tar.gz", "w:gz") as archive:
        archive.add(done.tree.model, ".")
    made = job(tmp_path / "ml", epochs="1", checkpoint_frequency=None, learning_rate="0")
    exit_code, log = run(made)
    assert exit_code == 0, log
    assert "num_training_samples is 48, but the channel 'train' holds 12 images" in log
    first, second = (ALGORITHM.load(tree.model).network.get_weights() for tree in (done.tree, made))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two channels of class folders, all pictures 20 × 20."""
    folder = tmp_path / "ml" / "input" / "data"
    lay(folder / "train", pictures(6, (20, 20)))
    lay(folder / "validation", pictures(6, (20, 20)))
    return folder


def refused(base: Path, **hyperparameters: str | None) -> str:
    made = job(base, **hyperparameters)
    exit_code, log = run(made)
    assert exit_code == 2, log
    assert "Traceback" not in log
    assert not made.model_files()
    return made.failure or ""


def test_a_training_picture_below_image_shape_is_refused_by_name_with_resize_as_the_remedy(data: Path) -> None:
    (data / "train" / "2" / "0002.png").write_bytes(encode_png(np.zeros((15, 40, 3), np.uint8)))
    failure = refused(data.parent.parent, resize=None)
    assert "channel 'train', file 2/0002.png: has 15 × 40 pixels" in failure
    assert "set the hyperparameter resize to 16 or more" in failure


def test_a_validation_picture_that_is_damaged_is_refused_by_name(data: Path) -> None:
    path = data / "validation" / "1" / "0004.png"
    path.write_bytes(path.read_bytes()[:-30])
    assert "channel 'validation', file 1/0004.png: is a damaged picture" in refused(data.parent.parent)


def test_a_job_without_a_validation_channel_is_refused(data: Path) -> None:
    for path in sorted((data / "validation").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (data / "validation").rmdir()
    assert "'validation'" in refused(data.parent.parent)
