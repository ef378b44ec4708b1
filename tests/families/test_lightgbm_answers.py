"""What a lightgbm endpoint answers: the bodies that SageMaker's documentation and notebooks show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract.answer import RequestOptions
from contract.builtins.problem import Problem, ProblemOutput
from contract.errors import NotAcceptable, UnsupportedContentType
from contract.tables.data import Table
from serve.one.predictor import Predictor
from tests.families.lightgbm_jobs import table
from tests.families.test_lightgbm_channels import predictor, text, trained

REQUEST = b"0.53,12,0,3.1\n0.11,4,1,2.2"
"""The request of the documentation."""
JSON, VERBOSE = "application/json", "application/json;verbose"


def records(kind: Any) -> str:
    data = table(kind)
    rows = np.column_stack([np.asarray(data.label), np.asarray(data.features)])
    return text([",".join(f"{cell:g}" for cell in row) for row in rows])


@pytest.fixture(scope="module", params=["regression", "binary_classification", "multiclass_classification"])
def endpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Predictor]:
    files = {"train/t.csv": records(request.param)}
    made, _ = trained(tmp_path_factory.mktemp("answers") / "ml", files)
    return request.param, predictor(made)


@pytest.fixture(scope="module")
def regression(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    made, _ = trained(tmp_path_factory.mktemp("regression") / "ml", {"train/t.csv": records("regression")})
    return predictor(made)


def test_the_documented_request_gives_the_documented_keys_and_structure(endpoint: tuple[str, Predictor]) -> None:
    kind, predict = endpoint
    answer = json.loads(predict(REQUEST, "text/csv", JSON).body)
    if kind == "regression":
        assert list(answer) == ["prediction"]
        assert [type(value) for value in answer["prediction"]] == [float, float]
        return
    assert list(answer) == ["probabilities"]
    width = 2 if kind == "binary_classification" else 3
    assert [len(row) for row in answer["probabilities"]] == [width, width]
    assert [sum(row) for row in answer["probabilities"]] == pytest.approx([1, 1])


def test_the_verbose_form_adds_the_labels(endpoint: tuple[str, Predictor]) -> None:
    kind, predict = endpoint
    answer = json.loads(predict(REQUEST, "text/csv", VERBOSE).body)
    if kind == "regression":
        assert list(answer) == ["prediction"]
        return
    assert list(answer) == ["probabilities", "predicted_label"]
    assert answer["predicted_label"] == [int(np.argmax(row)) for row in answer["probabilities"]]
    assert all(type(label) is int for label in answer["predicted_label"])


def test_json_is_what_is_answered_to_csv_when_nothing_is_said(regression: Predictor) -> None:
    answer = regression(REQUEST)
    assert answer.media_type == JSON
    assert answer.body == regression(REQUEST, "text/csv", JSON).body


def test_V12_a_row_alone_is_answered_as_in_a_batch(endpoint: tuple[str, Predictor]) -> None:
    _, predict = endpoint
    rows = [",".join(f"{cell:g}" for cell in row) for row in np.asarray(table(rows=100, seed=8).features)]
    together = predict("\n".join(rows).encode(), "text/csv", "text/csv").body.splitlines()
    assert together == [predict(row.encode(), "text/csv", "text/csv").body.strip() for row in rows]


def test_one_record_is_answered_as_a_list_too(regression: Predictor) -> None:
    assert len(json.loads(regression(b"0.53,12,0,3.1").body)["prediction"]) == 1


def test_the_documented_bodies_byte_for_byte() -> None:
    def body(problem: Problem, predictions: Any, verbose: bool = False) -> str:
        output = ProblemOutput(problem)
        rows = Table(np.zeros((len(predictions), 4), np.float32))
        return output.encode(
            output.answer(np.asarray(predictions), rows, RequestOptions(verbose=verbose)), JSON
        ).decode()

    binary = Problem("binary_classification", 2)
    probabilities = [[0.91, 0.09], [0.22, 0.78]]
    assert json.loads(body(binary, probabilities)) == {"probabilities": probabilities}
    assert json.loads(body(binary, probabilities, verbose=True)) == {
        "probabilities": probabilities,
        "predicted_label": [0, 1],
    }
    assert body(Problem("regression"), [3.2, 5.1]).replace(" ", "") == '{"prediction":[3.2,5.1]}'


@pytest.mark.parametrize("content_type", ["image/png", "application/x-parquet"])
def test_V05_other_content_types_are_refused(regression: Predictor, content_type: str) -> None:
    with pytest.raises(UnsupportedContentType):
        regression(REQUEST, content_type)


def test_V06_other_answers_are_refused(regression: Predictor) -> None:
    with pytest.raises(NotAcceptable):
        regression(REQUEST, "text/csv", "image/png")


def test_entries_that_a_sparse_record_leaves_out_are_zero_as_the_library_reads_them(regression: Predictor) -> None:
    expected = regression(b"0,1.5,0,-2\n", "text/csv").body
    assert regression(b"0 1:1.5 3:-2\n", "text/libsvm").body == expected
    assert regression(b"0.5,1.5,0,-2\n", "text/csv").body != expected


def test_the_model_directory_says_what_it_is(tmp_path: Path) -> None:
    made, _ = trained(tmp_path / "ml", {"train/t.csv": records("binary_classification")})
    manifest = json.loads((made.model / "manifest.json").read_text())
    assert manifest["task"] == "binary classification"
    assert manifest["classes"] == [0, 1]
    assert set(manifest["versions"]) == {"lightgbm", "numpy"}
    assert {path.name for path in made.model.iterdir()} == {"manifest.json", "model.txt", "report.html"}
