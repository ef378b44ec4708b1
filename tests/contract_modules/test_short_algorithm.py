"""What an algorithm need not say: an algorithm that says no more than it must, and what it has all the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from contract import declaration
from contract.algorithm import Algorithm
from contract.answer import USUAL, RequestOptions
from contract.context import Context
from contract.errors import RequestError
from contract.hyperparameters import Hyperparameters
from contract.metrics import Direction, mean
from contract.tables.data import Table
from contract.tables.formats import FORMATS
from contract.tables.input import TableInput
from contract.tables.output import TableOutput

BATCH = Table(np.ones((2, 3), np.float32), label=np.array([1, 2], np.float32))
PREDICTIONS = np.array([[1, 2], [3, 4]])


class RangeOutput(TableOutput):
    extra_metrics: ClassVar = {"width": mean(lambda label, predictions: predictions[:, 1] - predictions[:, 0])}

    def columns(self, predictions: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        return {"low": predictions[:, 0], "high": predictions[:, 1]}

    def compared(self, predictions: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(predictions.mean(axis=1))


class Range(Algorithm[Hyperparameters, Table, NDArray[Any]]):
    name: ClassVar[str] = "range"
    Hyperparameters = Hyperparameters
    input = TableInput[Hyperparameters]()
    metrics: ClassVar[Mapping[str, Direction | None]] = {"mae": "Minimize", "r2": "Maximize", "width": None}
    libraries: Sequence[str] = ("numpy",)

    def fit(self, params: Hyperparameters, train: Table, validation: Table | None, context: Context) -> NDArray[Any]:
        return np.array([train.labels.min(), train.labels.max()])

    def predict(self, model: NDArray[Any], batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        return np.tile(model, (len(batch), 1))

    def output(self, model: NDArray[Any]) -> RangeOutput:
        return RangeOutput()

    def save(self, model: NDArray[Any], directory: Path) -> None:
        np.save(directory / "range.npy", model)

    def load(self, directory: Path) -> NDArray[Any]:
        return np.asarray(np.load(directory / "range.npy"))


def test_its_metrics_stand_in_the_log_as_those_of_the_first_party_algorithms() -> None:
    told = {entry["name"]: entry for entry in declaration.metrics(Range())}
    assert told["validation:mae"]["regex"] == r"#quality_metric: host=\S+, validation mae <loss>=(\S+)"
    assert "r2 <score>" in told["validation:r2"]["regex"]
    assert "width <score>" in told["validation:width"]["regex"]
    line = Range().metric_log.lines("algo-1", None, {"train": {"mae": 0.5}})[0]
    assert "#quality_metric: host=algo-1, train mae <loss>=0.5" in line


def test_its_channels_are_of_every_format_that_is_read_csv_where_none_is_named() -> None:
    assert set(Range.input.content_types) == set(FORMATS)
    assert Range.input.content_types[0] == "text/csv"


def test_its_answers_hold_all_columns_or_those_that_are_wanted_in_that_order() -> None:
    output = RangeOutput()
    assert (output.task, list(output.classes)) == ("regression", [])
    assert list(output.answer(PREDICTIONS, BATCH, RequestOptions()).columns) == ["low", "high"]
    chosen = output.answer(PREDICTIONS, BATCH, RequestOptions(wanted=("high", "low")))
    assert output.encode(chosen, "text/csv") == b"2,1\n4,3\n"
    assert json.loads(output.encode(chosen, "application/json")) == {
        "predictions": [{"high": 2, "low": 1}, {"high": 4, "low": 3}]
    }
    with pytest.raises(RequestError, match="unknown output middle; choose from low, high"):
        output.answer(PREDICTIONS, BATCH, RequestOptions(wanted=("low", "middle")))


def test_it_is_judged_as_a_regression_by_the_numbers_that_it_names_and_by_metrics_of_its_own() -> None:
    evaluator = RangeOutput().evaluator(2)
    evaluator.add(PREDICTIONS[:1], BATCH.take(np.array([0])))
    evaluator.add(np.array([[3, 6]]), BATCH.take(np.array([1])))
    found = evaluator.result()
    assert found.metrics == {"rmse": found.metrics["mse"] ** 0.5, "mae": 1.5, "mse": 3.25, "r2": -12, "width": 2}
    assert [figure.title for figure in found.figures] == ["Predicted against actual", "Residuals"]


def test_a_channel_without_labels_is_not_judged() -> None:
    evaluator = RangeOutput().evaluator(2)
    evaluator.add(PREDICTIONS, Table(BATCH.features))
    assert (evaluator.result().metrics, evaluator.result().figures) == ({}, ())


def test_an_answer_that_is_one_number_is_called_prediction() -> None:
    assert list(TableOutput().columns(np.array([1.0, 2.0]))) == ["prediction"]
