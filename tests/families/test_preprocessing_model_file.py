"""The model file of preprocessing: the same for the same job, and refused whatever else is in it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from containers.sklearn import model_file
from containers.sklearn.model_fields import Fields
from containers.sklearn.preprocessing import model_content
from containers.sklearn.preprocessing.algorithm import ALGORITHM
from contract.errors import ArtifactError
from tests.families.preprocessing_jobs import Job, run, schema

ROWS = "40,male,30,southwest\n20,female,,atlantis\n"


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    declared = schema({"name": "region", "encode": "ordinal"}, {"name": "bmi", "scale": "normalise"})
    return run(tmp_path_factory.mktemp("job"), schema=declared, impute="mean", scale="robust", pca_components="2")


@pytest.fixture
def content(job: Job) -> dict[str, Any]:
    """What the file holds: copies, to be damaged."""
    return copy.deepcopy(model_content.content(job.model))


def test_F12_the_same_job_gives_the_same_files(tmp_path: Path) -> None:
    kept = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run(tmp_path / name, impute="median", scale="robust", pca_components="2")
        kept.append({path.name: path.read_bytes() for path in (tmp_path / name / "model").iterdir()})
    assert kept[0] == kept[1]
    assert set(kept[0]) == {"model_algo-1", "output_columns.json"}


def test_the_content_of_a_model_gives_the_same_answers(job: Job, content: dict[str, Any]) -> None:
    batch = job.decoded(ROWS)
    again = ALGORITHM.predict(model_content.model(Fields(content)), batch)
    assert again.tobytes() == ALGORITHM.predict(job.model, batch).tobytes()


def test_V03_bytes_that_are_cut_or_flipped_are_refused_or_change_no_answer(job: Job, tmp_path: Path) -> None:
    ALGORITHM.save(job.model, tmp_path)
    path, batch, random = tmp_path / model_file.NAME, job.decoded(ROWS), np.random.default_rng(7)
    whole = path.read_bytes()
    expected = ALGORITHM.predict(job.model, batch)
    for _ in range(150):
        damaged = bytearray(whole)
        for place in random.integers(len(whole), size=random.integers(1, 4)):
            damaged[place] ^= int(random.integers(1, 256))
        path.write_bytes(damaged[: random.integers(len(whole))] if random.random() < 0.3 else damaged)
        try:
            model = ALGORITHM.load(tmp_path)
        except ArtifactError as refused:
            assert model_file.NAME in str(refused)  # noqa: PT017 (some damage is where nothing reads)
        else:
            np.testing.assert_array_equal(ALGORITHM.predict(model, batch), expected)


ODD: tuple[Any, ...] = (
    None, 0, -1, 7, 10**30, 0.5, float("nan"), float("inf"), 1j, True, "x", "", b"x", [], [1], [[0.0]], {}, {"a": 1},
    np.array([]), np.array([np.nan]), np.zeros((2, 2)), np.array(["a"]), np.array([1j]), np.array([None]),
    np.array([3, -1]), np.array(5.0), np.zeros(1, "datetime64[s]"), StandardScaler(),
)  # fmt: skip
"""What may stand in place of any part of a model file."""


def _outcome(content: Any, job: Job) -> str:
    """Whether the file is to blame, or there is a model that answers; with numbers only, one hopes."""
    try:
        model = model_content.model(Fields(content))
    except ArtifactError:
        return "refused"
    found = ALGORITHM.predict(model, job.decoded(ROWS)) if model.width == 4 else np.zeros(1)
    return "answers" if np.isfinite(found).all() else "answers nonsense"


def test_L03_any_part_of_another_kind_is_refused_or_gives_a_model_that_answers(
    job: Job, content: dict[str, Any]
) -> None:
    changed = (content | {name: odd} for name in content for odd in ODD)
    assert {_outcome(found, job) for found in changed} == {"refused", "answers"}


@pytest.mark.parametrize(
    "path", ["numbers.at", "numbers.norm", "number_names", "categories.0.levels", "categories", "projected"]
)
def test_L03_a_part_that_is_lacking_is_refused(content: dict[str, Any], path: str) -> None:
    del content[path]
    with pytest.raises(ArtifactError, match="model"):
        model_content.model(Fields(content))


ARRAYS = [
    *(f"numbers.{name}" for name in ("at", "fill", "center", "scale", "normalised")),
    *(f"categories.0.{name}" for name in ("codes", "places")),
    *(f"projection.{name}" for name in ("mean", "components")),
]
DAMAGES: dict[str, Callable[[Any], Any]] = {
    "shorter": lambda array: array[:-1],
    "longer": lambda array: np.concatenate([array, array[-1:]]),
    "with an axis more": lambda array: array[None],
    "texts": lambda array: array.astype(str),
    "objects": lambda array: array.astype(object),
    "complex": lambda array: array.astype(complex),
    "infinite": lambda array: array + np.inf,
    "a list": lambda array: array.tolist(),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
@pytest.mark.parametrize("path", ARRAYS)
def test_L03_an_array_of_another_shape_or_type_is_refused(
    content: dict[str, Any], path: str, damage: Callable[[Any], Any]
) -> None:
    with pytest.raises(ArtifactError, match="model"):
        model_content.model(Fields(content | {path: damage(content[path])}))


WRONG_VALUES: dict[str, tuple[str, Any]] = {
    "NaN as center": ("numbers.center", np.array([0.0, np.nan])),
    "a scale of zero": ("numbers.scale", np.array([0.0, 1.0])),
    "a place twice": ("numbers.at", np.array([0, 0])),
    "a place before the first": ("numbers.at", np.array([-4, 2])),
    "a place beyond the last": ("numbers.at", np.array([0, 4])),
    "an unknown norm": ("numbers.norm", "l3"),
    "a text for names": ("number_names", "ab"),
    "a number as name": ("number_names", ["age", 5]),
    "a place of another column": ("categories.0.at", 0),
    "a level beyond the last": ("categories.0.places", np.array([0, 2])),
    "a level below unseen": ("categories.0.places", np.array([0, -2])),
    "codes in another order": ("categories.0.codes", np.array([1.0, 0.0])),
    "a fill beyond the levels": ("categories.0.fill", 2),
    "a level twice": ("categories.0.levels", ["male", "male"]),
    "a number as one-hot": ("categories.0.onehot", 1),
    "NaN as mean": ("projection.mean", np.full(5, np.nan)),
    "NaN as component": ("projection.components", np.full((5, 2), np.nan)),
    "no component": ("projection.components", np.zeros((5, 0))),
    "another number of shares": ("projection.shares", np.ones(3)),
}


@pytest.mark.parametrize(("path", "value"), WRONG_VALUES.values(), ids=WRONG_VALUES.keys())
def test_L03_a_value_that_no_job_writes_is_refused(content: dict[str, Any], path: str, value: Any) -> None:
    with pytest.raises(ArtifactError, match="model"):
        model_content.model(Fields(content | {path: value}))


def test_L03_an_empty_cell_may_stay_empty(content: dict[str, Any], job: Job) -> None:
    content |= {"numbers.fill": np.full(2, np.nan), "numbers.normalised": np.zeros(2, bool), "projected": False}
    model = model_content.model(Fields(content))
    assert np.isnan(ALGORITHM.predict(model, job.decoded(ROWS))).any()


@pytest.mark.parametrize("needs", ["projection", "normalised"])
def test_L03_what_needs_complete_records_needs_fills(content: dict[str, Any], needs: str) -> None:
    content["numbers.fill"] = np.full(2, np.nan)
    if needs == "projection":
        content["numbers.normalised"] = np.zeros(2, bool)
    else:
        content["projected"] = False
    with pytest.raises(ArtifactError, match="fill"):
        model_content.model(Fields(content))


def test_L03_a_file_of_another_algorithm_is_refused(tmp_path: Path) -> None:
    model_file.save(tmp_path, {"alpha": np.ones(2), "beta": np.ones((2, 3))})
    with pytest.raises(ArtifactError, match=r"model_algo-1 has no numbers\.at: it is of another algorithm"):
        ALGORITHM.load(tmp_path)


def test_L03_a_projection_of_other_columns_is_refused(content: dict[str, Any]) -> None:
    wider = {f"projection.{name}": np.ones(shape) for name, shape in (("components", (7, 2)), ("mean", 7))}
    with pytest.raises(ArtifactError, match="components"):
        model_content.model(Fields(content | wider))
