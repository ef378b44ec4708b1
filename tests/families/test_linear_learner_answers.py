"""What a linear-learner endpoint answers to the documented requests, and the file of its model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from containers.sklearn import model_file
from containers.sklearn.linear_learner.algorithm import ALGORITHM
from containers.sklearn.linear_learner.losses import Loss
from containers.sklearn.linear_learner.model import LinearModel
from contract.errors import ArtifactError, RequestError
from contract.tables.data import Table
from tests.families import asking
from tests.families.linear_learner_jobs import fit, matrix, params, table
from tests.formats import samples
from tests.media_types import CSV, JSON, JSONLINES, RECORDIO

SHARES = [0.1, 0.2, 0.4, 0.3]
REQUESTS = {
    "csv": (CSV, b"1.5,16.0,14.0,23.0"),
    "json": (JSON, b'{"instances": [{"features": [1.5, 16.0, 14.0, 23.0]}]}'),
    "json in its long form": (JSON, b'{"instances": [{"data": {"features": {"values": [1.5, 16.0, 14.0, 23.0]}}}]}'),
    "jsonlines": (JSONLINES, b'{"features": [1.5, 16.0, 14.0, 23.0]}'),
    "recordio": (RECORDIO, samples.as_recordio(np.array([[1.5, 16, 14, 23]]))),
    "sparse recordio": (RECORDIO, samples.as_sparse_recordio(np.array([[1.5, 16, 14, 23]]))),
}
ANSWERS = {
    "binary_classifier": {"score": 0.4, "predicted_label": 0},
    "multiclass_classifier": {"score": [0.1, 0.2, 0.4, 0.3], "predicted_label": 2},
    "regressor": {"score": 0.4},
}


def constant(predictor: str, width: int = 4, **changes: object) -> LinearModel:
    """A model that answers as the documentation's samples do, whatever it is asked."""
    loss, bias = {
        "binary_classifier": ("logistic", [np.log(0.4 / 0.6)]),
        "multiclass_classifier": ("softmax_loss", np.log(SHARES)),
        "regressor": ("squared_loss", [0.4]),
    }[predictor]
    model = LinearModel(
        predictor, Loss(loss), np.zeros((width, len(bias))), np.array(bias), 0.5, np.empty(0), 0.0, 1.0,
        np.ones(width), 1.0, 3,
    )  # fmt: skip
    return replace(model, **changes)  # type: ignore[arg-type]


def respond(model: LinearModel, body: bytes, content_type: str, accept: str) -> bytes:
    """Request to answer, as an endpoint goes."""
    return asking.respond(ALGORITHM, model, len(model.weights), body, content_type, accept)


@pytest.mark.parametrize(("content_type", "body"), REQUESTS.values(), ids=REQUESTS.keys())
@pytest.mark.parametrize("predictor", ANSWERS)
def test_every_documented_request_gets_the_documented_answer(predictor: str, content_type: str, body: bytes) -> None:
    answer = json.loads(respond(constant(predictor), body, content_type, JSON))
    assert answer == {"predictions": [ANSWERS[predictor]]}
    assert list(answer["predictions"][0]) == list(ANSWERS[predictor])


def test_each_documented_json_body_is_read_as_it_stands() -> None:
    weights = np.array([[1000.0], [100.0], [10.0], [1.0]])
    model = constant("regressor", weights=weights, bias=np.array([0.0]))
    expected = b'{"predictions":[{"score":3263.0}]}'
    assert respond(model, b'{"instances": [{"features": [1.5, 16.0, 14.0, 23.0]}]}', JSON, JSON) == expected
    long = b'{"instances": [{"data": {"features": {"values": [1.5, 16.0, 14.0, 23.0]}}}]}'
    assert respond(model, long, JSON, JSON) == expected
    two = constant("regressor", width=2, weights=weights[:2], bias=np.array([0.0]))
    short = b'{"instances": [{"data": {"features": {"values": [1.5, 16.0]}}}]}'
    assert respond(two, short, JSON, JSON) == b'{"predictions":[{"score":3100.0}]}'


@pytest.mark.parametrize(
    "body",
    [
        b'{"instances": [{"data": {"features": {"values": [1.5, 16.0]}}, "configuration": {}}]}',
        b'{"instances": [{"configuration": {"k": 2}, "data": {"features": {"values": [1.5, 16.0]}}}]}',
        b'{"instances": [{"data": {"features": {"values": [1.5, 16.0]}}}], "configuration": {"k": 2}}',
    ],
)
def test_a_configuration_may_stand_beside_the_data(body: bytes) -> None:
    model = constant("regressor", width=2, weights=np.array([[100.0], [1.0]]), bias=np.array([0.0]))
    assert respond(model, body, JSON, JSON) == b'{"predictions":[{"score":166.0}]}'


@pytest.mark.parametrize(
    ("predictor", "text"),
    [
        ("binary_classifier", b'{"predictions":[{"score":0.4,"predicted_label":0}]}'),
        ("multiclass_classifier", b'{"predictions":[{"score":[0.1,0.2,0.4,0.3],"predicted_label":2}]}'),
        ("regressor", b'{"predictions":[{"score":0.4}]}'),
    ],
)
def test_json_is_written_like_the_sample(predictor: str, text: bytes) -> None:
    assert respond(constant(predictor), *reversed(REQUESTS["json"]), JSON) == text


