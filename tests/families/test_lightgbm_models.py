"""Model directories that lightgbm serves, and those that it refuses with the way out."""

from __future__ import annotations

import pickle
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from containers.lightgbm import model_file
from containers.lightgbm.boosting import ALGORITHM
from contract import artifact
from contract.builtins.problem import Kind
from contract.errors import ArtifactError
from contract.media_type import MediaType
from contract.tables.data import Table
from tests.families.lightgbm_jobs import KINDS, fit, params, table


@pytest.fixture(scope="module")
def booster() -> lightgbm.Booster:
    return fit(params(), table()).booster


@pytest.fixture(scope="module")
def text(booster: lightgbm.Booster) -> bytes:
    return str(booster.model_to_string()).encode()


def learned(objective: str, **more: object) -> lightgbm.Booster:
    """A model of the library alone, with columns that are not named."""
    kind: Kind = "multiclass_classification" if objective.startswith("multi") else "binary_classification"
    data = table(kind)
    settings = {"objective": objective, "verbosity": -1, "num_threads": 1, **more}
    return lightgbm.train(settings, lightgbm.Dataset(data.features, label=data.label), 3)


def load(folder: Path, content: bytes, name: str = model_file.NAME) -> artifact.Artifact:
    (folder / name).write_bytes(content)
    return artifact.load(folder, "lightgbm")


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_kept_as_the_librarys_own_text(kind: Kind, tmp_path: Path) -> None:
    model = fit(params(), table(kind))
    ALGORITHM.save(model, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.txt"]
    foreign = lightgbm.Booster(model_file=tmp_path / "model.txt")
    found = ALGORITHM.predict(model, table())
    expected = np.asarray(foreign.predict(table().features))
    np.testing.assert_array_equal(found[:, 1] if kind == "binary_classification" else found, expected)


@pytest.mark.parametrize("name", ["model.txt", "lightgbm.model", "gbm"])
def test_a_native_model_without_a_manifest_is_served(booster: lightgbm.Booster, tmp_path: Path, name: str) -> None:
    booster.save_model(tmp_path / name)
    for stray in ("notes.txt", "._model.txt", "report.html"):
        (tmp_path / stray).write_text("stray")
    loaded = artifact.load(tmp_path, "lightgbm")
    assert loaded.manifest.signature == {"feature_count": 4, "feature_names": []}
    np.testing.assert_array_equal(ALGORITHM.predict(loaded.model, table()), booster.predict(table().features))


@pytest.mark.parametrize(
    ("objective", "more", "task", "width"),
    [
        ("regression", {}, "regression", 0),
        ("regression_l1", {}, "regression", 0),
        ("poisson", {}, "regression", 0),
        ("quantile", {}, "regression", 0),
        ("tweedie", {}, "regression", 0),
        ("binary", {}, "binary classification", 2),
        ("cross_entropy", {}, "binary classification", 2),
        ("multiclass", {"num_class": 3}, "multiclass classification", 3),
        ("multiclassova", {"num_class": 3}, "multiclass classification", 3),
    ],
)
def test_a_model_of_another_program_answers_by_its_objective(
    tmp_path: Path, objective: str, more: dict[str, object], task: str, width: int
) -> None:
    trained = learned(objective, **more)
    loaded = load(tmp_path, trained.model_to_string().encode())
    assert ALGORITHM.output(loaded.model).task == task
    found, expected = ALGORITHM.predict(loaded.model, table()), np.asarray(trained.predict(table().features))
    if width == 2:
        expected = np.column_stack([1 - expected, expected])
    np.testing.assert_array_equal(found, expected)


def test_a_model_that_is_neither_regression_nor_classification_is_refused(tmp_path: Path) -> None:
    data = table("binary_classification")
    groups = lightgbm.Dataset(data.features, label=data.label, group=[240])
    ranker = lightgbm.train({"objective": "lambdarank", "verbosity": -1, "num_threads": 1}, groups, 2)
    with pytest.raises(ArtifactError, match="objective is lambdarank"):
        load(tmp_path, ranker.model_to_string().encode())


def test_a_model_with_an_objective_of_its_own_is_refused(tmp_path: Path, text: bytes) -> None:
    shorter = text.replace(b"\nobjective=regression", b"", 1)
    with pytest.raises(ArtifactError, match="objective is unknown"):
        load(tmp_path, shorter)


def test_columns_named_in_the_model_are_in_the_signature(tmp_path: Path) -> None:
    data = table()
    named = lightgbm.Dataset(data.features, label=data.label, feature_name=["a", "b", "c", "d"])
    trained = lightgbm.train({"verbosity": -1, "num_threads": 1}, named, 2)
    loaded = load(tmp_path, trained.model_to_string().encode())
    assert loaded.manifest.signature["feature_names"] == ["a", "b", "c", "d"]


def test_V03_an_adopted_model_answers_its_example(tmp_path: Path, text: bytes) -> None:
    loaded = load(tmp_path, text)
    example = loaded.manifest.request()
    assert example is not None
    media_type = MediaType.parse(example.content_type)
    batch = loaded.algorithm.input.decode(example.body, media_type, loaded.manifest.signature)
    assert np.isfinite(ALGORITHM.predict(loaded.model, batch)).all()


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.txt"])
def test_a_pickle_is_refused_with_the_way_out_and_not_run(tmp_path: Path, name: str) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return (Path.touch, (tmp_path / "sprung",))

    with pytest.raises(ArtifactError, match=r"save_model\('model\.txt'\)"):
        load(tmp_path, pickle.dumps(Trap()), name)
    assert not (tmp_path / "sprung").exists()


def test_several_models_are_refused_by_their_names(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "b.txt").write_bytes(text)
    with pytest.raises(ArtifactError, match=r"a\.txt, b\.txt"):
        load(tmp_path, text, "a.txt")


def test_a_directory_without_a_model_says_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"notes\.txt"):
        load(tmp_path, b"no model", "notes.txt")


