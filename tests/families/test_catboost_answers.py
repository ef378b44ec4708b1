"""What a catboost endpoint answers: the requests and answers that SageMaker's documentation shows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from containers.catboost.boosting import ALGORITHM
from contract.answer import RequestOptions
from contract.builtins.problem import Kind
from contract.errors import RequestError
from contract.tables.data import Table
from serve.one.predictor import Predictor
from tests.families.catboost_jobs import KINDS, csv, fit, params, run_job, table

SAMPLE = b"0.53,12,0,3.1\n0.11,4,1,2.2"
JSON = "application/json"


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Predictor]:
    """One finished job of each kind of problem."""
    folder = tmp_path_factory.mktemp("jobs")
    return {kind: run_job(folder / kind, {"training/data.csv": csv(table(kind))}) for kind in KINDS}


def answer(predictor: Predictor, accept: str | None, body: bytes = SAMPLE) -> Any:
    return json.loads(predictor(body, "text/csv", accept).body)


@pytest.mark.parametrize("accept", [None, "*/*", JSON])
@pytest.mark.parametrize(("kind", "classes"), [("binary_classification", 2), ("multiclass_classification", 3)])
def test_a_classification_answers_the_probabilities_of_all_classes(
    endpoints: dict[Kind, Predictor], kind: Kind, classes: int, accept: str | None
) -> None:
    document = answer(endpoints[kind], accept)
    assert list(document) == ["probabilities"]
    assert np.shape(document["probabilities"]) == (2, classes)
    np.testing.assert_allclose(np.sum(document["probabilities"], axis=1), 1)


@pytest.mark.parametrize("kind", ["binary_classification", "multiclass_classification"])
def test_a_verbose_classification_answers_the_labels_too(endpoints: dict[Kind, Predictor], kind: Kind) -> None:
    document = answer(endpoints[kind], "application/json;verbose")
    assert list(document) == ["probabilities", "predicted_label"]
    assert document["predicted_label"] == np.argmax(document["probabilities"], axis=1).tolist()
    assert all(type(label) is int for label in document["predicted_label"])


def test_the_documented_answers_are_written_as_they_are_documented() -> None:
    binary = ALGORITHM.output(fit(params(), table("binary_classification")))
    two, rows = np.array([[0.9, 0.1]]), Table(np.zeros((1, 4), np.float32))
    plain, verbose = (binary.answer(two, rows, RequestOptions(verbose=verbose)) for verbose in (False, True))
    assert json.loads(binary.encode(plain, JSON)) == {"probabilities": [[0.9, 0.1]]}
    assert json.loads(binary.encode(verbose, JSON)) == {"probabilities": [[0.9, 0.1]], "predicted_label": [0]}
    values = ALGORITHM.output(fit(params(), table()))
    both = values.answer(np.array([12.4, 7.7]), Table(np.zeros((2, 4), np.float32)), RequestOptions())
    assert json.loads(values.encode(both, JSON)) == {"prediction": [12.4, 7.7]}


@pytest.mark.parametrize("accept", [None, JSON, "application/json;verbose"])
def test_a_regression_answers_a_flat_list(endpoints: dict[Kind, Predictor], accept: str | None) -> None:
    document = answer(endpoints["regression"], accept)
    assert list(document) == ["prediction"]
    assert np.shape(document["prediction"]) == (2,)


def test_one_record_is_answered_in_the_same_shape(endpoints: dict[Kind, Predictor]) -> None:
    one = b"0.53,12,0,3.1\n"
    assert np.shape(answer(endpoints["regression"], None, one)["prediction"]) == (1,)
    assert np.shape(answer(endpoints["binary_classification"], None, one)["probabilities"]) == (1, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_V12_a_prediction_does_not_depend_on_its_batch(kind: Kind) -> None:
    data = table(kind, rows=333)
    model = fit(params(), table(kind))
    together = ALGORITHM.predict(model, data)
    for size in (1, 7, 130):
        parts = [ALGORITHM.predict(model, part) for part in data.parts(size)]
        np.testing.assert_array_equal(np.concatenate(parts), together)


def test_csv_and_json_requests_are_answered_alike(endpoints: dict[Kind, Predictor]) -> None:
    for kind, predictor in endpoints.items():
        body = b'{"instances": [{"features": [0.53, 12, 0, 3.1]}, {"features": [0.11, 4, 1, 2.2]}]}'
        assert predictor(body, JSON, JSON).body == predictor(SAMPLE, "text/csv", JSON).body, kind


def test_an_empty_cell_is_a_missing_value(endpoints: dict[Kind, Predictor]) -> None:
    body = b'{"instances": [{"features": [0.53, null, 0, 3.1]}]}'
    predictor = endpoints["regression"]
    assert predictor(body, JSON, JSON).body == predictor(b"0.53,,0,3.1", "text/csv", JSON).body


def test_V07_a_record_of_another_width_is_refused(endpoints: dict[Kind, Predictor]) -> None:
    with pytest.raises(RequestError, match="expected 4 features a record, got 5"):
        endpoints["regression"](b"1,0.53,12,0,3.1", "text/csv", None)


@pytest.mark.parametrize("content_type", ["text/libsvm", "libsvm", "text/x-libsvm"])
def test_sparse_records_are_read_by_every_name_of_their_format(
    endpoints: dict[Kind, Predictor], content_type: str
) -> None:
    predictor = endpoints["regression"]
    assert predictor(b"0 0:0.53 3:3.1\n", content_type, JSON).body == predictor(b"0.53,0,0,3.1", "text/csv", JSON).body
