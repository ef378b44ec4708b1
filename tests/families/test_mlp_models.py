"""The files of an mlp model: what Keras makes of them, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import h5py
import keras
import numpy as np
import pytest

from containers.tensorflow.mlp.algorithm import ALGORITHM
from containers.tensorflow.mlp.model import MLPModel
from contract.errors import ArtifactError
from contract.tables.data import Table
from tests.families.mlp_jobs import CODE, COLOUR, files, fit, mixed, params, table

# Keras 3.15 with numpy 2.
SETTINGS = {
    "numbers": {"batch_norm": "true", "activation": "gelu", "l2": "0.001"},
    "categories": {"dropout_rate": "0.5", "activation": "leaky_relu"},
}


@pytest.fixture(scope="module", params=SETTINGS)
def trained(request: pytest.FixtureRequest) -> tuple[Table, MLPModel]:
    """A model of numbers and classes, and one of categories and values."""
    data = table("multiclass_classification") if request.param == "numbers" else mixed()
    return data, fit(params(epochs="1", **SETTINGS[request.param]), data)


@pytest.fixture(scope="module")
def kept(trained: tuple[Table, MLPModel], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    ALGORITHM.save(trained[1], folder)
    return folder


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    return shutil.copytree(kept, tmp_path / "copy")


def test_a_loaded_model_is_the_saved_one(trained: tuple[Table, MLPModel], kept: Path, tmp_path: Path) -> None:
    data, model = trained
    loaded = ALGORITHM.load(kept)
    assert (loaded.plan, loaded.epoch) == (model.plan, model.epoch)
    np.testing.assert_array_equal(ALGORITHM.predict(loaded, data), ALGORITHM.predict(model, data))
    assert files(loaded, tmp_path / "again") == {path.name: path.read_bytes() for path in kept.iterdir()}


def test_any_program_with_keras_opens_the_network_and_gets_the_answers(
    trained: tuple[Table, MLPModel], kept: Path
) -> None:
    data, model = trained
    network = keras.saving.load_model(kept / "network.keras", safe_mode=True)
    numbers, codes = model.plan.columns.prepared(data.dense)
    inputs: dict[str, Any] = {"numbers": numbers}
    if data.levels:
        inputs |= {f"category_{COLOUR}": codes[:, 0], f"category_{CODE}": codes[:, 1]}
    found = network.predict(inputs, verbose=0)
    found = found[:, 0] if data.levels else found
    np.testing.assert_allclose(found, ALGORITHM.predict(model, data), rtol=1e-4, atol=1e-5)
    assert not any(isinstance(layer, keras.layers.Dropout) for layer in network.layers)


def test_no_file_is_missing(copy: Path) -> None:
    for name in ("network.keras", "mlp.json"):
        (copy / name).rename(copy / "away")
        with pytest.raises(ArtifactError, match=rf"no file {name} in the model directory"):
            ALGORITHM.load(copy)
        (copy / "away").rename(copy / name)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": 1}', b"[" * 100_000, b'{"format": 1e999}']
)
def test_a_damaged_description_is_refused(copy: Path, content: bytes) -> None:
    (copy / "mlp.json").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"mlp\.json is damaged .*upload the model archive again"):
        ALGORITHM.load(copy)


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "another activation": (lambda plan: plan.update(activation="exec"), "activation is 'exec'"),
    "a number as text": (lambda plan: plan.update(label_mean="1"), "no finite number"),
    "no number": (lambda plan: plan.update(label_deviation=float("nan")), "no finite number"),
    "an epoch below 0": (lambda plan: plan.update(epoch=-1), "no whole number"),
    "a layer of nothing": (lambda plan: plan.update(hidden=[0]), "1 or more"),
    "a layer beyond memory": (lambda plan: plan.update(hidden=[1 << 30]), "too small for the network"),
    "another layer": (lambda plan: plan.update(hidden=[4]), "is of another network"),
    "an unknown problem": (lambda plan: plan["problem"].update(kind="auto"), "kind is 'auto'"),
    "classes of nothing": (lambda plan: plan["problem"].update(class_count=1), "class_count is 1"),
    "a column twice": (lambda plan: plan["columns"]["numbers"].append(0), "each once"),
    "a mean too few": (lambda plan: plan["columns"]["mean"].pop(), "a mean and a deviation"),
    "a gap in no column": (lambda plan: plan["columns"]["gaps"].append(99), "each once"),
    "no object": (lambda plan: plan.update(columns=[1]), "no object"),
    "no list": (lambda plan: plan["columns"].update(mean=3), "mean is no list"),
    "no truth": (lambda plan: plan.update(batch_norm=1), "batch_norm is 1"),
    "a field too few": (lambda plan: plan.pop("hidden"), "hidden"),
    "a deviation of nothing": (lambda plan: plan["columns"]["deviation"].__setitem__(0, 0), "0 is no deviation"),
    "a deviation below 0": (lambda plan: plan["columns"]["deviation"].__setitem__(0, -1), "-1 is no deviation"),
    "a deviation too small": (lambda plan: plan["columns"]["deviation"].__setitem__(0, 1e-39), "no deviation"),
    "a deviation beyond 32 bits": (lambda plan: plan["columns"]["deviation"].__setitem__(0, 1e300), "no finite number"),
    "a mean beyond 32 bits": (lambda plan: plan["columns"]["mean"].__setitem__(0, 1e300), "no finite number"),
    "a label of no deviation": (lambda plan: plan.update(label_deviation=0), "no deviation"),
    "a label beyond 32 bits": (lambda plan: plan.update(label_mean=-(10**400)), "no finite number"),
    "columns beyond memory": (lambda plan: plan["columns"].update(feature_count=(1 << 31) - 1), "each once"),
    "a newer form": (lambda plan: plan.update(format=2), "newer image"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_description_that_was_changed_is_refused(copy: Path, change: str) -> None:
    path = copy / "mlp.json"
    plan = json.loads(path.read_text())
    CHANGES[change][0](plan)
    path.write_text(json.dumps(plan))
    with pytest.raises(ArtifactError, match=CHANGES[change][1]):
        ALGORITHM.load(copy)


@pytest.mark.parametrize(
    ("change", "told"), [({"size": 1}, "size is 1"), ({"width": 0}, "1 or more"), ({"column": 0}, "each once")]
)
def test_a_category_that_was_changed_is_refused(copy: Path, change: dict[str, int], told: str) -> None:
    plan = json.loads((copy / "mlp.json").read_text())
    category = {"column": COLOUR, "size": 3, "width": 3, "learned": False}
    plan["columns"]["categories"] = [category | change]
    (copy / "mlp.json").write_text(json.dumps(plan))
    with pytest.raises(ArtifactError, match=told):
        ALGORITHM.load(copy)


def test_a_network_that_was_cut_off_is_refused(copy: Path) -> None:
    path = copy / "network.keras"
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(ArtifactError, match=r"network\.keras"):
        ALGORITHM.load(copy)


def test_weights_that_are_no_finite_numbers_are_refused(copy: Path) -> None:
    path, name = copy / "network.keras", "model.weights.h5"
    with ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    (copy / name).write_bytes(members[name])
    with h5py.File(copy / name, "r+") as file:
        file["layers/dense/vars/0"][0, 0] = np.nan
    members[name] = (copy / name).read_bytes()
    (copy / name).unlink()
    with ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    with pytest.raises(ArtifactError, match="no finite numbers"):
        ALGORITHM.load(copy)
