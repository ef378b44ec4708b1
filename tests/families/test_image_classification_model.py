"""Models of image-classification: answers that depend on the picture alone, and files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from containers.tensorflow.image_classification import model as model_module
from containers.tensorflow.image_classification import networks
from containers.tensorflow.image_classification.model import DESCRIPTION, ImageClassifier
from containers.tensorflow.image_classification.network_spec import NetworkSpec
from contract.errors import ArtifactError, ChannelError
from contract.images.decoding import Shape, UInt8, encode_png, resize
from contract.images.pictures import Images
from tests.families.image_classification_jobs import channel, lay, params, pictures

SPEC = NetworkSpec("lenet", 5, (3, 16, 16), 3)
NAMES = ("cat", "dog", "häst")


def untrained(spec: NetworkSpec, **given: Any) -> ImageClassifier:
    keras.utils.set_random_seed(1)
    return ImageClassifier(networks.build(spec), spec, epoch=2, **given)


def request(pixels: UInt8, spec: NetworkSpec = SPEC) -> Images:
    return Images.of_request(b"", pixels, Shape(*spec.image_shape), spec.num_classes)


@pytest.fixture(scope="module")
def lenet() -> ImageClassifier:
    kept = {4: [weight + 1 for weight in networks.build(SPEC).get_weights()]}
    return untrained(SPEC, kept=kept, classes=NAMES)


@pytest.fixture(scope="module")
def saved(lenet: ImageClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    lenet.save(folder)
    return folder


@pytest.fixture
def directory(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "model"))


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Images:
    """Pictures of other sizes than the network's, in folders."""
    content = [*pictures(9, (40, 24)), *pictures(4, (9, 16))]
    return channel(lay(tmp_path_factory.mktemp("pictures"), content), params())


@pytest.mark.parametrize("spec", [SPEC, replace(SPEC, network="resnet", num_layers=20, multi_label=True)])
def test_an_answer_is_the_same_byte_for_byte_alone_and_among_others(spec: NetworkSpec, several: Images) -> None:
    model = untrained(spec)
    together = model.predict(several)
    alone = [model.predict(request(several.pixels(record), spec)) for record in range(len(several))]
    assert together.dtype == np.float32
    assert together.tobytes() == np.concatenate(alone).tobytes()
    backwards = model.predict(several.take(np.arange(len(several))[::-1].astype(np.int64)))
    assert backwards[::-1].tobytes() == together.tobytes()


def test_probabilities_of_one_label_sum_up_to_one(lenet: ImageClassifier, several: Images) -> None:
    answers = lenet.predict(several)
    assert answers.shape == (len(several), 3)
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-6)


def test_answers_are_those_of_the_network_to_the_picture_at_its_size(lenet: ImageClassifier) -> None:
    pixels = pictures(1, (40, 24))[0]
    logits = np.asarray(lenet.network(resize(pixels, 16, 16)[None].astype(np.float32), training=False))[0]
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(lenet.predict(request(pixels))[0], expected, rtol=1e-5)


def test_with_several_labels_each_class_has_its_own_probability() -> None:
    spec = replace(SPEC, multi_label=True)
    model, pixels = untrained(spec), pictures(1)[0]
    logits = np.asarray(model.network(pixels[None].astype(np.float32), training=False))[0]
    np.testing.assert_allclose(model.predict(request(pixels, spec))[0], 1 / (1 + np.exp(-logits)), rtol=1e-5)


class Watched(ImageClassifier):
    """Tells how many pictures it holds at once."""

    held: ClassVar[list[int]] = []

    def _pixels(self, images: Images) -> UInt8:
        self.held.append(len(images))
        return super()._pixels(images)


def test_many_pictures_are_held_in_parts_only(
    lenet: ImageClassifier, several: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_module, "PART_BYTES", 2 * 16 * 16 * 3)
    assert Watched(lenet.network, SPEC, 0).predict(several).tobytes() == lenet.predict(several).tobytes()
    assert Watched.held == [2] * 6 + [1]


def test_a_picture_that_cannot_be_decoded_is_named(lenet: ImageClassifier, tmp_path: Path) -> None:
    images = channel(lay(tmp_path, pictures(6)), params())
    (tmp_path / "1" / "0004.png").write_bytes(encode_png(pictures(1)[0])[:100])
    with pytest.raises(ChannelError, match=r"channel 'train', file 1/0004\.png: is a damaged picture"):
        lenet.predict(images)


