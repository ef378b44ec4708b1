"""Networks as files: what is written, what is read back, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import h5py
import keras
import numpy as np
import pytest

from containers.tensorflow.engine import network_file
from contract.errors import ArtifactError

WEIGHTS = "model.weights.h5"
KERNEL = "layers/conv2d/vars/0"


def network(filters: int = 4, seed: int | None = None) -> keras.Model:
    """A network with a shortcut, normalisation and dropout; ``seed`` draws its weights."""
    if seed is not None:
        keras.utils.set_random_seed(seed)
    pixels = keras.Input((6, 6, 3), name="pixels")
    signal = keras.layers.Conv2D(filters, 3, padding="same", name="first")(pixels)
    signal = keras.layers.BatchNormalization(name="scaled")(signal)
    signal = keras.layers.Add(name="sum")([signal, keras.layers.Conv2D(filters, 1, name="second")(signal)])
    signal = keras.layers.Dropout(0.2, name="dropped")(keras.layers.GlobalAveragePooling2D(name="mean")(signal))
    return keras.Model(pixels, keras.layers.Dense(2, name="logits")(signal), name="small")


@pytest.fixture(scope="module")
def trained() -> keras.Model:
    return network(seed=1)


@pytest.fixture(scope="module")
def written(trained: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("network") / "network.keras"
    network_file.save(trained, path)
    return path


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(written, tmp_path))


def changed(path: Path, change: Callable[[h5py.File], None]) -> Path:
    """The same file with other content of its weights."""
    with ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    weights = path.with_name(WEIGHTS)
    weights.write_bytes(members[WEIGHTS])
    with h5py.File(weights, "r+") as file:
        change(file)
    with ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, weights.read_bytes() if name == WEIGHTS else content)
    return path


def test_weights_come_back_into_a_network_that_was_built_anew(trained: keras.Model, written: Path) -> None:
    loaded = network(seed=2)
    assert not np.array_equal(loaded.get_weights()[0], trained.get_weights()[0])
    network_file.load_weights(loaded, written)
    for mine, its in zip(loaded.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)


def test_keras_itself_opens_the_file_in_safe_mode(trained: keras.Model, written: Path) -> None:
    opened = keras.saving.load_model(written, safe_mode=True)
    pixels = np.random.default_rng(0).random((2, 6, 6, 3)).astype(np.float32)
    np.testing.assert_array_equal(opened(pixels, training=False), trained(pixels, training=False))


def test_the_same_network_gives_the_same_bytes_in_any_folder(trained: keras.Model, copy: Path, tmp_path: Path) -> None:
    again = network(seed=3)
    again.set_weights(trained.get_weights())
    (tmp_path / "other").mkdir()
    network_file.save(again, tmp_path / "other" / "again.keras")
    assert (tmp_path / "other" / "again.keras").read_bytes() == copy.read_bytes()
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["again.keras"]


def test_a_file_with_the_state_of_its_optimizer_is_read_too(trained: keras.Model, tmp_path: Path) -> None:
    model = network(seed=1)
    model.compile(optimizer="adam", loss="mse")
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "compiled.keras")
    loaded = network(seed=2)
    network_file.load_weights(loaded, tmp_path / "compiled.keras")
    np.testing.assert_array_equal(loaded.get_weights()[0], trained.get_weights()[0])


def test_what_a_file_says_about_its_layers_is_not_looked_at(copy: Path, trained: keras.Model) -> None:
    with ZipFile(copy) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    config["config"]["layers"][1] = {"module": "os", "class_name": "system", "config": {"command": "false"}}
    with ZipFile(copy, "w") as archive:
        for name, content in (members | {"config.json": json.dumps(config).encode()}).items():
            archive.writestr(name, content)
    loaded = network(seed=2)
    network_file.load_weights(loaded, copy)
    np.testing.assert_array_equal(loaded.get_weights()[0], trained.get_weights()[0])


def test_a_network_of_other_layers_is_refused_with_the_difference(copy: Path) -> None:
    with pytest.raises(ArtifactError, match=r"network\.keras is of another network: .*\(3, 3, 3, 4\).* instead of"):
        network_file.load_weights(network(filters=5), copy)


def test_a_file_with_more_layers_than_the_network_is_refused(copy: Path) -> None:
    changed(copy, lambda file: file.create_dataset("layers/conv2d_2/vars/0", data=np.zeros(3, np.float32)))
    with pytest.raises(ArtifactError, match=r"1 of \(3,\) instead of no array"):
        network_file.load_weights(network(), copy)


def test_weights_in_other_places_are_refused(copy: Path) -> None:
    changed(copy, lambda file: file.move("layers/conv2d", "layers/other"))
    with pytest.raises(ArtifactError, match=r"cannot be read .*upload it again"):
        network_file.load_weights(network(), copy)


def test_a_weight_that_is_no_number_is_refused(copy: Path) -> None:
    changed(copy, lambda file: file[KERNEL].write_direct(np.full((3, 3, 3, 4), np.nan, np.float32)))
    with pytest.raises(ArtifactError, match="no finite numbers"):
        network_file.load_weights(network(), copy)


@pytest.mark.parametrize("link", [h5py.ExternalLink("/etc/hostname", "/"), h5py.SoftLink("/layers/conv2d_1/vars/0")])
def test_links_out_of_the_file_are_not_followed(copy: Path, link: h5py.ExternalLink | h5py.SoftLink) -> None:
    def put(file: h5py.File) -> None:
        del file[KERNEL]
        file[KERNEL] = link

    with pytest.raises(ArtifactError, match=f"points out of itself at {KERNEL}"):
        network_file.load_weights(network(), changed(copy, put))


def test_numbers_that_lie_in_another_file_are_not_read(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(432))

    def put(file: h5py.File) -> None:
        del file[KERNEL]
        file.create_dataset(KERNEL, (3, 3, 3, 4), "f4", external=[(str(tmp_path / "secret"), 0, 432)])

    with pytest.raises(ArtifactError, match=f"does not hold the numbers of {KERNEL}"):
        network_file.load_weights(network(), changed(copy, put))


def test_an_array_that_claims_to_be_larger_than_the_file_is_not_made(copy: Path) -> None:
    def put(file: h5py.File) -> None:
        file.create_dataset("layers/conv2d_9/vars/0", (1 << 20, 1 << 20), "f4", chunks=(1 << 10, 1 << 10))

    with pytest.raises(ArtifactError, match="does not hold the numbers of layers/conv2d_9"):
        network_file.load_weights(network(), changed(copy, put))


def test_a_compressed_file_is_not_unpacked(copy: Path) -> None:
    with ZipFile(copy, "w", ZIP_DEFLATED) as archive:
        archive.writestr(WEIGHTS, bytes(1 << 24))
    with pytest.raises(ArtifactError, match="packed in a way that Keras does not write"):
        network_file.load_weights(network(), copy)


def test_a_file_that_was_cut_off_is_refused_wherever_it_ends(copy: Path) -> None:
    whole, loaded = copy.read_bytes(), network()
    for length in [0, 10, *range(1000, len(whole), len(whole) // 7), len(whole) - 1]:
        copy.write_bytes(whole[:length])
        with pytest.raises(ArtifactError, match=r"network\.keras "):
            network_file.load_weights(loaded, copy)


def test_a_changed_byte_of_the_weights_is_found(copy: Path) -> None:
    raw = bytearray(copy.read_bytes())
    raw[raw.index(np.float32(network(seed=1).get_weights()[0].ravel()[5]).tobytes())] ^= 1
    copy.write_bytes(raw)
    with pytest.raises(ArtifactError, match="CRC"):
        network_file.load_weights(network(), copy)


@pytest.mark.parametrize("content", [b"not a zip", b""])
def test_a_file_of_another_kind_is_refused(copy: Path, content: bytes) -> None:
    copy.write_bytes(content)
    with pytest.raises(ArtifactError, match="cannot be read"):
        network_file.load_weights(network(), copy)


def test_an_archive_without_weights_and_no_file_at_all_are_refused(copy: Path) -> None:
    with ZipFile(copy, "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(ArtifactError, match=f"holds no {WEIGHTS}"):
        network_file.load_weights(network(), copy)
    copy.unlink()
    with pytest.raises(ArtifactError, match="cannot be read"):
        network_file.load_weights(network(), copy)
