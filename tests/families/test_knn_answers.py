"""What a knn endpoint reads and answers, how it is judged, and what the log says of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from containers.sklearn.knn.algorithm import ALGORITHM
from containers.sklearn.knn.answers import NeighbourOutput
from containers.sklearn.knn.model import NeighbourModel
from contract.answer import RequestOptions
from contract.errors import ChannelError, RequestError
from contract.figures import Matrix, Scatter
from contract.source import Source
from contract.tables.data import Table
from tests.families.evaluation import evaluate
from tests.families.knn_jobs import fit, params, predicted, respond, table
from tests.formats import samples
from tests.media_types import CSV, JSON, JSONLINES, RECORDIO

ROWS = np.array([[1.2, 1.3, 9.6, 20.3], [1, 2, 3, 4]], np.float32)
REQUESTS = {
    "csv": (CSV, b"1.2,1.3,9.6,20.3\n1,2,3,4\n"),
    "csv without a Content-Type": (None, b"1.2,1.3,9.6,20.3\n1,2,3,4\n"),
    "csv that says that it has no label": ("text/csv; label_size=0", b"1.2,1.3,9.6,20.3\n1,2,3,4"),
    "csv that says its encoding": ("text/csv;label_size=0;encoding=utf-8", b"1.2,1.3,9.6,20.3\n1,2,3,4"),
    "json": (JSON, b'{"instances": [{"features": [1.2, 1.3, 9.6, 20.3]}, {"features": [1, 2, 3, 4]}]}'),
    "json in its long form": (
        JSON,
        b'{"instances": [{"data": {"features": {"values": [1.2, 1.3, 9.6, 20.3]}}}, '
        b'{"data": {"features": {"values": [1, 2, 3, 4]}}, "configuration": {}}]}',
    ),
    "sparse json": (
        JSON,
        b'{"instances": [{"data": {"features": {"keys": [0, 1, 2, 3], "shape": [4], "values": [1.2, 1.3, 9.6, 20.3]}}},'
        b' {"data": {"features": {"keys": [3, 1, 2, 0], "shape": [4], "values": [4, 2, 3, 1]}}}]}',
    ),
    "jsonlines": (JSONLINES, b'{"features": [1.2, 1.3, 9.6, 20.3]}\n{"features": [1, 2, 3, 4]}\n'),
    "recordio": (RECORDIO, samples.as_recordio(ROWS)),
    "sparse recordio": (RECORDIO, samples.as_sparse_recordio(ROWS)),
}
NEAR = np.array([[[3.11, 3.89, 6.32], [0, 1, 0]]], np.float32)
VERBOSE = b'{"predicted_label":0.0,"distances":[3.11,3.89,6.32],"labels":[0.0,1.0,0.0]}'


@pytest.fixture(scope="module")
def model() -> NeighbourModel:
    """The first request is nearest to records of class 0, the second is itself one of class 2."""
    records = [[1, 1, 10, 20], [2, 1, 10, 20], [1, 2, 3, 4], [1, 2, 3, 5], [1, 2, 3, 6]]
    return fit(Table(np.array(records, np.float32), np.array([0, 0, 2, 2, 1], np.float32)), k="3")


@pytest.mark.parametrize(("content_type", "body"), REQUESTS.values(), ids=REQUESTS.keys())
def test_every_request_is_answered_as_in_the_documentation(
    model: NeighbourModel, content_type: str, body: bytes
) -> None:
    expected = json.loads('{"predictions": [{"predicted_label": 0.0}, {"predicted_label": 2.0}]}')
    assert json.loads(respond(body, content_type, JSON, model)) == expected


def test_json_writes_labels_as_floats(model: NeighbourModel) -> None:
    expected = b'{"predictions":[{"predicted_label":0.0},{"predicted_label":2.0}]}'
    assert respond(REQUESTS["csv"][1], CSV, JSON, model) == expected
    assert respond(REQUESTS["csv"][1], CSV, None, model) == expected


def test_jsonlines_have_an_object_a_record(model: NeighbourModel) -> None:
    assert respond(REQUESTS["csv"][1], CSV, JSONLINES, model) == b'{"predicted_label":0.0}\n{"predicted_label":2.0}\n'


def test_csv_has_the_label_alone_and_with_verbose_distances_and_labels_behind_it(model: NeighbourModel) -> None:
    assert respond(b"1,2,3,4\n", CSV, CSV, model) == b"2.0\n"
    assert respond(b"1,2,3,4\n", CSV, "text/csv; verbose=true", model) == b"2.0,0.0,1.0,4.0,2.0,2.0,1.0\n"


@pytest.mark.parametrize("parameter", [";verbose=true", "; verbose=true", " ; verbose=true", ";  Verbose=True"])
def test_verbose_is_a_parameter_of_accept_with_or_without_a_blank(model: NeighbourModel, parameter: str) -> None:
    record = b'{"predicted_label":2.0,"distances":[0.0,1.0,4.0],"labels":[2.0,2.0,1.0]}'
    assert respond(b"1,2,3,4\n", CSV, JSON + parameter, model) == b'{"predictions":[' + record + b"]}"
    assert respond(b"1,2,3,4\n1,2,3,4", CSV, JSONLINES + parameter, model) == (record + b"\n") * 2


@pytest.mark.parametrize("parameter", ["", ";verbose=false", "; verbose=False"])
def test_an_answer_is_short_unless_it_is_asked_for_more(model: NeighbourModel, parameter: str) -> None:
    assert respond(b"1,2,3,4\n", CSV, JSON + parameter, model) == b'{"predictions":[{"predicted_label":2.0}]}'


@pytest.mark.parametrize("content_type", [f"{CSV};verbose=true", f"{CSV}; verbose=true"])
def test_verbose_in_the_content_type_asks_for_nothing(model: NeighbourModel, content_type: str) -> None:
    assert respond(b"1,2,3,4\n", content_type, JSON, model) == b'{"predictions":[{"predicted_label":2.0}]}'


def encoded(accept: str, verbose: bool) -> bytes:
    output = NeighbourOutput("classifier", np.array([0, 1], np.float32))
    return output.encode(output.answer(NEAR, Table(ROWS[:1]), RequestOptions(verbose=verbose)), accept)


def test_the_verbose_answer_is_the_documented_one() -> None:
    assert json.loads(encoded(JSON, verbose=True)) == json.loads(
        '{"predictions": [{"predicted_label": 0.0, "distances": [3.11, 3.89, 6.32], "labels": [0.0, 1.0, 0.0]}]}'
    )
    assert encoded(JSON, verbose=True) == b'{"predictions":[' + VERBOSE + b"]}"
    assert encoded(JSONLINES, verbose=True) == VERBOSE + b"\n"


@pytest.mark.parametrize("verbose", [False, True])
def test_recordio_has_a_float32_tensor_for_each_of_them(verbose: bool) -> None:
    entries = {"predicted_label": [0.0], "distances": NEAR[0, 0], "labels": NEAR[0, 1]}
    wanted = list(entries)[: 3 if verbose else 1]
    tensors = [samples.vector(2, samples.tensor("float32", entries[name]), name) for name in wanted]
    assert encoded(RECORDIO, verbose) == samples.framed(b"".join(tensors))


def test_json_is_the_default_answer_and_csv_the_default_request(model: NeighbourModel) -> None:
    assert ALGORITHM.output(model).accepts[0] == JSON
    assert set(ALGORITHM.output(model).accepts) == {JSON, JSONLINES, CSV, RECORDIO}
    assert list(ALGORITHM.input.request_types) == [CSV, JSON, JSONLINES, RECORDIO]
    assert set(ALGORITHM.input.content_types) == {CSV, RECORDIO}


def read(folder: Path, content_type: str, body: bytes) -> Table:
    (folder / "data").write_bytes(body)
    return ALGORITHM.input.read(Source("train", folder, (folder / "data",), content_type), params(), None)


@pytest.mark.parametrize("content_type", [CSV, "text/csv;label_size=1", "text/csv; label_size=1"])
def test_the_first_column_of_a_channel_is_the_label(content_type: str, tmp_path: Path) -> None:
    found = read(tmp_path, content_type, b"4,1.2,1.3,9.6,20.3\n")
    assert found.label is not None
    assert (found.label.tolist(), found.width) == ([4], 4)
    np.testing.assert_array_equal(np.asarray(found.features), ROWS[:1])


@pytest.mark.parametrize("write", [samples.as_recordio, samples.as_sparse_recordio])
def test_recordio_channels_carry_the_label_beside_the_features(write: Any, tmp_path: Path) -> None:
    found = read(tmp_path, RECORDIO, write(ROWS, np.array([4.0, 1.0])))
    assert found.label is not None
    assert found.label.tolist() == [4, 1]
    np.testing.assert_array_equal(np.asarray(found.features), ROWS)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("text/csv;label_size=0", b"1.2,1.3,9.6,20.3\n"), (RECORDIO, samples.as_recordio(ROWS))],
)
def test_records_without_a_label_are_refused(content_type: str, body: bytes, tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="no label"):
        read(tmp_path, content_type, body)


def test_a_missing_value_in_a_channel_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="'train', record 2, feature 3: the value is missing"):
        read(tmp_path, CSV, b"4,1.2,1.3,9.6,20.3\n4,1.2,1.3,,20.3\n")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (CSV, b"1.2,1.3,,20.3\n"),
        (JSON, b'{"instances": [{"features": [1.2, 1.3, null, 20.3]}]}'),
        (JSONLINES, b'{"features": [1.2, 1.3, null, 20.3]}\n'),
    ],
)
def test_a_missing_value_in_a_request_is_refused_with_its_place(
    model: NeighbourModel, content_type: str, body: bytes
) -> None:
    with pytest.raises(RequestError, match="record 1, feature 3: the value is missing"):
        respond(body, content_type, JSON, model)


def test_a_request_with_a_label_is_refused_with_both_widths(model: NeighbourModel) -> None:
    with pytest.raises(RequestError, match=r"expected 4 features a record, got 5 \(leave the label out"):
        respond(b"4,1.2,1.3,9.6,20.3\n", CSV, JSON, model)


def test_a_classifier_is_judged_as_by_scikit_learn() -> None:
    model, test = fit(table(classes=3)), table(classes=3, seed=2)
    chosen = predicted(model, test)
    evaluation, _ = evaluate(ALGORITHM, model, test, "test")
    assert list(evaluation.metrics)[:2] == ["accuracy", "macro_f_1.000"]
    assert evaluation.metrics == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(test.label, chosen),
            "macro_f_1.000": metrics.f1_score(test.label, chosen, average="macro"),
            "balanced_accuracy": metrics.balanced_accuracy_score(test.label, chosen),
            "precision_macro": metrics.precision_score(test.label, chosen, average="macro"),
            "recall_macro": metrics.recall_score(test.label, chosen, average="macro"),
        }
    )
    (matrix,) = evaluation.figures
    assert isinstance(matrix, Matrix)


def test_a_regressor_is_judged_as_by_scikit_learn() -> None:
    model, test = fit(table(classes=9), predictor_type="regressor"), table(classes=9, seed=2)
    chosen = predicted(model, test)
    evaluation, _ = evaluate(ALGORITHM, model, test, "test")
    squares = metrics.mean_squared_error(test.label, chosen)
    expected = {
        "mse": squares,
        "rmse": squares**0.5,
        "mae": metrics.mean_absolute_error(test.label, chosen),
        "r2": metrics.r2_score(test.label, chosen),
    }
    assert evaluation.metrics == pytest.approx(expected, rel=1e-6)
    assert all(isinstance(figure, Scatter) for figure in evaluation.figures)


def test_a_test_channel_may_have_labels_that_no_indexed_record_has(model: NeighbourModel) -> None:
    evaluation, _ = evaluate(ALGORITHM, model, Table(ROWS, np.array([0, 7.5], np.float32)), "test")
    assert evaluation.metrics["accuracy"] == 0.5


@pytest.mark.parametrize(
    ("predictor", "metric", "regex"),
    [
        ("classifier", "accuracy", r"#quality_metric: host=\S+, test accuracy <score>=(\S+)"),
        ("classifier", "macro_f_1.000", r"#quality_metric: host=\S+, test macro_f_1.000 <score>=(\S+)"),
        ("regressor", "mse", r"#quality_metric: host=\S+, test mse <loss>=(\S+)"),
    ],
)
def test_the_documented_regexes_find_the_metrics_in_the_log(predictor: str, metric: str, regex: str) -> None:
    evaluation, _ = evaluate(ALGORITHM, fit(table(), predictor_type=predictor), table(seed=2), "test")
    value = evaluation.metrics[metric]
    text = "\n".join(ALGORITHM.metric_log.lines("algo-1", None, {"test": evaluation.metrics}))
    assert re.findall(regex, text) == [str(value)]
    assert f"#test_score (algo-1) : ('{metric}', {value})" in text
    definition = ALGORITHM.metric_log.definition("test", metric)
    assert definition is not None
    assert definition["Name"] == f"test:{metric}"
    assert re.findall(definition["Regex"], text) == [str(value)]


def test_without_a_test_channel_the_log_says_so() -> None:
    lines = ALGORITHM.metric_log.lines("algo-1", None, {"train": {"accuracy": 1.0}})
    assert lines[-1].endswith("Test data is not provided.")
    assert not any("#test_score" in line for line in lines)
