"""What lightgbm reads: both layouts of channels, files of categorical columns, weights; as whole training jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serve.one.predictor import Predictor
from serve.settings import Settings
from tests.contract import runtime as runtimes
from tests.contract.logs import expecting
from tests.contract.subject import Subject
from tests.contract.tree import Tree

LIGHTGBM = Subject("lightgbm", "lightgbm")
WORDS = ("red", "green", "dark blue", "l'été", "a;b", "7")
SETTINGS = {"num_boost_round": "15", "learning_rate": "0.3", "max_depth": "4"}


def lines(rows: int, seed: int, words: bool = False, known: int = 6) -> list[str]:
    """Records: a label that depends on a number and much on a category, the number, the category, noise."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(rows):
        number, noise, category = random.normal(), random.normal(), int(random.integers(known))
        label = number + (5, -4, 3, -2, 1, 9)[category] + 0.1 * random.normal()
        cell = f'"{WORDS[category]}"' if words else str(category)
        found.append(f"{label:.3f},{number:.3f},{cell},{noise:.3f}")
    return found


def tree(base: Path, files: Mapping[str, str], **hyperparameters: str) -> Tree:
    """A job with these files below input/data; its channels are the folders there."""
    made = Tree(base)
    for folder in (made.config, made.model, made.output):
        folder.mkdir(parents=True)
    for name, text in files.items():
        path = base / "input" / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    channels = sorted({name.partition("/")[0] for name in files})
    made.write_config("hyperparameters", SETTINGS | hyperparameters)
    made.write_config("inputdataconfig", {name: {"ContentType": "text/csv"} for name in channels})
    return made


def trained(base: Path, files: Mapping[str, str], **hyperparameters: str) -> tuple[Tree, str]:
    made = tree(base, files, **hyperparameters)
    exit_code, log = runtimes.run(runtimes.Processes(), ["train"], LIGHTGBM, made, {})
    assert exit_code == 0, log
    return made, log


def refused(base: Path, files: Mapping[str, str], **hyperparameters: str) -> str:
    made = tree(base, files, **hyperparameters)
    exit_code, log = runtimes.run(runtimes.Processes(), ["train"], LIGHTGBM, made, {})
    assert exit_code == 2, log
    assert "Traceback" not in log
    return made.failure or ""


def text(records: list[str]) -> str:
    return "\n".join(records) + "\n"


def listed(*columns: int) -> str:
    return json.dumps({"cat_index_list": list(columns)})


def model(made: Tree) -> str:
    return (made.model / "model.txt").read_text()


def predictor(made: Tree) -> Predictor:
    return Predictor.load(Settings(family="lightgbm", base=made.base))


def predictions(made: Tree, body: Any, content_type: str = "application/json") -> list[float]:
    sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    found: list[float] = json.loads(predictor(made)(sent, content_type).body)["prediction"]
    return found


TRAIN, VALIDATION = lines(1500, 1), lines(300, 2)