@pytest.mark.parametrize(
    ("predictor", "line"),
    [
        ("binary_classifier", b'{"score":0.4,"predicted_label":0}\n'),
        ("multiclass_classifier", b'{"score":[0.1,0.2,0.4,0.3],"predicted_label":2}\n'),
        ("regressor", b'{"score":0.4}\n'),
    ],
)
def test_jsonlines_have_an_object_a_record(predictor: str, line: bytes) -> None:
    two = b'{"features": [1.5, 16.0, 14.0, 23.0]}\n{"features": [1.5, 16.0, 14.0, 23.0]}\n'
    assert respond(constant(predictor), two, JSONLINES, JSONLINES) == line * 2


@pytest.mark.parametrize("predictor", ANSWERS)
def test_recordio_has_a_float32_tensor_for_every_key(predictor: str) -> None:
    entries = {key: value if isinstance(value, list) else [value] for key, value in ANSWERS[predictor].items()}
    tensors = (samples.vector(2, samples.tensor("float32", value), key) for key, value in entries.items())
    assert respond(constant(predictor), *reversed(REQUESTS["csv"]), RECORDIO) == samples.framed(b"".join(tensors))


def test_csv_is_answered_with_score_and_label() -> None:
    assert respond(constant("binary_classifier"), *reversed(REQUESTS["csv"]), CSV) == b"0.4,0\n"
    assert respond(constant("regressor"), b"1,2,3,4\n5,6,7,8\n", CSV, CSV) == b"0.4\n0.4\n"


def test_the_shortest_sample_of_jsonlines_is_read() -> None:
    body = b'{"features": [1.5, 16.0]}'
    assert respond(constant("regressor", width=2), body, JSONLINES, JSONLINES) == b'{"score":0.4}\n'


def test_a_sparse_request_is_zero_where_nothing_is_written() -> None:
    body = b'{"instances": [{"data": {"features": {"keys": [26, 182], "shape": [2000], "values": [1, 1]}}}]}'
    weights = np.zeros((2000, 1))
    weights[[26, 182, 5], 0] = 2, 3, 100
    model = constant("regressor", width=2000, weights=weights, bias=np.array([0.5]))
    assert respond(model, body, JSON, JSON) == b'{"predictions":[{"score":5.5}]}'


def test_json_is_the_default_answer_and_no_request_may_lack_a_value() -> None:
    assert ALGORITHM.output(constant("regressor")).accepts[0] == JSON
    with pytest.raises(RequestError, match="record 1, feature 2: the value is missing"):
        respond(constant("regressor"), b"1,,3,4\n", CSV, JSON)
    with pytest.raises(RequestError, match="leave the label out"):
        respond(constant("regressor"), b"0,1,2,3,4\n", CSV, JSON)


def test_the_label_0_or_1_depends_on_the_threshold() -> None:
    lowered = constant("binary_classifier", threshold=0.39)
    assert json.loads(respond(lowered, *reversed(REQUESTS["csv"]), JSON)) == {
        "predictions": [{"score": 0.4, "predicted_label": 1}]
    }


def test_the_score_of_hinge_loss_is_the_margin() -> None:
    data = table("binary_classifier")
    model = fit(params("binary_classifier", loss="hinge_loss"), data)
    margins = np.asarray(data.features, np.float64) @ model.weights[:, 0] + model.bias[0]
    np.testing.assert_allclose(ALGORITHM.predict(model, data), margins, rtol=1e-6)
    assert margins.min() < 0 < 1 < margins.max()


@pytest.mark.parametrize("predictor", ANSWERS)
def test_V12_a_record_is_answered_the_same_alone_and_in_any_batch(predictor: str) -> None:
    model = fit(params(predictor), table(predictor))
    rows = matrix(seed=11)
    batch = ALGORITHM.predict(model, Table(rows))
    alone = np.concatenate([ALGORITHM.predict(model, Table(rows[at : at + 1])) for at in range(len(rows))])
    np.testing.assert_array_equal(alone, batch)
    assert batch.dtype == np.float32


@pytest.mark.parametrize("predictor", ANSWERS)
def test_features_beyond_measure_give_finite_scores(predictor: str) -> None:
    model = fit(params(predictor), table(predictor))
    rows = np.array([[3e38] * 4, [-3e38] * 4, [3e38, -3e38, 3e38, -3e38]], np.float32)
    assert np.isfinite(ALGORITHM.predict(model, Table(rows))).all()


@pytest.mark.parametrize("predictor", ANSWERS)
def test_a_model_is_the_same_after_a_trip_through_its_file(predictor: str, tmp_path: Path) -> None:
    model = fit(
        params(predictor, positive_example_weight_mult="2", balance_multiclass_weights="true"), table(predictor)
    )
    ALGORITHM.save(model, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model_algo-1"]
    loaded = ALGORITHM.load(tmp_path)
    for name in LinearModel.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(loaded, name), getattr(model, name))
    assert ALGORITHM.output(loaded).task == ALGORITHM.output(model).task


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"format": "kmeans 1"}, "format is 'kmeans 1', which is none of linear-learner 1"),
        ({"alpha": 1}, "has no format: it is of another algorithm"),
        ({"format": "linear-learner 1", "weights": np.zeros((2, 1))}, "has no predictor_type"),
    ],
)
def test_another_file_is_refused(content: object, message: str, tmp_path: Path) -> None:
    model_file.save(tmp_path, content)
    with pytest.raises(ArtifactError, match=message):
        ALGORITHM.load(tmp_path)


def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    constant("regressor", bias=np.zeros(3)).save(tmp_path)
    with pytest.raises(ArtifactError, match="bias is 3 long where other fields have 1"):
        ALGORITHM.load(tmp_path)
