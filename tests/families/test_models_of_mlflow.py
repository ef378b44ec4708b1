"""Folders that MLflow wrote for a booster: the model under MLflow's name among files of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from catboost import CatBoostRegressor
from lightgbm import LGBMRegressor
from xgboost import XGBRegressor

from contract import artifact
from contract.errors import ArtifactError
from tests.families.xgboost_jobs import table

DATA = table()
Save = Callable[[Path], np.ndarray]


def _xgboost(folder: Path) -> np.ndarray:
    model = XGBRegressor(n_estimators=4, n_jobs=1).fit(DATA.features, DATA.label)
    model.save_model(folder / "model.ubj")
    return np.asarray(model.predict(DATA.features))


def _lightgbm(folder: Path) -> np.ndarray:
    model = LGBMRegressor(n_estimators=4, n_jobs=1, verbosity=-1).fit(DATA.features, DATA.label)
    model.booster_.save_model(folder / "model.lgb")
    return np.asarray(model.predict(DATA.features))


def _catboost(folder: Path) -> np.ndarray:
    model = CatBoostRegressor(iterations=4, thread_count=1, logging_level="Silent", allow_writing_files=False)
    model.fit(DATA.features, DATA.label).save_model(str(folder / "model.cb"))
    return np.asarray(model.predict(DATA.features))


FAMILIES: dict[str, Save] = {"xgboost": _xgboost, "lightgbm": _lightgbm, "catboost": _catboost}


def written(folder: Path, save: Save) -> np.ndarray:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt"):
        (folder / name).write_text("flavors:\n")
    for name in ("input_example.json", "serving_input_example.json"):
        (folder / name).write_text(json.dumps({"dataframe_split": {"columns": ["a"], "data": [[1.5]]}}))
    (folder / "metadata").mkdir()
    return save(folder)


@pytest.mark.parametrize("inside", ["", "model", "artifacts/model"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_folder_of_mlflow_is_served_as_it_is_and_packed_with_the_folders_above_it(
    tmp_path: Path, family: str, inside: str
) -> None:
    expected = written(tmp_path / inside, FAMILIES[family])
    loaded = artifact.load(tmp_path, family)
    assert loaded.manifest.signature["feature_count"] == 4
    np.testing.assert_allclose(loaded.algorithm.predict(loaded.model, DATA), expected, rtol=1e-6)


def test_an_estimator_that_mlflow_keeps_with_skops_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text("flavors:\n")
    (tmp_path / "model.skops").write_bytes(b"PK")
    with pytest.raises(ArtifactError, match=r"model\.skops holds Python objects.*booster_\.save_model"):
        artifact.load(tmp_path, "lightgbm")


def test_two_models_of_catboost_are_refused_by_their_names(tmp_path: Path) -> None:
    _catboost(tmp_path)
    (tmp_path / "older.cbm").write_bytes((tmp_path / "model.cb").read_bytes())
    with pytest.raises(ArtifactError, match=r"several models, model\.cb, older\.cbm"):
        artifact.load(tmp_path, "catboost")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_below_many_folders_is_not_looked_for(tmp_path: Path, family: str) -> None:
    written(tmp_path / "a/b/c/d", FAMILIES[family])
    with pytest.raises(ArtifactError, match="in the model directory"):
        artifact.load(tmp_path, family)