@pytest.mark.parametrize(
    "content", [b"", b"tree\n", b"no model", b"tree\nversion=v4\nnum_class=1\n", b"tree\n\xff\n\n"]
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ArtifactError, match=r"model\.txt: (not a model|the head)"):
        load(tmp_path, content)


def test_V03_a_model_that_was_cut_off_anywhere_is_refused(tmp_path: Path, text: bytes) -> None:
    """The library ends the whole process over most of these."""
    end = text.index(b"\nend of parameters\n") + len(b"\nend of parameters\n")
    for length in [*range(60), *range(60, end, 61), *range(end - 40, end)]:
        with pytest.raises(ArtifactError, match=r"model\.txt"):
            load(tmp_path, text[:length])


def test_a_model_with_line_ends_of_windows_is_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(ArtifactError, match="not a model"):
        load(tmp_path, text.replace(b"\n", b"\r\n"))


def test_a_model_that_lost_a_line_on_its_way_is_refused(tmp_path: Path, text: bytes) -> None:
    for line in (b"Tree=1\n", b"num_leaves=", b"leaf_value=", b"tree_sizes="):
        start = text.index(line)
        with pytest.raises(ArtifactError, match=r"cut off or changed|incomplete"):
            load(tmp_path, text[:start] + text[text.index(b"\n", start) + 1 :])


def test_a_model_in_a_form_of_the_future_is_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(ArtifactError, match="form v9"):
        load(tmp_path, text.replace(b"version=v4", b"version=v9", 1))


def test_a_request_of_the_wrong_width_never_reaches_the_library(tmp_path: Path, text: bytes) -> None:
    loaded = load(tmp_path, text)
    with pytest.raises(Exception, match="expected 4 features"):
        loaded.algorithm.input.decode(b"1,2,3\n", MediaType("text/csv"), loaded.manifest.signature)
    assert ALGORITHM.predict(loaded.model, Table(np.zeros((2, 4), np.float32))).shape == (2,)
