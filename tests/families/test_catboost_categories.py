"""Columns of categories, from the channel to the answer: numbers, names, missing and unseen ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoost, CatBoostRegressor, Pool

from containers.catboost import pools
from containers.catboost.boosting import ALGORITHM
from contract import artifact
from contract.errors import ChannelError
from contract.tables.categories import EXACT
from contract.tables.data import Table
from serve.one.predictor import Predictor
from serve.one.steps import AlgorithmSteps
from serve.settings import Settings
from tests.families.catboost_jobs import fit, params, run_job

COLOURS = ("blue", "green", "red")
JSON = "application/json"
INDEX = '{"cat_index_list": [2, 4]}'
"""Target, number, CATEGORY, number, CATEGORY."""


def records(rows: int = 300, seed: int = 5) -> list[list[Any]]:
    """Label, number, city (0 … 7), number, colour: the label depends on city and colour."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(rows):
        first, second = random.normal(size=2).round(2)
        city, colour = int(random.integers(8)), int(random.integers(3))
        found.append([round(first + 2 * (city % 3) + 4 * (colour == 2), 3), first, city, second, COLOURS[colour]])
    return found


def csv(rows: list[list[Any]]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """A job in layout A: one column of numbers as categories, one of names."""
    base = tmp_path_factory.mktemp("job") / "ml"
    files = {
        "training/data.csv": csv(records()),
        "training/categorical_index.json": INDEX,
        "validation/data.csv": csv(records(80, 6)),
    }
    return run_job(base, files)


def answer(predictor: Predictor, *rows: list[Any]) -> list[float]:
    body = csv([list(row) for row in rows]).encode()
    return json.loads(predictor(body, "text/csv", JSON).body)["prediction"]  # type: ignore[no-any-return]


def test_names_of_categories_are_learned_and_answered(predictor: Predictor) -> None:
    red, green = answer(predictor, [0.1, 3, 0.2, "red"], [0.1, 3, 0.2, "green"])
    assert red > green + 2
    assert predictor.steps.artifact.manifest.metrics["validation"]["r2"] > 0.8


def test_the_answers_are_those_of_the_library_that_learned_from_names(predictor: Predictor) -> None:
    rows = [row[1:] for row in records(40, 7)]
    frame = pd.DataFrame(rows, columns=[f"feature_{number}" for number in range(4)]).astype({"feature_2": np.float32})
    frame["feature_0"] = frame["feature_0"].astype(np.float32)
    expected = predictor.steps.artifact.model.booster.predict(Pool(frame, cat_features=[1, 3]))
    np.testing.assert_array_equal(answer(predictor, *rows), expected)


def test_a_category_is_known_however_it_is_written(predictor: Predictor) -> None:
    usual = answer(predictor, [0.1, 3, 0.2, "red"])
    assert answer(predictor, [0.1, "3.0", 0.2, " red "]) == usual
    for features in ('[0.1, 3, 0.2, "red"]', '[0.1, "3", 0.2, "red"]'):
        body = f'{{"instances": [{{"features": {features}}}]}}'.encode()
        assert json.loads(predictor(body, JSON, JSON).body)["prediction"] == usual


def test_ids_with_large_gaps_are_answered_as_ids_without(predictor: Predictor, tmp_path: Path) -> None:
    """A category is its text to the library, whether it is a code or a number that stands for itself."""

    def moved(rows: list[list[Any]]) -> str:
        return csv([[*row[:2], 900_000 * (row[2] + 1), *row[3:]] for row in rows])

    files = {
        "training/data.csv": moved(records()),
        "training/categorical_index.json": INDEX,
        "validation/data.csv": moved(records(80, 6)),
    }
    found = run_job(tmp_path / "ml", files)
    assert answer(found, [0.1, 3_600_000, 0.2, "red"]) == answer(predictor, [0.1, 3, 0.2, "red"])
    assert found.steps.artifact.manifest.signature["categories"]["1"] == sorted(
        str(900_000 * city) for city in range(1, 9)
    )


def test_a_category_unseen_in_training_is_answered_as_any_other_unseen_one(predictor: Predictor) -> None:
    names = {answer(predictor, [0.1, 3, 0.2, name])[0] for name in ("violet", "RED", "7", "red red")}
    numbers = {answer(predictor, [0.1, city, 0.2, "red"])[0] for city in (99, 8, "somewhere", -1)}
    assert len(names) == 1
    assert len(numbers) == 1
    assert names != {answer(predictor, [0.1, 3, 0.2, "red"])[0]}


def test_a_missing_category_that_training_did_not_have_is_an_unseen_one(predictor: Predictor) -> None:
    assert answer(predictor, [0.1, 3, 0.2, ""]) == answer(predictor, [0.1, 3, 0.2, "violet"])
    body = b'{"instances": [{"features": [0.1, 3, 0.2, null]}]}'
    assert json.loads(predictor(body, JSON, JSON).body)["prediction"] == answer(predictor, [0.1, 3, 0.2, ""])


def test_a_missing_category_that_training_had_is_a_category_of_its_own(tmp_path: Path) -> None:
    rows = records()
    for row in rows[::4]:
        row[0], row[4] = row[0] + 40, ""
    found = run_job(tmp_path / "ml", {"train/a.csv": csv(rows), "train/categorical_index.json": INDEX})
    missing, unseen = answer(found, [0.1, 3, 0.2, ""], [0.1, 3, 0.2, "violet"])
    assert missing > unseen + 10


def test_layout_B_finds_the_sub_folders_and_the_file_beside_them(tmp_path: Path) -> None:
    files = {
        "training/train/data.csv": csv(records()),
        "training/validation/data.csv": csv(records(80, 6)),
        "training/categorical_index.json": INDEX,
    }
    found = run_job(tmp_path / "ml", files)
    assert {name: entry["records"] for name, entry in found.steps.artifact.manifest.data.items()} == {
        "train": 300,
        "validation": 80,
    }
    assert found.steps.artifact.manifest.signature["categories"] == {"1": [], "3": list(COLOURS)}


def test_an_index_beyond_the_columns_is_refused(tmp_path: Path) -> None:
    numbers = [[*row[:4], COLOURS.index(row[4])] for row in records()]
    files = {"train/a.csv": csv(numbers), "train/categorical_index.json": '{"cat_index_list": [5]}'}
    with pytest.raises(ChannelError, match="feature 5 is said to hold categories, but the records have 4 features"):
        run_job(tmp_path / "ml", files)


def test_the_weight_is_a_column_for_the_index_too(tmp_path: Path) -> None:
    rows = [[row[0], 1, *row[1:]] for row in records()]
    files = {"train/a.csv": csv(rows), "train/categorical_index.json": '{"cat_index_list": [3, 5]}'}
    found = run_job(tmp_path / "right", files, csv_weights="1")
    assert found.steps.artifact.manifest.signature["categories"] == {"1": [], "3": list(COLOURS)}
    files["train/categorical_index.json"] = '{"cat_index_list": [1]}'
    with pytest.raises(ChannelError, match="column 1 is the weight"):
        run_job(tmp_path / "wrong", files, csv_weights="1")


def _table(rows: int) -> Table:
    random = np.random.default_rng(1)
    features = random.normal(size=(rows, 3)).astype(np.float32)
    features[:, 1], features[:, 2] = random.integers(0, 9, rows), random.integers(0, 4, rows)
    features[::5, 1], features[::7, 2] = np.nan, np.nan
    label = np.nan_to_num(features).sum(axis=1).astype(np.float32)
    return Table(features, label, levels={1: (), 2: COLOURS})


def test_V12_a_prediction_does_not_depend_on_its_batch() -> None:
    data = _table(pools.SMALL + 200)
    model = fit(params(), data)
    together = ALGORITHM.predict(model, data)
    for size in (1, 7, pools.SMALL):
        few = data.take(np.arange(100)) if size == 1 else data
        parts = np.concatenate([ALGORITHM.predict(model, part) for part in few.parts(size)])
        np.testing.assert_array_equal(parts, together[: len(few)])


def test_the_highest_category_number_reaches_the_library_exactly() -> None:
    data = _table(200)
    features = np.array(data.features)
    features[:, 1] = np.where(np.arange(200) % 2, EXACT - 1, EXACT - 2)
    assert fit(params(), replace(data, features=features)).predict(data).shape == (200,)
    rows = pools._objects(replace(data, features=features))
    assert set(rows[:, 1]) == {"16777215", "16777214"}


class TestWithoutManifest:
    """Model files on their own: what a program needs to know is in them."""

    def test_a_file_of_ours_knows_the_names_of_its_categories(self, predictor: Predictor, tmp_path: Path) -> None:
        ALGORITHM.save(predictor.steps.artifact.model, tmp_path)
        alone = Predictor(AlgorithmSteps(artifact.load(tmp_path, "catboost")), Settings(family="catboost"))
        rows = [[0.1, 3, 0.2, "red"], [0.1, 2, 0.2, "violet"], [0.1, "", 0.2, ""]]
        assert answer(alone, *rows) == answer(predictor, *rows)
        assert alone.steps.artifact.manifest.signature["categories"] == {"1": [], "3": list(COLOURS)}

    @pytest.mark.parametrize("names", [False, True])
    @pytest.mark.parametrize("rows", [20, 1500])
    def test_a_foreign_file_is_served_by_the_texts_or_numbers_of_its_categories(
        self, tmp_path: Path, names: bool, rows: int
    ) -> None:
        booster, frame = foreign(names)
        booster.save_model(str(tmp_path / "model"))
        alone = Predictor(AlgorithmSteps(artifact.load(tmp_path, "catboost")), Settings(family="catboost"))
        asked = frame.sample(rows, replace=True, random_state=1)
        expected = booster.predict(asked)
        np.testing.assert_allclose(answer(alone, *asked.to_numpy().tolist()), expected, rtol=1e-9)
        assert np.ptp(expected) > 1
        assert alone.warm_up() is not None

    @pytest.mark.parametrize(("given", "library"), [("violet", "violet"), (None, "nan"), (-3, "-3"), ("0.5", "0.5")])
    def test_a_category_that_a_foreign_file_does_not_know_is_answered_as_by_the_library(
        self, tmp_path: Path, given: object, library: str
    ) -> None:
        booster, _ = foreign(names=True)
        booster.save_model(str(tmp_path / "model"))
        alone = Predictor(AlgorithmSteps(artifact.load(tmp_path, "catboost")), Settings(family="catboost"))
        expected = booster.predict([[0.1, library], [0.1, "red"]])
        np.testing.assert_allclose(answer(alone, [0.1, given], [0.1, "red"]), expected, rtol=1e-9)


def foreign(names: bool) -> tuple[CatBoost, pd.DataFrame]:
    """A model that the library wrote by itself, and its data."""
    random = np.random.default_rng(2)
    codes = random.integers(0, 3, 100)
    frame = pd.DataFrame({"size": random.normal(size=100).round(2), "colour": codes})
    if names:
        frame["colour"] = np.array(COLOURS, dtype=object)[codes]
    settings = {"iterations": 8, "allow_writing_files": False, "logging_level": "Silent", "thread_count": 1}
    booster = CatBoostRegressor(cat_features=["colour"], **settings)
    return booster.fit(frame, frame["size"] + codes), frame