@pytest.fixture(scope="module")
def layout_a(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    files = {
        "train/part.csv": text(TRAIN),
        "train/categorical_index.json": listed(2),
        "validation/v.csv": text(VALIDATION),
    }
    return trained(tmp_path_factory.mktemp("a") / "ml", files)[0]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    files = {
        "train/t.csv": text(lines(1500, 1, words=True)),
        "validation/v.csv": text(lines(300, 2, words=True)),
        "train/categorical_index.json": listed(2),
    }
    return trained(tmp_path_factory.mktemp("words") / "ml", files)[0]


class TestLayouts:
    """Where the files lie."""

    @pytest.mark.parametrize(
        "files",
        [
            {
                "training/train/data.csv": text(TRAIN),
                "training/validation/data.csv": text(VALIDATION),
                "training/categorical_index.json": listed(2),
            },
            {
                "train/training/1.csv": text(TRAIN[:70]),
                "train/training/2.csv": text(TRAIN[70:]),
                "train/validation/data.csv": text(VALIDATION),
                "train/categorical_index.json": listed(2),
            },
            {
                "training/1.csv": text(TRAIN[:70]),
                "training/2.csv": text(TRAIN[70:]),
                "training/categorical_index.json": listed(2),
                "validation/v.csv": text(VALIDATION),
            },
        ],
        ids=["sub-folders", "several files in sub-folders", "channel training"],
    )
    def test_the_same_records_in_any_layout_give_the_same_model(
        self, layout_a: Tree, tmp_path: Path, files: dict[str, str]
    ) -> None:
        assert model(trained(tmp_path / "ml", files)[0]) == model(layout_a)

    @pytest.mark.parametrize("folder", ["train/", "train/train/"])
    def test_without_validation_records_a_fifth_is_held_out_and_its_metric_logged(
        self, tmp_path: Path, folder: str
    ) -> None:
        made, log = trained(tmp_path / "ml", {f"{folder}data.csv": text(TRAIN)})
        assert "300 of 1500 records" in log
        assert "\n[0] rmse: " in log
        definitions = json.loads((made.output / "data" / "metric_definitions.json").read_text())
        assert {"Name": "rmse", "Regex": r"rmse: ([0-9\.]+)"} in definitions


class TestCategories:
    """``categorical_index.json``."""

    def test_the_target_is_column_0(self, layout_a: Tree) -> None:
        assert "[categorical_feature: 1]" in model(layout_a)
        assert "num_cat=0" not in model(layout_a).partition("Tree=1")[0]

    @pytest.mark.parametrize(
        ("ids", "levels"),
        [
            (["3", "40", "500", "600", "700", "1000"], []),
            (["3", "40", "500", "6000", "70000", "800000"], ["3", "40", "500", "6000", "70000", "800000"]),
        ],
        ids=["small", "with large gaps"],
    )
    def test_ids_with_gaps_are_answered_as_ids_without(
        self, layout_a: Tree, tmp_path: Path, ids: list[str], levels: list[str]
    ) -> None:
        """The library keeps a bit for each number up to the largest in every split, so that large ones get codes."""

        def renamed(records: list[str]) -> str:
            cells = (record.split(",") for record in records)
            return text([",".join([a, b, ids[int(c)], d]) for a, b, c, d in cells])

        files = {
            "train/t.csv": renamed(TRAIN),
            "validation/v.csv": renamed(VALIDATION),
            "train/categorical_index.json": listed(2),
        }
        with expecting("categorical feature which contains sparse values"):
            made, _ = trained(tmp_path / "ml", files)
        assert predictions(made, f"0.5,{ids[4]},0\n", "text/csv") == predictions(layout_a, "0.5,4,0\n", "text/csv")
        signature = json.loads((made.model / "manifest.json").read_text())["signature"]
        assert signature["categories"] == {"1": levels}
        assert len(model(made)) < 2 * len(model(layout_a))

    @pytest.mark.parametrize("cell", ["6", "77", "1000000", "sixteen", "-1", "2147483646", "99999999999"])
    def test_a_category_that_training_has_not_seen_is_as_good_as_a_missing_one(self, layout_a: Tree, cell: str) -> None:
        (missing,) = predictions(layout_a, "0.5,,0\n", "text/csv")
        assert predictions(layout_a, f"0.5,{cell},0\n", "text/csv") == [missing]
        assert predictions(layout_a, "0.5,5,0\n", "text/csv") != [missing]

    def test_a_sparse_record_leaves_category_0_out(self, layout_a: Tree) -> None:
        sparse, dense = (
            predictions(layout_a, body, kind) for body, kind in (("0:1.5\n", "text/libsvm"), ("1.5,0,0\n", "text/csv"))
        )
        assert sparse == dense

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("{", "cannot be read"),
            ('{"other": [1]}', "cat_index_list"),
            ('{"cat_index_list": "1"}', "cat_index_list"),
            ('{"cat_index_list": [0, 2]}', "1 or more"),
            ('{"cat_index_list": [1.5]}', "1 or more"),
            ('{"cat_index_list": [2, 2]}', "twice"),
            ('{"cat_index_list": [4]}', "feature 4 is said to hold categories, but the records have 3 features"),
        ],
    )
    def test_a_file_that_names_no_columns_is_refused(self, tmp_path: Path, content: str, told: str) -> None:
        failure = refused(tmp_path / "ml", {"train/t.csv": text(TRAIN), "train/categorical_index.json": content})
        assert failure.startswith("ClientError")
        assert told in failure

    def test_an_empty_list_is_no_category(self, tmp_path: Path) -> None:
        made, _ = trained(tmp_path / "ml", {"train/t.csv": text(TRAIN), "train/categorical_index.json": listed()})
        assert "[categorical_feature: ]" in model(made)


