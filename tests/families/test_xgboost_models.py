"""Model directories that xgboost serves, and those that it refuses with the way out."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import xgboost

from containers.xgboost import model_file
from containers.xgboost.boosting import ALGORITHM
from containers.xgboost.hyperparameters import OBJECTIVES
from contract import artifact
from contract.context import Context
from contract.errors import ArtifactError
from contract.media_type import MediaType
from contract.tables.data import Table
from tests.families.xgboost_jobs import fit, params, reloaded, table


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


@pytest.mark.parametrize("booster_name", ["gbtree", "gblinear", "dart"])
@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if not name.startswith("multi:")])
def test_the_first_prediction_is_one_number_which_older_libraries_read(
    tmp_path: Path, objective: str, booster_name: str
) -> None:
    """XGBoost 1.7 to 3.0 take a list for 0.5 and answer wrongly without an error."""
    model = fit(params(objective=objective, booster=booster_name, verbosity="0"), table(objective))
    again = reloaded(model, tmp_path)
    assert first_prediction(tmp_path / "xgboost-model").startswith(("-", *"0123456789"))
    np.testing.assert_array_equal(
        ALGORITHM.predict(again, table(objective)), ALGORITHM.predict(model, table(objective))
    )


@pytest.mark.parametrize("given", [{}, {"base_score": "0.25"}, {"booster": "gblinear"}, {"_kfold": "2"}])
@pytest.mark.parametrize("objective", ["multi:softmax", "multi:softprob"])
def test_all_classes_have_one_first_prediction_for_older_libraries_take_no_list(
    tmp_path: Path, objective: str, given: dict[str, str]
) -> None:
    data = unbalanced(objective)
    asked = params(objective=objective, num_class="3", verbosity="0", **given)
    model = fit(asked, data, context=Context(output=tmp_path / "output"))
    again = reloaded(model, tmp_path / "model")
    for path in (tmp_path / "model").iterdir():
        assert float(first_prediction(path)) == float(given.get("base_score", 0.5))
    np.testing.assert_array_equal(ALGORITHM.predict(again, data), ALGORITHM.predict(model, data))


def unbalanced(objective: str) -> Table:
    """A class of which there are few, so that no two classes have the same share."""
    data = table(objective)
    rows = np.flatnonzero((data.labels != 2) | (np.arange(len(data)) % 4 == 0))
    return Table(np.asarray(data.features)[rows], data.labels[rows])


def first_prediction(path: Path) -> str:
    """``base_score`` as it stands in a UBJSON file: a text behind its length in eight bytes."""
    _, _, rest = path.read_bytes().partition(b"base_scoreSL")
    return rest[8 : 8 + int.from_bytes(rest[:8], "big")].decode()
