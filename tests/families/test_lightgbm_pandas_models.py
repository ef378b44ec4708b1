"""Models of other programs that learned from a pandas table with columns of the type category."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest

from containers.lightgbm.boosting import ALGORITHM
from contract import artifact
from contract.errors import ArtifactError
from contract.media_type import MediaType

ROWS = 400
CATEGORIES: dict[str, list[Any]] = {
    "text": ["red", "green", "blue", "a b, c"],
    "whole": [10, 20, 5],
    "fraction": [0.1, 2.5, 3.25],
    "truth": [True, False],
}


def frame(seed: int = 0) -> pd.DataFrame:
    """A number and a column of categories of each kind, with missing ones."""
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {"number": random.normal(size=ROWS)}
    for name, values in CATEGORIES.items():
        drawn = pd.Series(pd.Categorical(random.choice(np.array(values, object), ROWS), categories=values))
        columns[name] = drawn.where(random.random(ROWS) > 0.05)
    return pd.DataFrame(columns)


def learned(data: pd.DataFrame, **more: Any) -> lightgbm.Booster:
    codes = data.select_dtypes("category").apply(lambda column: column.cat.codes)
    label = np.nan_to_num(data["number"]) + (codes * [3**place for place in range(codes.shape[1])]).sum(axis=1)
    settings = {"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5, "min_data_per_group": 5, "cat_smooth": 1}
    return lightgbm.train(settings, lightgbm.Dataset(data, label=label, **more), 10)


def adopted(booster: lightgbm.Booster, folder: Path) -> artifact.Artifact:
    booster.save_model(folder / "model.txt")
    return artifact.load(folder, "lightgbm")


def answers(loaded: artifact.Artifact, body: bytes, content_type: str) -> list[float]:
    batch = loaded.algorithm.input.decode(body, MediaType.parse(content_type), loaded.manifest.signature)
    return list(ALGORITHM.predict(loaded.model, batch).tolist())


def as_json(data: pd.DataFrame) -> bytes:
    rows = [[None if cell is None or cell != cell else cell for cell in row] for row in data.astype(object).values]
    return json.dumps({"instances": rows}, default=lambda cell: cell.item()).encode()


@pytest.mark.parametrize("content_type", ["text/csv", "application/json"])
def test_categories_are_served_by_their_texts_as_the_library_answers_the_table(
    tmp_path: Path, content_type: str
) -> None:
    trained, asked = learned(frame()), frame(seed=5)
    body = asked.to_csv(index=False, header=False).encode() if content_type == "text/csv" else as_json(asked)
    found = answers(adopted(trained, tmp_path), body, content_type)
    np.testing.assert_allclose(found, trained.predict(asked), rtol=1e-9)
    assert np.ptp(found) > 1


def test_an_unseen_category_is_answered_as_the_library_answers_it(tmp_path: Path) -> None:
    trained = learned(frame())
    asked = frame(seed=5).head(20).assign(text=pd.Categorical(["purple"] * 20))
    found = answers(adopted(trained, tmp_path), asked.to_csv(index=False, header=False).encode(), "text/csv")
    np.testing.assert_allclose(found, trained.predict(asked), rtol=1e-9)


def test_an_estimator_with_categories_is_served_too(tmp_path: Path) -> None:
    data = frame()
    label = (data["text"] == "red").astype(int) + (data["whole"] == 5).astype(int)
    estimator = lightgbm.LGBMClassifier(n_estimators=5, n_jobs=1, verbosity=-1, min_child_samples=5).fit(data, label)
    loaded = adopted(estimator.booster_, tmp_path)
    assert loaded.manifest.signature["categories"]["1"] == CATEGORIES["text"]
    batch = loaded.algorithm.input.decode(as_json(data), MediaType("application/json"), loaded.manifest.signature)
    np.testing.assert_allclose(ALGORITHM.predict(loaded.model, batch), estimator.predict_proba(data), rtol=1e-9)


@pytest.mark.parametrize("more", [{}, {"categorical_feature": ["text"]}])
def test_ordered_categories_are_refused_for_the_file_does_not_say_which_columns_they_are(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    data = frame()[["number", "text"]]
    data["size"] = pd.Categorical(["low", "high"] * (ROWS // 2), categories=["low", "mid", "high"], ordered=True)
    with pytest.raises(ArtifactError, match=r"2 pandas columns.*1 as categories: ordered"):
        adopted(learned(data, **more), tmp_path)


def test_a_list_that_is_too_short_for_what_was_learned_is_refused(tmp_path: Path) -> None:
    data = frame()[["number", "whole"]].assign(code=np.arange(ROWS) % 9)
    data["whole"] = data["whole"].cat.as_ordered()
    with pytest.raises(ArtifactError, match="feature 3 are fewer"):
        adopted(learned(data, categorical_feature=["code"]), tmp_path)


def test_categories_that_a_request_cannot_tell_apart_are_refused(tmp_path: Path) -> None:
    data = frame()[["number"]].assign(text=pd.Categorical(["red", " red"] * (ROWS // 2)))
    with pytest.raises(ArtifactError, match="feature 2 has two categories"):
        adopted(learned(data), tmp_path)


@pytest.mark.parametrize("line", [b'[["red", "gr', b'{"a": 1}', b"[1, 2]", b""])
def test_a_damaged_last_line_is_told(tmp_path: Path, line: bytes) -> None:
    raw = learned(frame()).model_to_string().encode()
    (tmp_path / "model.txt").write_bytes(raw[: raw.rindex(b"pandas_categorical:")] + b"pandas_categorical:" + line)
    with pytest.raises(ArtifactError, match="last line, the pandas categories"):
        artifact.load(tmp_path, "lightgbm")
