"""Model files that other programs wrote, and files that did not arrive whole."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor, Pool

from containers.catboost.boosting import ALGORITHM
from contract import artifact
from contract.errors import ArtifactError
from contract.tables.data import Table
from tests.families.catboost_jobs import fit, params, table

SETTINGS: dict[str, Any] = {
    "iterations": 6, "depth": 2, "allow_writing_files": False, "logging_level": "Silent", "thread_count": 1,
}  # fmt: skip
NAMES = ["feature_0", "feature_1", "feature_2", "feature_3"]


def load(folder: Path, content: bytes, name: str = "model") -> artifact.Artifact:
    (folder / name).write_bytes(content)
    return artifact.load(folder, "catboost")


def saved(booster: CatBoost, folder: Path) -> artifact.Artifact:
    """The model as the library writes it, loaded without a manifest."""
    booster.save_model(str(folder / "model"))
    return artifact.load(folder, "catboost")


@pytest.fixture(scope="module")
def data() -> Table:
    return table()


def test_V23_a_classifier_of_the_library_is_served(data: Table, tmp_path: Path) -> None:
    frame = pd.DataFrame(data.features, columns=NAMES)
    for classes in (2, 3):
        label = np.digitize(data.label, [-0.5, 0.5][: classes - 1])  # type: ignore[call-overload]
        booster = CatBoostClassifier(**SETTINGS).fit(frame, label)
        loaded = saved(booster, tmp_path)
        assert list(ALGORITHM.output(loaded.model).classes) == list(range(classes))
        assert loaded.manifest.signature == {"feature_count": 4, "feature_names": []}
        np.testing.assert_array_equal(ALGORITHM.predict(loaded.model, data), booster.predict_proba(frame))


def test_V23_a_regressor_of_the_library_is_served(data: Table, tmp_path: Path) -> None:
    frame = pd.DataFrame(data.features, columns=["warm", "wet", "windy", "late"])
    booster = CatBoostRegressor(**SETTINGS).fit(frame, data.label)
    loaded = saved(booster, tmp_path)
    assert loaded.manifest.signature["feature_names"] == ["warm", "wet", "windy", "late"]
    assert ALGORITHM.output(loaded.model).task == "regression"
    np.testing.assert_array_equal(ALGORITHM.predict(loaded.model, data), booster.predict(frame))


@pytest.mark.parametrize("loss", ["MAE", "Quantile:alpha=0.3", "Poisson", "Tweedie:variance_power=1.5"])
def test_other_losses_answer_the_value_and_not_its_logarithm(data: Table, tmp_path: Path, loss: str) -> None:
    booster = CatBoostRegressor(loss_function=loss, **SETTINGS).fit(data.features, np.abs(data.label))  # type: ignore[arg-type]
    loaded = saved(booster, tmp_path)
    np.testing.assert_array_equal(ALGORITHM.predict(loaded.model, data), booster.predict(data.features))


def test_the_file_may_have_the_librarys_usual_suffix(data: Table, tmp_path: Path) -> None:
    fit(params(), data).booster.save_model(str(tmp_path / "bike.cbm"))
    assert ALGORITHM.predict(artifact.load(tmp_path, "catboost").model, data).shape == (240,)


def test_files_beside_the_model_do_not_disturb(data: Table, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "inference.py").write_text("raise SystemExit\n")
    fit(params(), data).booster.save_model(str(tmp_path / "model"))
    assert artifact.load(tmp_path, "catboost").model.feature_count == 4


@pytest.mark.parametrize(
    ("settings", "label", "said"),
    [
        ({"loss_function": "Logloss"}, ["no", "yes"], "classes are no, yes"),
        ({"loss_function": "Logloss"}, [-1, 1], "classes are -1, 1"),
        ({"loss_function": "MultiClass"}, [1, 2], "classes are 1, 2"),
        ({"loss_function": "RMSEWithUncertainty"}, [0.5, 1.5], "RMSEWithUncertainty"),
    ],
)
def test_a_model_that_would_be_misunderstood_is_refused(
    data: Table, tmp_path: Path, settings: dict[str, str], label: list[Any], said: str
) -> None:
    labels = np.array(label, object)[(data.label > 0).astype(int)]  # type: ignore[operator]
    booster = CatBoost({**SETTINGS, **settings}).fit(Pool(data.features, labels))
    with pytest.raises(ArtifactError, match=said):
        saved(booster, tmp_path)


def test_a_model_of_texts_is_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"size": np.arange(80.0), "said": ["a good film", "a bad film"] * 40})
    booster = CatBoost({**SETTINGS, "loss_function": "Logloss"}).fit(Pool(frame, [0, 1] * 40, text_features=[1]))
    with pytest.raises(ArtifactError, match="texts"):
        saved(booster, tmp_path)


@pytest.mark.parametrize("has_categories", [False, True])
def test_V03_a_model_that_was_cut_off_anywhere_is_refused(data: Table, tmp_path: Path, has_categories: bool) -> None:
    """The library itself ends the whole process over some of these."""
    if has_categories:
        features = np.array(data.features)
        features[:, 1] = np.arange(240) % 40
        data = Table(features, data.label, levels={1: ()})
    fit(params(), data).booster.save_model(str(tmp_path / "whole"))
    raw = (tmp_path / "whole").read_bytes()
    (tmp_path / "whole").unlink()
    for length in [*range(40), *range(40, len(raw), 97), *range(len(raw) - 40, len(raw))]:
        with pytest.raises(ArtifactError, match="model"):
            load(tmp_path, raw[:length])
    assert load(tmp_path, raw).model.tree_count


@pytest.mark.parametrize("content", [b"", b"{}", b"CBM1", b"CBM1\x04\0\0\0abcd", pickle.dumps({"a": 1}), b"\0" * 99])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ArtifactError, match="model"):
        load(tmp_path, content)


def test_a_directory_without_a_model_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"x")
    with pytest.raises(ArtifactError, match=r"model\.pkl"):
        artifact.load(tmp_path, "catboost")
