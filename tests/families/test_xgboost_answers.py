"""What an xgboost endpoint answers: the bodies that SageMaker's documentation and container show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from containers.xgboost.answers import XGBoostOutput
from containers.xgboost.boosting import ALGORITHM
from contract.answer import RequestOptions
from contract.errors import RequestError
from contract.media_type import MediaType
from contract.tables import formats
from contract.tables.data import Table
from contract.tables.formats import recordio
from contract.tables.formats.layout import RecordLayout
from tests.media_types import CSV, JSON, JSONLINES, RECORDIO

TWO = np.array([0.12, 0.87], dtype=np.float32)
SOFTPROB = np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]], dtype=np.float32)


def body(objective: str, predictions: Any, accept: str, *wanted: str, batch: bool = False) -> str:
    """The encoded answer as text."""
    output = XGBoostOutput(objective, 3 if objective.startswith("multi:") else 0)
    rows = Table(np.zeros((len(predictions), 1), dtype=np.float32))
    answer = output.answer(np.asarray(predictions, dtype=np.float32), rows, RequestOptions(wanted, batch=batch))
    return output.encode(answer, accept).decode(errors="replace")


def test_csv_has_one_row_a_line() -> None:
    assert body("reg:squarederror", TWO, CSV) == "0.12\n0.87\n"


def test_csv_of_softprob_has_a_cell_a_class() -> None:
    assert body("multi:softprob", SOFTPROB, CSV) == "0.1,0.2,0.7\n0.5,0.3,0.2\n"


def test_csv_of_a_batch_transform_has_the_classes_in_brackets() -> None:
    assert body("multi:softprob", SOFTPROB, CSV, batch=True) == "[0.1, 0.2, 0.7]\n[0.5, 0.3, 0.2]\n"
    assert body("reg:squarederror", TWO, CSV, batch=True) == "0.12\n0.87\n"


def test_json_names_the_score() -> None:
    assert body("binary:logistic", TWO, JSON) == '{"predictions":[{"score":0.12},{"score":0.87}]}'
    assert body("multi:softprob", SOFTPROB[:1], JSON) == '{"predictions":[{"score":[0.1,0.2,0.7]}]}'


def test_jsonlines_have_an_object_a_record() -> None:
    assert body("binary:logistic", TWO, JSONLINES) == '{"score":0.12}\n{"score":0.87}\n'


def test_the_class_of_hinge_and_softmax_is_a_float() -> None:
    assert body("binary:hinge", [1, 0], CSV) == "1.0\n0.0\n"
    assert body("multi:softmax", [2, 0], JSON) == '{"predictions":[{"score":2.0},{"score":0.0}]}'


def test_selected_json() -> None:
    expected = '{"predictions":[{"predicted_label":1,"probabilities":[0.25,0.75]}]}'
    assert body("binary:logistic", [0.75], JSON, "predicted_label", "probabilities") == expected
    assert body("binary:logistic", [0.75], JSONLINES, "predicted_label", "probabilities") == (
        '{"predicted_label":1,"probabilities":[0.25,0.75]}\n'
    )


def test_selected_csv_keeps_the_order_and_quotes_lists() -> None:
    assert body("binary:logistic", [0.75], CSV, "predicted_label", "probabilities") == '1,"[0.25, 0.75]"\n'
    assert body("binary:logistic", [0.75], CSV, "probability", "predicted_label") == "0.75,1\n"


def test_selected_recordio_has_a_tensor_a_name() -> None:
    output = XGBoostOutput("binary:logistic", 0)
    rows = Table(np.zeros((2, 1), dtype=np.float32))
    answer = output.answer(TWO, rows, RequestOptions(("predicted_label", "probabilities")))
    encoded = output.encode(answer, RECORDIO)
    assert encoded.count(b"predicted_label") == 2
    assert encoded.count(b"probabilities") == 2


def test_recordio_answers_are_records_with_the_score_as_a_label() -> None:
    encoded = XGBoostOutput("reg:squarederror", 0)
    rows = Table(np.zeros((2, 1), dtype=np.float32))
    data = encoded.encode(encoded.answer(TWO, rows, RequestOptions()), RECORDIO)
    assert data[:4] == bytes.fromhex("0a23d7ce")
    assert data.count(b"score") == 2
    with pytest.raises(Exception, match="record 1"):
        recordio.decode(data, MediaType(RECORDIO), RecordLayout())  # an answer has no features


@pytest.mark.parametrize(
    ("objective", "prediction", "expected"),
    [
        (
            "binary:logistic",
            0.5,
            {"predicted_label": 0, "probability": 0.5, "raw_score": 0.5, "raw_scores": [0.5, 0.5]},
        ),
        ("binary:logistic", 0.75, {"predicted_label": 1, "labels": [0, 1], "probabilities": [0.25, 0.75]}),
        ("binary:logitraw", 0.25, {"predicted_label": 1, "raw_score": 0.25, "raw_scores": [0.75, 0.25]}),
        ("binary:logitraw", -1.5, {"predicted_label": 0, "raw_scores": [2.5, -1.5], "probability": None}),
        ("binary:hinge", 1.0, {"predicted_label": 1, "raw_score": 1.0, "probabilities": None}),
        ("multi:softmax", 2.0, {"predicted_label": 2, "labels": [0, 1, 2], "raw_score": 2.0, "probability": None}),
        ("reg:squarederror", 3.5, {"predicted_score": 3.5, "predicted_label": None, "probability": None}),
        ("reg:gamma", 3.5, {"predicted_score": 3.5}),
    ],
)
def test_each_objective_fills_the_names_that_have_a_meaning_for_it(
    objective: str, prediction: float, expected: dict[str, Any]
) -> None:
    import json

    found = json.loads(body(objective, [prediction], JSON, *expected))["predictions"][0]
    assert found == expected
    assert list(found) == list(expected)


def test_softprob_answers_with_the_winner() -> None:
    import json

    names = ("predicted_label", "labels", "probability", "probabilities", "raw_score", "raw_scores")
    found = json.loads(body("multi:softprob", SOFTPROB[:1], JSON, *names))["predictions"][0]
    assert found == {
        "predicted_label": 2, "labels": [0, 1, 2], "probability": 0.7, "probabilities": [0.1, 0.2, 0.7],
        "raw_score": 0.7, "raw_scores": [0.1, 0.2, 0.7],
    }  # fmt: skip


def test_a_name_without_meaning_is_nan_in_csv() -> None:
    assert body("reg:squarederror", [3.5], CSV, "predicted_score", "probability") == "3.5,nan\n"


def test_unknown_names_and_objectives_without_a_choice_are_refused() -> None:
    with pytest.raises(RequestError, match=r"mood.*predicted_label"):
        body("binary:logistic", TWO, CSV, "mood")
    with pytest.raises(RequestError, match="rank:ndcg"):
        body("rank:ndcg", TWO, CSV, "predicted_score")


@pytest.mark.parametrize("name", ["csv", "text/csv", "libsvm", "text/libsvm", "text/x-libsvm", "recordio-protobuf"])
def test_requests_may_use_every_name_of_their_format(name: str) -> None:
    assert name in ALGORITHM.input.request_types
    assert name in formats.TRAINING
