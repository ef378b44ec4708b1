"""The model file that the algorithms of the family sklearn share: what may be in it, and what is made of damage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from containers.sklearn import model_file
from containers.sklearn.model_fields import Fields
from contract.errors import ArtifactError
from tests.contract.subject import ROOT

CONTENT = {
    "centers": np.arange(6, dtype=np.float32).reshape(2, 3),
    "counts": np.array([1, 2]),
    "eval_metrics": ["msd", "ssd"],
    "total": 2.5,
    "kind": "plain",
    "nested": {"levels": ["a", "b"], "fill": 3, "flag": True, "none": None},
}


def test_the_same_content_gives_the_same_bytes_and_comes_back(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        model_file.save(tmp_path / name, CONTENT)
    first, second = (tmp_path / name / model_file.NAME for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    found = model_file.load(tmp_path / "first")
    np.testing.assert_array_equal(found.pop("centers"), CONTENT["centers"])
    np.testing.assert_array_equal(found.pop("counts"), CONTENT["counts"])
    assert found == {name: value for name, value in CONTENT.items() if name not in ("centers", "counts")}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (StandardScaler(), "StandardScaler"),
        ({"a": FunctionTransformer(np.exp)}, "FunctionTransformer"),
        ({"a": [{"b": np.exp}]}, "exp"),
        ({"a": np.array([object(), 1], dtype=object)[1:]}, "array of objects"),
        ({"a": np.random.default_rng(0)}, "numpy"),
        ({"a": {1, 2}}, "set"),
    ],
    ids=["estimator", "transformer", "function", "objects", "generator", "set"],
)
def test_a_type_that_no_model_of_ours_is_made_of_is_refused_by_name(tmp_path: Path, content: Any, told: str) -> None:
    skops.io.dump(content, tmp_path / model_file.NAME)
    with pytest.raises(ArtifactError, match=told):
        model_file.load(tmp_path)


def test_a_trusted_name_does_not_let_another_loader_in(tmp_path: Path) -> None:
    skops.io.dump({"a": np.exp}, tmp_path / "draft")
    with ZipFile(tmp_path / "draft") as draft, ZipFile(tmp_path / model_file.NAME, "w") as forged:
        schema = json.loads(draft.read("schema.json"))
        schema["content"]["a"] |= {"__module__": "builtins", "__class__": "str"}
        forged.writestr("schema.json", json.dumps(schema))
    with pytest.raises(ArtifactError, match="does not trust"):
        model_file.load(tmp_path)


def test_no_damage_comes_out_otherwise_than_as_a_refusal(tmp_path: Path) -> None:
    model_file.save(tmp_path, CONTENT)
    whole, random = (tmp_path / model_file.NAME).read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole[: random.integers(1, len(whole) + 1)])
        damaged[random.integers(len(damaged))] = random.integers(256)
        (tmp_path / model_file.NAME).write_bytes(damaged)
        try:
            Fields(tmp_path).array("centers", "k", "d")
        except ArtifactError:
            refused += 1
    assert refused > 200


@pytest.fixture
def fields(tmp_path: Path) -> Fields:
    model_file.save(tmp_path, CONTENT | {"gap": np.array([1.0, np.nan]), "three": np.zeros(3)})
    return Fields(tmp_path)


def test_fields_are_read_as_they_were_written(fields: Fields) -> None:
    assert fields.array("centers", "k", "d").dtype == np.float32
    assert fields.array("counts", "k").tolist() == [1, 2]
    assert fields.number("total") == 2.5
    assert fields.text("kind", ("plain", "other")) == "plain"
    assert fields.texts("eval_metrics", ("ssd", "msd")) == ("msd", "ssd")
    assert "centers" in fields
    assert "mean" not in fields


def test_a_field_that_is_not_as_it_should_be_is_named(fields: Fields) -> None:
    def refusal(read: Any) -> str:
        with pytest.raises(ArtifactError) as caught:
            read()
        return str(caught.value)

    assert "has no mean" in refusal(lambda: fields.array("mean", "d"))
    assert "centers is no array of numbers with 1 axes" in refusal(lambda: fields.array("centers", "d"))
    assert "kind is no array" in refusal(lambda: fields.array("kind", "d"))
    assert "gap is not finite" in refusal(lambda: fields.array("gap", "d"))
    fields.array("centers", "k", "d")
    assert "counts is 2 long where other fields have 3" in refusal(lambda: fields.array("counts", "d"))
    assert "kind is no finite number" in refusal(lambda: fields.number("kind"))
    assert "kind is 'plain', which is none of a, b" in refusal(lambda: fields.text("kind", ("a", "b")))
    assert "no list of msd" in refusal(lambda: fields.texts("eval_metrics", ("msd",)))
    assert "no list of msd" in refusal(lambda: fields.texts("total", ("msd",)))


def test_a_directory_without_the_file_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").touch()
    with pytest.raises(ArtifactError, match=r"holds: model\.pkl"):
        model_file.load(tmp_path)


def test_what_reads_a_model_is_loaded_before_a_server_forks_its_workers() -> None:
    imports = "import sys; from contract.families import algorithms; algorithms('sklearn')"
    script = f"{imports}; print('skops.io' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert ended.stdout == "True\n", ended.stderr
