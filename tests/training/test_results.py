"""What a job leaves for people and programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.contract.subject import Subject
from tests.real_data.jobs import train

KNN = Subject("sklearn", "knn")
SETTINGS = {"k": "1", "feature_dim": "1", "predictor_type": "regressor", "sample_size": "20"}


def test_of_a_train_channel_that_is_slow_to_predict_some_records_stand_for_all(tmp_path: Path) -> None:
    assert KNN.algorithm.judged_records == 10_000
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
