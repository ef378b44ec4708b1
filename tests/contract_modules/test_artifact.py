"""The model directory and its manifest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contract import artifact, publishing
from contract.algorithm import Example
from contract.artifact import ModelManifest
from contract.errors import ArtifactError, PlatformError
from contract.families import algorithms, find
from contract.media_type import MediaType

TOY = "tests.toys.mean"


def manifest(**changes: object) -> ModelManifest:
    values = {"family": TOY, "algorithm": "mean", "task": "regression", "signature": {"feature_count": 2}}
    return ModelManifest(**(values | changes))  # type: ignore[arg-type]


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    example = Example("application/json", b"\x00\xff")
    written = manifest(example=artifact.example_json(example), metrics={"train": {"rmse": 0.1}}, best_iteration=3)
    written.write(tmp_path)
    assert ModelManifest.read(tmp_path) == written
    (tmp_path / "model.bin").write_text("12345")
    written.write(tmp_path)
    assert ModelManifest.read(tmp_path).files == {"model.bin": 5}
    assert ModelManifest.read(tmp_path).request() == example


DAMAGED = ["", "{", "[]", '{"format": 1}', '{"format": "new"}', '{"a":' * 50_000]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ArtifactError, match=r"manifest\.json"):
        artifact.load(tmp_path, TOY)


@pytest.mark.parametrize(
    "member",
    [
        {"family": ["xgboost"]},
        {"algorithm": 3},
        {"signature": []},
        {"classes": "0"},
        {"metrics": None},
        {"files": {"a": "b"}},
        {"example": {"content_type": 1}},
        {"best_iteration": "3"},
    ],
)
def test_a_member_of_another_type_is_refused_by_its_name(tmp_path: Path, member: dict[str, object]) -> None:
    manifest().write(tmp_path)
    values = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(values | member))
    with pytest.raises(ArtifactError, match=rf"manifest\.json cannot be read \({next(iter(member))}"):
        artifact.load(tmp_path, TOY)


def test_a_file_of_the_model_that_is_missing_or_cut_off_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "boosters").mkdir()
    (tmp_path / "boosters" / "model-3").write_text("whole")
    manifest().write(tmp_path)
    artifact.describe(tmp_path, TOY, None)
    (tmp_path / "boosters" / "model-3").write_text("who")
    with pytest.raises(ArtifactError, match="boosters/model-3 of the model has 3 of 5 bytes"):
        artifact.describe(tmp_path, TOY, None)
    (tmp_path / "boosters" / "model-3").unlink()
    with pytest.raises(ArtifactError, match="boosters/model-3 of the model is missing"):
        artifact.describe(tmp_path, TOY, None)


def test_V23_a_newer_format_is_refused_with_both_numbers(tmp_path: Path) -> None:
    manifest(format=7).write(tmp_path)
    with pytest.raises(ArtifactError, match="format 7, this image reads up to 1"):
        artifact.load(tmp_path, TOY)


def test_a_field_of_a_later_release_is_ignored(tmp_path: Path) -> None:
    manifest().write(tmp_path)
    values = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(values | {"of_tomorrow": 1}))
    assert ModelManifest.read(tmp_path) == manifest()


def test_a_model_of_another_family_is_refused(tmp_path: Path) -> None:
    manifest(family="lightgbm").write(tmp_path)
    with pytest.raises(ArtifactError, match=r"family 'lightgbm'.*serves"):
        artifact.load(tmp_path, TOY)


def test_two_models_in_one_directory_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        manifest().write(tmp_path / name)
    with pytest.raises(ArtifactError, match="one, two"):
        artifact.load(tmp_path, TOY)


@pytest.mark.parametrize("exists", [True, False])
def test_an_empty_or_missing_directory_is_refused(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "model"
    if exists:
        folder.mkdir()
    with pytest.raises(ArtifactError, match="holds no model"):
        artifact.load(folder, TOY)


def test_publishing_moves_everything_and_replaces_an_earlier_model(tmp_path: Path) -> None:
    partial = tmp_path / ".partial"
    partial.mkdir()
    (tmp_path / "model.bin").write_text("old")
    (partial / "model.bin").write_text("new")
    manifest().write(partial)
    publishing.publish(partial, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"model.bin", "manifest.json"}
    assert (tmp_path / "model.bin").read_text() == "new"


def test_a_model_that_could_not_be_moved_entirely_has_no_manifest(tmp_path: Path) -> None:
    partial = tmp_path / ".partial"
    (partial / "z-weights").mkdir(parents=True)
    manifest().write(partial)
    (tmp_path / "z-weights").write_text("in the way")
    with pytest.raises(OSError, match="z-weights"):
        publishing.publish(partial, tmp_path)
    assert not (tmp_path / "manifest.json").exists()


def test_clearing_removes_links_and_not_what_they_lead_to(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "model"
    (folder / "old").mkdir(parents=True)
    (folder / "old" / "file").write_text("old")
    elsewhere.mkdir()
    (elsewhere / "file").write_text("of somebody else")
    (folder / "link").symlink_to(elsewhere)
    publishing.clear(folder)
    publishing.clear(tmp_path / "nowhere")
    assert list(folder.iterdir()) == []
    assert (elsewhere / "file").read_text() == "of somebody else"


def test_a_model_one_folder_down_is_found(tmp_path: Path) -> None:
    (tmp_path / "packed" / "too-deep").mkdir(parents=True)
    manifest().write(tmp_path / "packed")
    manifest().write(tmp_path / "packed" / "too-deep")
    (tmp_path / "notes.txt").write_text("beside it")
    assert artifact.locate(tmp_path) == tmp_path / "packed"


def test_an_algorithm_is_found_by_name_or_as_the_only_one() -> None:
    assert find(TOY, None) is find(TOY, "mean") is algorithms(TOY)["mean"]
    with pytest.raises(PlatformError, match="'median' is not in the"):
        find(TOY, "median")
    with pytest.raises(PlatformError, match=r"no package containers\.nothing"):
        find("nothing", None)


@pytest.mark.parametrize(
    ("text", "name", "parameters"),
    [
        ("text/csv", "text/csv", {}),
        ("Text/CSV ; Label_Size=0;charset=UTF-8", "text/csv", {"label_size": "0", "charset": "UTF-8"}),
        ("application/json;verbose", "application/json", {"verbose": ""}),
        ('text/csv; output="a,b;c"', "text/csv", {"output": "a,b;c"}),
        ("", "", {}),
        (";;", "", {}),
    ],
)
def test_media_types_are_read_in_any_case_with_parameters(text: str, name: str, parameters: dict[str, str]) -> None:
    parsed = MediaType.parse(text)
    assert (parsed.name, dict(parsed.parameters)) == (name, parameters)


@pytest.mark.parametrize("error", [KeyError("slope"), OSError("no such file")])
def test_whatever_an_algorithm_makes_of_a_damaged_file_is_told_as_a_damaged_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    manifest().write(tmp_path)
    fail_to_load(monkeypatch, error)
    with pytest.raises(ArtifactError, match=f"mean cannot load its model.*{type(error).__name__}.*train it again"):
        artifact.load(tmp_path, TOY)


@pytest.mark.parametrize("error", [MemoryError(), ImportError("no library"), ArtifactError("model.json is missing")])
def test_what_is_no_fault_of_the_file_or_says_it_better_stays_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    manifest().write(tmp_path)
    fail_to_load(monkeypatch, error)
    with pytest.raises(type(error)) as raised:
        artifact.load(tmp_path, TOY)
    assert raised.value is error


def fail_to_load(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Makes the toy raise ``error`` over its files."""

    def load(directory: Path) -> None:
        raise error

    monkeypatch.setattr(find(TOY, "mean"), "load", load)
