from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest
from flask.testing import FlaskClient

from serve.http.app import create_app
from serve.http.gate import BodyBudget, Gate, PredictionSlots, RequestSlots
from serve.one.endpoint import SingleModelEndpoint
from serve.one.plan import execution_parameters
from serve.one.predictor import Predictor
from serve.settings import Settings
from tests.serving.toy_models import csv_rows, write_model

MakeClient = Callable[..., FlaskClient]


@pytest.fixture
def client(mean_settings: Settings) -> FlaskClient:
    return client_of(Predictor.load(mean_settings))


def client_of(predictor: Predictor, slots: int = 4, max_bytes: int | None = None) -> FlaskClient:
    gate = Gate(RequestSlots(slots), BodyBudget(1 << 30), PredictionSlots(1, 30))
    endpoint = SingleModelEndpoint(predictor, gate, max_bytes, execution_parameters(2, max_bytes))
    return create_app(endpoint.routes).test_client()


def log_line(capture: pytest.CaptureFixture[str]) -> dict[str, object]:
    (line,) = capture.readouterr().out.splitlines()
    entry: dict[str, object] = json.loads(line)
    return entry


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_V01_ping_answers_200_with_an_empty_body(client: FlaskClient, method: str) -> None:
    reply = client.open("/ping", method=method)
    assert (reply.status_code, reply.data) == (200, b"")


def test_B01_execution_parameters_are_json(client: FlaskClient) -> None:
    reply = client.get("/execution-parameters")
    assert reply.content_type == "application/json"
    assert reply.json == {"MaxConcurrentTransforms": 2, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}


def test_V14_an_unknown_path_is_404_and_a_wrong_method_405(client: FlaskClient) -> None:
    assert client.get("/").status_code == 404
    assert client.get("/static/x").status_code == 404
    wrong = client.get("/invocations")
    assert (wrong.status_code, wrong.json) == (405, {"error": "Method Not Allowed"})
    assert "POST" in wrong.headers["Allow"]
    assert client.delete("/ping").status_code == 405


@pytest.mark.parametrize(
    ("content_type", "accept", "body", "status"),
    [
        ("text/plain", None, b"1,2,3\n", 415),
        ("application/octet-stream", None, b"1,2,3\n", 415),
        ("text/csv", "image/png", b"1,2,3\n", 406),
        ("text/csv", None, b"", 400),
        ("text/csv", None, b"1,2\n", 400),
        ("text/csv", None, b"a,b,c\n", 400),
        ("application/json", None, b"{", 400),
        ("text/csv", None, b"1,2,3\n" * 1000, 413),
    ],
)
def test_V07_a_mistake_of_the_caller_has_its_status_and_a_short_reason(
    mean_settings: Settings, content_type: str, accept: str | None, body: bytes, status: int
) -> None:
    client = client_of(Predictor.load(mean_settings), max_bytes=1000)
    headers = {"Accept": accept} if accept else {}
    reply = client.post("/invocations", data=body, content_type=content_type, headers=headers)
    assert reply.status_code == status
    assert reply.json is not None
    assert list(reply.json) == ["error"]
    assert len(reply.data) < 2048
    assert "Traceback" not in reply.text


@pytest.mark.parametrize("toy", ["wrong_row_count", "predicts_nan", "raises_in_predict"])
def test_V09_an_internal_fault_is_500_with_its_trace_in_the_log_only(
    tmp_path: Path, toy: str, caplog: pytest.LogCaptureFixture
) -> None:
    write_model(tmp_path / "model", toy)
    client = client_of(Predictor.load(Settings(family=f"tests.toys.{toy}", base=tmp_path)))
    with caplog.at_level(logging.ERROR, "serve"):
        reply = client.post("/invocations", data=csv_rows(1), content_type="text/csv")
    assert reply.status_code == 500
    assert len(reply.data) < 2048
    assert "secret" not in reply.text
    assert "Traceback" not in reply.text
    assert "Traceback" in caplog.text


def test_a_request_that_finds_no_slot_is_told_to_come_back(mean_settings: Settings) -> None:
    reply = client_of(Predictor.load(mean_settings), slots=0).post("/invocations", data=csv_rows(1))
    assert reply.status_code == 503
    assert reply.headers["Retry-After"] == "1"


def test_a_mistake_of_a_caller_is_answered_while_all_slots_are_taken(mean_settings: Settings) -> None:
    client = client_of(Predictor.load(mean_settings), slots=0)
    assert client.post("/invocations", data=b"x", content_type="text/plain").status_code == 415


@pytest.mark.parametrize("attributes", ["trace=42; tenant=a", "x" * 1024])
def test_V15_custom_attributes_come_back(client: FlaskClient, attributes: str) -> None:
    headers = {"X-Amzn-SageMaker-Custom-Attributes": attributes}
    reply = client.post("/invocations", data=csv_rows(1), headers=headers)
    assert reply.headers["X-Amzn-SageMaker-Custom-Attributes"] == attributes


@pytest.mark.parametrize("attributes", ["", "tschüß", "x" * 1025])
def test_V15_custom_attributes_that_are_none_are_dropped(client: FlaskClient, attributes: str) -> None:
    headers = {"X-Amzn-SageMaker-Custom-Attributes": attributes}
    reply = client.post("/invocations", data=csv_rows(1), headers=headers)
    assert reply.status_code == 200
    assert "X-Amzn-SageMaker-Custom-Attributes" not in reply.headers


def test_an_invocation_is_one_line_of_json_with_its_stages(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    headers = {"Accept": "text/csv", "X-Amzn-SageMaker-Inference-Id": "id-7"}
    began = perf_counter()
    reply = client.post("/invocations", data=csv_rows(3), content_type="text/csv", headers=headers)
    passed_ms = (perf_counter() - began) * 1e3
    entry = log_line(capfd)
    stages = [float(str(entry[stage])) for stage in STAGES]
    assert min(stages) > 0
    assert sum(stages) <= float(str(entry.pop("total_ms"))) + 0.01 <= passed_ms + 0.01
    assert {key: entry[key] for key in entry if key not in (*STAGES, "time")} == {
        "status": 200, "rows": 3, "bytes_in": 18, "bytes_out": len(reply.data), "content_type": "text/csv",
        "accept": "text/csv", "inference_id": "id-7",
    }  # fmt: skip


STAGES = ("decode_ms", "predict_ms", "encode_ms")


def test_a_refused_invocation_is_logged_with_its_reason(client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    client.post("/invocations", data=b"1\n", content_type="text/csv", headers={"Accept": "text/csv;x=" + "y" * 5000})
    entry = log_line(capfd)
    assert entry["status"] == 400
    assert "expected 3 features" in str(entry["error"])
    assert len(json.dumps(entry)) < 1000


def test_pings_are_not_logged(client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    client.get("/ping")
    assert capfd.readouterr().out == ""
