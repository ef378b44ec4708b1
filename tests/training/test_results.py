"""What a job leaves for people and programs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import orjson
import pytest

from tests.contract.subject import ROOT, Subject
from tests.real_data.jobs import train

KNN = Subject("sklearn", "knn")
SETTINGS = {"k": "1", "feature_dim": "1", "predictor_type": "regressor", "sample_size": "20"}


def test_of_a_train_channel_that_is_slow_to_predict_some_records_stand_for_all(tmp_path: Path) -> None:
    assert KNN.algorithm.max_train_evaluation_records == 10_000
    rows = np.repeat(np.arange(12_000.0)[:, None], 2, axis=1)
    job = train(KNN, tmp_path / "ml", {"train": rows, "test": rows[:30]}, SETTINGS)
    assert job.evaluation["records"] == {"train": 12_000, "test": 30}
    assert job.metrics("train")["rmse"] > 0
    assert len(job.evaluation["answers"]["test"]["predictions"]) == 30
    report = (job.tree.output / "data" / "report.html").read_text()
    assert "10,000 records of the train channel, evenly spread, were judged." in report


def test_answers_are_not_told_where_only_some_records_were_judged(tmp_path: Path) -> None:
    rows = np.repeat(np.arange(12_000.0)[:, None], 2, axis=1)
    job = train(KNN, tmp_path / "ml", {"train": rows}, SETTINGS)
    assert job.evaluation["answers"] == {}


def test_of_a_large_channel_the_answers_to_the_first_hundred_thousand_records_are_told(tmp_path: Path) -> None:
    rows = np.column_stack([np.arange(100_003.0) % 7, np.arange(100_003.0)])
    job = train(Subject("tests.toys.mean", "mean"), tmp_path / "ml", {"train": rows[:50], "validation": rows}, {})
    assert job.evaluation["records"] == {"train": 50, "validation": 100_003}
    answers = job.evaluation["answers"]
    assert list(answers) == ["validation"]
    scores = [answer["score"] for answer in answers["validation"]["predictions"]]
    assert len(scores) == 100_000
    assert np.diff(scores).all(), "they are those of the first records, in order: each record has another score"


PICTURES_ALONE = """
from dataclasses import replace
from tests.toys.bars.drawing import PNG, BarsAlgorithm

class PicturesAlone(BarsAlgorithm):
    def output(self, model):
        return replace(super().output(model), accepts=(PNG,))

ALGORITHM = PicturesAlone()
"""
BYTES_ALONE = """
from contract.answer import Answer
from tests.toys.bars.drawing import BarsAlgorithm, BarsOutput

class BytesOutput(BarsOutput):
    def answer(self, predictions, batch, options):
        return Answer({"target": [picture.tobytes() for picture in predictions]})

class BytesAlone(BarsAlgorithm):
    def output(self, model):
        return BytesOutput()

ALGORITHM = BytesAlone()
"""


@pytest.mark.parametrize("module", [PICTURES_ALONE, BYTES_ALONE], ids=["accepts no JSON", "answers bytes"])
def test_a_model_whose_answers_no_json_holds_is_judged_and_they_are_not_told(tmp_path: Path, module: str) -> None:
    package, base = tmp_path / "mine" / "pictures", tmp_path / "ml"
    package.mkdir(parents=True)
    (package / "drawing.py").write_text(module)
    shutil.copytree(ROOT / "tests" / "toys" / "bars" / "example" / "bars", base)
    environment = {"ALGORITHM_FAMILY": "mine.pictures", "SAGEMAKER_BASE_DIR": str(base), "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "train"], env=environment, cwd=ROOT, check=True)
    evaluation = orjson.loads((base / "output" / "data" / "evaluation.json").read_bytes())
    assert evaluation["answers"] == {}
    assert evaluation["metrics"]["train"]["ink"] > 0


def test_the_peak_of_memory_is_told_for_the_choice_of_an_instance(tmp_path: Path) -> None:
    settings = {**SETTINGS, "sample_size": "5"}
    rows = np.repeat(np.arange(5.0)[:, None], 2, axis=1)
    job = train(KNN, tmp_path / "ml", {"train": rows}, settings)
    peak = job.evaluation["peak_memory_bytes"]
    assert 10e6 < peak < 10e9
    told = re.search(r"the job took \d+\.\d s and at most (\d+) MB of memory", job.log)
    assert told is not None
    assert int(told.group(1)) >= int(peak / 1e6)
