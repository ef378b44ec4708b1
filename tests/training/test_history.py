"""The metrics of a job: printed, kept and completed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from containers.xgboost.metric_names import XGBoostLog
from contract.quality_log import QualityLog
from tests.contract.runtime import Processes, run
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from train.history import History

XGBOOST = Subject("xgboost", "xgboost")


def test_the_final_metrics_are_completed_by_those_of_the_best_round(capsys: pytest.CaptureFixture[str]) -> None:
    history = History(XGBoostLog(), "algo-1")
    history.add(0, {"train": {"ndcg": 0.5}})
    history.add(1, {"train": {"ndcg": 0.7}, "validation": {"ndcg": 0.6}})
    found = history.finish(1, {"train": {"rmse": 2.0}})
    assert found == {"train": {"ndcg": 0.7, "rmse": 2.0}, "validation": {"ndcg": 0.6}}
    assert capsys.readouterr().out.splitlines()[-1] == (
        "[1] #011train-ndcg:0.7 #011train-rmse:2 #011validation-ndcg:0.6"
    )


def test_a_quiet_history_prints_nothing_and_keeps_everything(capsys: pytest.CaptureFixture[str]) -> None:
    history = History(QualityLog(), "algo-2", quiet=True)
    history.add(1, {"train": {"loss": 0.4}})
    history.add(0, {"train": {"loss": 0.5}})
    assert history.finish(None, {"train": {"loss": 0.3}}) == {"train": {"loss": 0.3}}
    assert capsys.readouterr().out == ""
    assert history.curves() == {"loss": {"train": ([0, 1], [0.5, 0.4])}}


def test_metrics_that_were_printed_are_defined_for_a_tuner_unless_its_log_advertises_none() -> None:
    history = History(QualityLog(quiet={"secret"}), "algo-1")
    history.finish(None, {"test": {"secret": 1.0, "accuracy": 0.5, "undefined": math.nan}})
    assert [definition["Name"] for definition in history.definitions()] == ["test:accuracy"]


def test_numbers_that_are_none_are_neither_printed_nor_kept(capsys: pytest.CaptureFixture[str]) -> None:
    history = History(XGBoostLog(), "algo-1")
    history.add(0, {"train": {"auc": math.nan, "mape": math.inf, "mae": 1.0}})
    assert history.finish(0, {}) == {"train": {"mae": 1.0}}
    assert capsys.readouterr().out == "[0] #011train-mae:1\n" * 2


def test_numbers_of_numpy_are_printed_as_all_others(capsys: pytest.CaptureFixture[str]) -> None:
    history = History(QualityLog(), "algo-1")
    assert type(history.finish(None, {"test": {"coverage": np.float32(0.5)}})["test"]["coverage"]) is float
    assert "test coverage <score>=0.5\n" in capsys.readouterr().out


def test_a_metric_that_the_data_does_not_define_leaves_a_manifest_that_everybody_can_read(tmp_path: Path) -> None:
    tree = Tree.copy(XGBOOST.example, tmp_path / "ml").set(eval_metric="mape,rmse")
    lines = tree.channel_file("validation").read_text().splitlines()
    tree.channel_file("validation").write_text("".join("0" + line[line.index(",") :] + "\n" for line in lines))
    exit_code, log = run(Processes(), ["train"], XGBOOST, tree, {})
    assert exit_code == 0, log
    text = (tree.model / "manifest.json").read_text()
    assert "NaN" not in text
    assert "Infinity" not in text
    assert "rmse" in json.loads(text)["metrics"]["validation"]


def test_the_scores_of_a_cross_validation_are_in_the_evaluation(tmp_path: Path) -> None:
    tree = Tree.copy(XGBOOST.example, tmp_path / "ml").set(_kfold="3", eval_metric="rmse")
    channels = tree.read_config("inputdataconfig")
    tree.write_config("inputdataconfig", {"train": channels["train"]})
    exit_code, log = run(Processes(), ["train"], XGBOOST, tree, {})
    assert exit_code == 0, log
    evaluation = json.loads((tree.output / "data" / "evaluation.json").read_text())
    assert evaluation["metrics"]["validation"]["rmse"] > evaluation["metrics"]["train"]["rmse"]
