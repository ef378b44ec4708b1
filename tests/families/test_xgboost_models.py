"""Model directories that xgboost serves, and those that it refuses with the way out."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import xgboost

from containers.xgboost import model_file
from containers.xgboost.boosting import ALGORITHM
from contract import artifact
from contract.errors import ArtifactError
from contract.media_type import MediaType
from tests.families.xgboost_jobs import fit, params, table


@pytest.fixture
def booster() -> xgboost.Booster:
    return fit(params(), table()).boosters[0]


@pytest.mark.parametrize(
    ("name", "form"), [("xgboost-model", "ubj"), ("xgboost-model", "json"), ("model.json", "json"), ("a.ubj", "ubj")]
)
def test_a_native_model_without_a_manifest_is_served(
    booster: xgboost.Booster, tmp_path: Path, name: str, form: str
) -> None:
    (tmp_path / name).write_bytes(booster.save_raw(form))
    loaded = artifact.load(tmp_path, "xgboost")
    assert loaded.manifest.signature["feature_count"] == 4
    assert ALGORITHM.output(loaded.model).task == "regression"
    np.testing.assert_array_equal(ALGORITHM.predict(loaded.model, table()), booster.inplace_predict(table().features))


def test_several_files_answer_together(booster: xgboost.Booster, tmp_path: Path) -> None:
    other = fit(params(num_round="2"), table()).boosters[0]
    for number, one in enumerate((booster, other)):
        (tmp_path / f"xgboost-model-{number}").write_bytes(one.save_raw("ubj"))
    model = artifact.load(tmp_path, "xgboost").model
    expected = (booster.inplace_predict(table().features) + other.inplace_predict(table().features)) / 2
    np.testing.assert_allclose(ALGORITHM.predict(model, table()), expected, rtol=1e-5, atol=1e-6)


def test_a_pickle_is_refused_with_the_way_out(booster: xgboost.Booster, tmp_path: Path) -> None:
    (tmp_path / "xgboost-model").write_bytes(pickle.dumps(booster))
    with pytest.raises(ArtifactError, match=r"pickle.*save_model"):
        artifact.load(tmp_path, "xgboost")


@pytest.mark.parametrize("form", ["ubj", "json"])
def test_a_model_of_a_newer_library_is_refused_with_both_versions(
    booster: xgboost.Booster, tmp_path: Path, form: str
) -> None:
    raw = bytes(booster.save_raw(form))
    ours = model_file.saved_version(raw)
    assert ours == tuple(int(part) for part in xgboost.__version__.split("."))
    newer = raw[:-20] + raw[-20:].replace(b"i\x03i\x02", b"i\x03i\x63").replace(b"[3,2,", b"[3,99,")
    assert newer != raw, "the place of the version has moved"
    (tmp_path / "xgboost-model").write_bytes(newer)
    with pytest.raises(ArtifactError, match=rf"XGBoost 3\.99.*{xgboost.__version__}"):
        artifact.load(tmp_path, "xgboost")


@pytest.mark.parametrize("content", [b"", b"{", b"binf" + b"\x00" * 200, b"{L\x00\x00"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "xgboost-model").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"xgboost-model (is not a model|does not end)") as caught:
        artifact.load(tmp_path, "xgboost")
    assert "Stack trace" not in str(caught.value)


def test_a_truncated_model_is_refused(booster: xgboost.Booster, tmp_path: Path) -> None:
    raw = booster.save_raw("ubj")
    (tmp_path / "xgboost-model").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(ArtifactError):
        artifact.load(tmp_path, "xgboost")


def test_a_directory_without_a_model_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(ArtifactError, match=r"notes\.txt"):
        artifact.load(tmp_path, "xgboost")


def test_stray_files_beside_the_model_do_not_count(booster: xgboost.Booster, tmp_path: Path) -> None:
    (tmp_path / "xgboost-model").write_bytes(booster.save_raw("ubj"))
    for name in ("model.tar.gz", ".DS_Store", "._xgboost-model", "old.json"):
        (tmp_path / name).write_bytes(b"stray")
    assert len(artifact.load(tmp_path, "xgboost").model.boosters) == 1


def test_columns_named_in_the_model_are_in_the_signature(tmp_path: Path) -> None:
    data = table()
    matrix = xgboost.DMatrix(data.features, label=data.label, feature_names=["a", "b", "c", "d"])
    xgboost.train({}, matrix, 2).save_model(tmp_path / "xgboost-model.json")
    (tmp_path / "xgboost-model.json").rename(tmp_path / "xgboost-model")
    assert artifact.load(tmp_path, "xgboost").manifest.signature["feature_names"] == ["a", "b", "c", "d"]


def test_V03_an_adopted_linear_model_with_named_columns_answers_its_example(tmp_path: Path) -> None:
    data = table()
    matrix = xgboost.DMatrix(data.features, label=data.label, feature_names=["a", "b", "c", "d"])
    raw = xgboost.train({"booster": "gblinear"}, matrix, 2).save_raw("ubj")
    (tmp_path / "xgboost-model").write_bytes(raw)
    loaded = artifact.load(tmp_path, "xgboost")
    example = loaded.manifest.request()
    assert example is not None
    media_type = MediaType.parse(example.content_type)
    batch = loaded.algorithm.input.decode(example.body, media_type, loaded.manifest.signature)
    assert np.isfinite(ALGORITHM.predict(loaded.model, batch)).all()


def test_a_model_that_a_killed_job_left_half_is_refused(booster: xgboost.Booster, tmp_path: Path) -> None:
    (tmp_path / "xgboost-model").write_bytes(booster.save_raw("ubj"))
    (tmp_path / ".partial").mkdir()
    with pytest.raises(ArtifactError, match="not finished"):
        artifact.load(tmp_path, "xgboost")