def test_files_are_named_by_the_number_of_epochs_that_the_network_has_seen(saved: Path) -> None:
    assert sorted(path.name for path in saved.iterdir()) == [
        "image-classification-0003.keras",
        "image-classification-0005.keras",
        "image-classification.json",
    ]


def test_a_loaded_model_answers_the_same_bytes(lenet: ImageClassifier, saved: Path, several: Images) -> None:
    loaded = ImageClassifier.load(saved)
    assert (loaded.spec, loaded.epoch, loaded.classes) == (SPEC, 2, NAMES)
    assert loaded.predict(several).tobytes() == lenet.predict(several).tobytes()


def test_the_same_model_gives_the_same_files(lenet: ImageClassifier, saved: Path, tmp_path: Path) -> None:
    again = untrained(SPEC, kept=lenet.kept, classes=NAMES)
    again.save(tmp_path)
    for path in saved.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_another_kept_epoch_is_served_where_the_description_says_so(lenet: ImageClassifier, directory: Path) -> None:
    describe(directory, lambda content: content.update(serve=5))
    loaded = ImageClassifier.load(directory)
    assert loaded.epoch == 4
    for mine, kept in zip(loaded.network.get_weights(), lenet.kept[4], strict=True):
        np.testing.assert_array_equal(mine, kept)


def describe(directory: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes what the description says."""
    content = json.loads((directory / DESCRIPTION).read_text("utf-8"))
    change(content)
    (directory / DESCRIPTION).write_text(json.dumps(content), "utf-8")


@pytest.mark.parametrize("name", [DESCRIPTION, "image-classification-0003.keras"])
def test_a_missing_file_is_named_with_what_is_there(directory: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(ArtifactError, match=f"no file {name} in the model directory, which holds: image"):
        ImageClassifier.load(directory)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"format": 1}', "[" * 100_000])
def test_a_damaged_description_is_refused(directory: Path, text: str) -> None:
    (directory / DESCRIPTION).write_text(text)
    with pytest.raises(ArtifactError, match=rf"{DESCRIPTION} is damaged"):
        ImageClassifier.load(directory)


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": ["cat"]}, {"classes": "cat"}, {"classes": [1, 2, 3]}, {"serve": 0}, {"serve": "3"}, {"serve": True},
        {"serve": None}, {"format": 2}, {"network": []}, {"network": 3},
    ],
)  # fmt: skip
def test_a_description_that_contradicts_itself_is_refused(directory: Path, changes: dict[str, Any]) -> None:
    describe(directory, lambda content: content.update(changes))
    with pytest.raises(ArtifactError):
        ImageClassifier.load(directory)


@pytest.mark.parametrize(
    "changes",
    [
        {"num_classes": 10**9}, {"num_classes": 4}, {"num_classes": -1}, {"num_classes": 3.0}, {"num_layers": 7},
        {"image_shape": [3, 7000, 7000]}, {"image_shape": [3, 10**6, 10**6]}, {"image_shape": [2, 16, 16]},
        {"image_shape": [3, 16]}, {"image_shape": None}, {"network": "vgg"}, {"network": ["lenet"]},
        {"multi_label": "yes"}, {"dropout_rate": "0.5"}, {"dropout_rate": 7}, {"more": 1}, {"normalization": "none"},
    ],
)  # fmt: skip
def test_a_network_that_the_file_does_not_hold_is_not_built(directory: Path, changes: dict[str, Any]) -> None:
    describe(directory, lambda content: content["network"].update(changes))
    with pytest.raises(ArtifactError):
        ImageClassifier.load(directory)


def test_weights_that_are_no_numbers_are_refused(lenet: ImageClassifier, tmp_path: Path) -> None:
    network = networks.build(SPEC)
    broken: list[NDArray[Any]] = [np.full_like(weight, np.inf) for weight in lenet.network.get_weights()]
    network.set_weights(broken)
    replace(lenet, network=network, kept={}).save(tmp_path)
    with pytest.raises(ArtifactError, match="no finite numbers"):
        ImageClassifier.load(tmp_path)
