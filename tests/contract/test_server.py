"""Sections V, B and N of the checklist, as far as they are the server's: whatever the algorithm is."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Sequence

import pytest

from tests.contract import runtime as runtimes
from tests.contract.conftest import Case, Trained
from tests.contract.records import UNREADABLE, Records, answers, invoke
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.endpoint import Endpoint
from tests.media_types import CSV, JSON, JSONLINES, RECORDIO

pytestmark = pytest.mark.any_algorithm


def test_V03_without_a_model_directory_no_server_is_healthy_and_the_log_says_why(case: Case, tree: Tree) -> None:
    tree.model.rmdir()
    exit_code, log = runtimes.run(case.runtime, ["serve"], case.subject, tree, {})
    assert exit_code != 0
    assert "model" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("accept", [None, "", "*/*"])
def test_V05_without_a_wish_the_default_is_answered(endpoint: Endpoint, records: Records, accept: str | None) -> None:
    default = invoke(endpoint, records[:1])
    response = invoke(endpoint, records[:1], accept)
    assert response.status == 200
    assert (response.content_type, response.body) == (default.content_type, default.body)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("APPLICATION/JSON", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/x-unheard-of, application/jsonlines;q=0.3", JSONLINES),
        ("text/csv;q=0.2, application/json;q=0.9", JSON),
        ("application/x-unheard-of, */*;q=0.1", None),
    ],
)
def test_V05_lists_case_and_parameters_of_accept_are_understood(
    endpoint: Endpoint, records: Records, accepts: Sequence[str], accept: str, expected: str | None
) -> None:
    if expected and expected not in accepts:
        pytest.skip("the algorithm does not write it")
    default = invoke(endpoint, records[:1]).content_type
    response = invoke(endpoint, records[:1], accept)
    assert response.status == 200, response.body
    assert response.content_type == (expected or default)


def test_V05_the_default_accept_can_be_set(
    case: Case, trained: Trained, records: Records, accepts: Sequence[str]
) -> None:
    with case.serving(trained.tree, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT=accepts[-1]) as endpoint:
        assert invoke(endpoint, records).content_type == accepts[-1]


def test_V06_an_unknown_accept_is_406_and_an_unknown_content_type_415(endpoint: Endpoint, records: Records) -> None:
    assert invoke(endpoint, records[:1], "application/x-unheard-of").status == 406
    unknown = endpoint.invoke(records[:1].body(), "application/octet-stream")
    assert unknown.status == 415
    assert records.content_type.encode() in unknown.body


MALFORMED = {
    "ragged": (b"1,2,3,4\n1,2\n", CSV),
    "not JSON": (b"{", JSON),
    "JSON of another shape": (b'{"rows": 1}', JSON),
    "JSON bomb": (b"[" * 100_000, JSON),
    "broken line": (b'{"features": [1,2,3,4]}\n{', JSONLINES),
    "not RecordIO": (b"1,2,3,4", RECORDIO),
}


@pytest.mark.parametrize(("body", "content_type"), MALFORMED.values(), ids=MALFORMED.keys())
def test_V07_a_malformed_body_is_400_with_a_short_message_and_the_server_lives_on(
    endpoint: Endpoint, subject: Subject, body: bytes, content_type: str
) -> None:
    if content_type not in subject.algorithm.input.request_types:
        pytest.skip("the algorithm does not read it")
    response = endpoint.invoke(body, content_type)
    assert response.status == 400, response.body
    assert 0 < len(response.body) < 2000
    assert b"Traceback" not in response.body
    assert endpoint.ping().status == 200


def test_V11_an_oversized_body_is_413(case: Case, trained: Trained, records: Records) -> None:
    allowed = records[:1].body()
    with case.serving(trained.tree, MAX_CONTENT_LENGTH=str(len(allowed) + 100)) as endpoint:
        assert endpoint.invoke(allowed * 100, records.content_type).status == 413
        assert endpoint.invoke(allowed, records.content_type).status == 200


def test_V14_unknown_paths_and_wrong_methods_are_refused_without_a_page(endpoint: Endpoint) -> None:
    unknown, wrong = endpoint.request("GET", "/no-such-path"), endpoint.request("GET", "/invocations")
    assert unknown.status == 404
    assert wrong.status in (404, 405)
    assert b"<html" not in unknown.body.lower() + wrong.body.lower()


def test_V15_many_and_long_headers_are_harmless(endpoint: Endpoint, records: Records) -> None:
    headers = {f"X-Custom-{number}": "v" * 100 for number in range(40)} | {"X-Long": "x" * 4000}
    response = endpoint.invoke(records[:1].body(), records.content_type, **headers)
    assert response.status == 200


def test_V15_custom_attributes_come_back(endpoint: Endpoint, records: Records) -> None:
    sent = {"X-Amzn-SageMaker-Custom-Attributes": "trace=42"}
    response = endpoint.invoke(records[:1].body(), records.content_type, **sent)
    assert response.headers[next(iter(sent)).lower()] == "trace=42"


def test_V20_keep_alive_chunked_bodies_and_closing_connections_work(endpoint: Endpoint, records: Records) -> None:
    sent, content_type = records[:1].body(), records.content_type
    expected = endpoint.invoke(sent, content_type).body
    headers = {"Content-Type": content_type}
    assert endpoint.request("POST", "/invocations", iter([sent[:5], sent[5:]]), headers).body == expected
    with socket.create_connection(("127.0.0.1", endpoint.port)) as connection:
        head = f"POST /invocations HTTP/1.0\r\nContent-Type: {content_type}\r\nContent-Length: {len(sent)}\r\n\r\n"
        connection.sendall(head.encode() + sent)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.endswith(expected)


def test_the_users_output_fn_takes_the_place_of_ours_and_the_rest_stays(
    case: Case, trained: Trained, tree: Tree, records: Records
) -> None:
    shutil.copytree(trained.tree.model, tree.model, dirs_exist_ok=True)
    (tree.model / "code").mkdir()
    program = "def output_fn(predictions, accept): return f'{accept} {len(predictions)}'"
    (tree.model / "code" / "inference.py").write_text(program)
    with case.serving(tree) as endpoint:
        response = invoke(endpoint, records, "text/x-own")
        assert response.body.decode() == f"text/x-own {len(records.requests()[0])}"
        assert endpoint.invoke(UNREADABLE, records.content_type).status == 400


def test_a_model_packed_one_folder_too_deep_is_found(case: Case, trained: Trained, tree: Tree) -> None:
    shutil.copytree(trained.tree.model, tree.model / "model")
    with case.serving(tree) as endpoint:
        assert endpoint.ping().status == 200


def test_V23_a_model_of_a_newer_format_fails_with_the_versions(case: Case, trained: Trained, tree: Tree) -> None:
    shutil.copytree(trained.tree.model, tree.model, dirs_exist_ok=True)
    manifest = json.loads((tree.model / "manifest.json").read_text())
    (tree.model / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    exit_code, log = runtimes.run(case.runtime, ["serve"], case.subject, tree, {})
    assert exit_code != 0
    assert "format 99" in log


@pytest.mark.parametrize("flag", ["true", "True"])
def test_B02_B07_a_batch_job_answers_as_an_endpoint_does(
    case: Case, trained: Trained, endpoint: Endpoint, records: Records, flag: str
) -> None:
    variables = {
        "SAGEMAKER_BATCH": flag,
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "6",
        "SAGEMAKER_BATCH_STRATEGY": "MULTI_RECORD",
    }
    with case.serving(trained.tree, **variables) as batch:
        assert answers(batch, records) == answers(endpoint, records)
        assert batch.invoke(UNREADABLE, records.content_type).status == 400
        assert batch.ping().status == 200


def test_N01_the_server_listens_on_the_port_that_it_is_given_and_on_no_other(endpoint: Endpoint) -> None:
    assert endpoint.port != 8080
    assert endpoint.ping().status == 200
    assert ":8080" not in endpoint.program.log()


def test_V09_the_log_has_one_json_line_a_request_and_none_for_pings(
    case: Case, trained: Trained, records: Records
) -> None:
    with case.serving(trained.tree) as endpoint:
        invoke(endpoint, records[:1])
        runtimes.wait_for_text(endpoint.program, '"status"')
        log = endpoint.program.log()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert len(lines) == 1
    assert lines[0]["rows"] == 1
    assert {"decode_ms", "predict_ms", "encode_ms"} <= set(lines[0])
    assert "/ping" not in log
