"""A model is judged part by part, and little is kept of what it predicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as reference

from contract.answer import USUAL, RequestOptions
from contract.errors import AlgorithmError
from contract.tables.data import Table
from tests.families.evaluation import evaluate
from tests.toys.mean.averaging import Mean, MeanModel
from tests.toys.medians.typical import Typical
from tests.toys.wrong_row_count.forgetting import WrongRowCount
from train import evaluation
from train.evaluation import KeptPredictions

ROOT = Path(__file__).parents[2]
MODEL = MeanModel(2.0, 0.5, 1.0)
COLUMNS = 8
CHANNEL_BYTES = 160 << 20


def table(records: int) -> Table:
    random = np.random.default_rng(0)
    return Table(random.normal(size=(records, 2)).astype(np.float32), random.gamma(2, 3, records).astype(np.float32))


@pytest.fixture(scope="module")
def large_channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of a label, a score that knows something of it, and features that nobody looks at."""
    path = tmp_path_factory.mktemp("channel") / "rows"
    random = np.random.default_rng(0)
    with path.open("wb") as file:
        for _ in range(CHANNEL_BYTES // (4 * COLUMNS) >> 16):
            rows = np.zeros((1 << 16, COLUMNS), np.float32)
            rows[:, 0] = random.random(1 << 16) < 0.3
            rows[:, 1] = (random.random(1 << 16) + 0.3 * rows[:, 0]) / 1.3
            file.write(rows.data)
    return path


@pytest.mark.parametrize("kind", ["regression", "binary"])
def test_a_channel_of_ten_times_the_memory_is_judged(large_channel: Path, kind: str) -> None:
    command = [sys.executable, "-m", "tests.training.large_channel", large_channel, COLUMNS, CHANNEL_BYTES // 10, kind]
    ended = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "MALLOC_TRIM_THRESHOLD_": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    rows = np.fromfile(large_channel, np.float32).reshape(-1, COLUMNS)
    label, score = rows[:, 0], rows[:, 1]
    if kind == "binary":
        assert found["auc"] == pytest.approx(reference.roc_auc_score(label, score), rel=1e-9)
    else:
        assert found["median_absolute_error"] == np.median(np.abs(label.astype(np.float64) - score))


def test_an_algorithm_says_how_many_records_are_predicted_at_once() -> None:
    seen: list[int] = []

    class Watched(Typical):
        evaluation_batch_size: ClassVar[int] = 4

        def predict(self, model: MeanModel, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
            seen.append(len(batch))
            return super().predict(model, batch, options)

    data = table(10)
    found, predictions = evaluate(Watched(), MODEL, data)
    assert seen == [4, 4, 2]
    whole, at_once = evaluate(Mean(), MODEL, data)
    assert np.array_equal(predictions, at_once)
    assert {name: found.metrics[name] for name in whole.metrics} == pytest.approx(whole.metrics, rel=1e-12)


def test_a_metric_that_is_no_mean_over_records_is_that_of_the_whole_channel() -> None:
    data = table(11)
    found, predictions = evaluate(Typical(), MODEL, data)
    errors = np.abs(data.labels.astype(np.float64) - predictions)
    assert found.metrics["median_absolute_error"] == pytest.approx(np.median(errors), rel=1e-12)
    assert found.metrics["missed_share"] == pytest.approx(errors.sum() / np.abs(data.labels).sum(), rel=1e-6)


def test_a_record_without_a_prediction_is_the_algorithm_s_fault() -> None:
    with pytest.raises(AlgorithmError, match="mean predicted 9 records where there are 10"):
        evaluate(WrongRowCount(), MODEL, table(10))


def kept(most: int, *parts: Any) -> Any:
    found = KeptPredictions(most)
    for part in parts:
        found.add(part)
    return found.all()


def test_arrays_of_another_size_in_each_part_are_kept_as_a_list() -> None:
    found = kept(10, np.zeros((2, 3)), np.ones((1, 5)))
    assert [len(prediction) for prediction in found] == [3, 3, 5]


def test_of_the_predictions_so_many_are_kept_from_the_first_on() -> None:
    parts = np.arange(5.0), np.arange(5.0, 9)
    assert kept(7, *parts).tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert kept(5, *parts).tolist() == [0, 1, 2, 3, 4]
    assert kept(100, *parts).tolist() == list(range(9))
    assert len(kept(0, *parts)) == 0


def test_predictions_that_are_no_arrays_are_kept_as_a_list() -> None:
    assert kept(3, ["a", "bc"], ["d", "e"]) == ["a", "bc", "d"]


@pytest.mark.parametrize(
    ("parts", "fits"),
    [
        ((np.zeros((3, 5)), np.zeros((3, 5))), 4),
        (([np.zeros(5), np.zeros(5), np.zeros(100)], [np.zeros(1)]), 2),
        (([b"x" * 90, [b"y" * 90]], [b"z"]), 1),
    ],
    ids=["arrays", "arrays of different size", "bytes"],
)
def test_predictions_that_are_large_are_kept_up_to_a_share_of_the_memory(
    monkeypatch: pytest.MonkeyPatch, parts: Any, fits: int
) -> None:
    monkeypatch.setattr(evaluation, "memory_bytes", lambda: (4 * 40 + 30) / evaluation.KEPT_SHARE)
    assert len(kept(100, *parts)) == fits


def test_one_prediction_is_kept_whatever_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "memory_bytes", lambda: 1)
    assert len(kept(100, np.zeros((3, 5)), np.zeros((3, 5)))) == 1