class TestWords:
    """Categories that are texts."""

    def test_they_are_learned_as_well_as_numbers(self, words: Tree) -> None:
        metrics = json.loads((words.output / "data" / "evaluation.json").read_text())["metrics"]
        assert metrics["validation"]["r2"] > 0.9

    def test_the_model_directory_knows_them(self, words: Tree) -> None:
        manifest = json.loads((words.model / "manifest.json").read_text())
        assert manifest["signature"]["categories"] == {"1": sorted(WORDS)}

    def test_a_request_in_any_format_keeps_them(self, words: Tree) -> None:
        expected = predictions(words, '0.5,"l\'été",0.1\n0.5,red,0.1\n0.5,7,0.1\n', "text/csv")
        rows = [[0.5, "l'été", 0.1], [0.5, "red", 0.1], [0.5, 7, 0.1]]
        assert len(set(expected)) == 3
        assert predictions(words, {"instances": [{"features": row} for row in rows]}) == expected
        assert predictions(words, {"instances": rows}) == expected
        as_lines = "".join(json.dumps({"features": row}) + "\n" for row in rows)
        assert predictions(words, as_lines, "application/jsonlines") == expected

    @pytest.mark.parametrize("cell", ["purple", "Red", "8", 8, None])
    def test_a_word_that_training_has_not_seen_is_as_good_as_a_missing_one(self, words: Tree, cell: object) -> None:
        unseen, missing, seen = predictions(words, {"instances": [[0.5, cell, 0], [0.5, None, 0], [0.5, "red", 0]]})
        assert unseen == missing != seen

    def test_the_validation_channel_may_hold_words_that_training_has_not_seen(self, tmp_path: Path) -> None:
        files = {
            "train/t.csv": text(lines(1500, 1, words=True, known=4)),
            "validation/v.csv": text(lines(300, 2, words=True)),
            "train/categorical_index.json": listed(2),
        }
        made, log = trained(tmp_path / "ml", files)
        evaluation = json.loads((made.output / "data" / "evaluation.json").read_text())
        history = [float(value) for value in re.findall(r"^\[\d+\] rmse: ([0-9.]+)$", log, re.MULTILINE)]
        judged = evaluation["metrics"]["validation"]["rmse"]
        assert judged == pytest.approx(history[evaluation["best_iteration"]], rel=1e-5)

    def test_a_word_where_no_category_is_declared_is_refused_with_its_place(self, tmp_path: Path) -> None:
        failure = refused(tmp_path / "ml", {"train/t.csv": text(lines(20, 1, words=True))})
        assert "t.csv, line 1" in failure


class TestWeights:
    """``csv_weights``."""

    def test_the_second_column_is_the_weight_and_the_features_come_after_it(self, tmp_path: Path) -> None:
        def weighted(records: list[str], weight: str) -> str:
            return text([record.replace(",", f",{weight},", 1) for record in records])

        files = {"train/t.csv": text(TRAIN), "validation/v.csv": text(VALIDATION)}
        even, _ = trained(tmp_path / "even", files | {"train/categorical_index.json": listed(2)})
        files = {"train/t.csv": weighted(TRAIN, "1"), "validation/v.csv": weighted(VALIDATION, "1")}
        with_ones, _ = trained(tmp_path / "ones", files | {"train/categorical_index.json": listed(3)}, csv_weights="1")
        row = "0.5,5,0\n"
        assert "[categorical_feature: 1]" in model(with_ones)
        np.testing.assert_allclose(
            predictions(with_ones, row, "text/csv"), predictions(even, row, "text/csv"), rtol=1e-6
        )

    def test_the_weight_is_no_category(self, tmp_path: Path) -> None:
        files = {"train/t.csv": text(TRAIN), "train/categorical_index.json": listed(1)}
        assert "column 1 is the weight" in refused(tmp_path / "ml", files, csv_weights="1")
