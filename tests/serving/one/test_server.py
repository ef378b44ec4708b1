"""The running program over HTTP, as SageMaker meets it."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from contract.media_type import MediaType
from contract.tables.data import Table
from serve.one.predictor import Predictor
from serve.settings import Settings
from tests.endpoint import Response, read_response
from tests.server_process import ServerProcess
from tests.serving.toy_models import csv_rows
from tests.toys.mean.averaging import ALGORITHM


def scores(reply: Response) -> list[float]:
    assert reply.status == 200, reply.body
    return [float(line) for line in reply.body.splitlines()]


def expected(rows: Sequence[int]) -> list[float]:
    """What ``csv_rows`` gets, within what rounding does: record i has the mean i + 1, its label is 2 * mean + 1."""
    return [2 * (row + 1) + 1 for row in rows]


def test_V01_ping_is_an_empty_200(server: ServerProcess) -> None:
    reply = server.request("GET", "/ping")
    assert (reply.status, reply.body) == (200, b"")
    assert server.request("HEAD", "/ping").status == 200
    assert server.request("POST", "/ping", b"").status == 200


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", b"0,1,2\n1,2,3\n"),
        ("text/csv; charset=utf-8", b"0,1,2\r\n1,2,3"),
        ("application/json", b'{"instances": [{"features": [0, 1, 2]}, {"features": [1, 2, 3]}]}'),
        ("application/jsonlines", b'{"features": [0, 1, 2]}\n{"features": [1, 2, 3]}\n'),
        ("text/libsvm", b"0:0 1:1 2:2\n0:1 1:2 2:3\n"),
    ],
)
def test_V04_every_content_type_gets_the_same_answer(server: ServerProcess, content_type: str, body: bytes) -> None:
    reply = server.invoke(body, content_type)
    assert reply.headers["content-type"] == "text/csv"
    assert scores(reply) == pytest.approx(expected([0, 1]), abs=0.2)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("Text/CSV; charset=utf-8, application/json;q=0.1", "text/csv"),
        ("application/jsonlines", "application/jsonlines"),
        ("application/x-recordio-protobuf", "application/x-recordio-protobuf"),
    ],
)
def test_V05_the_answer_says_what_it_is(server: ServerProcess, accept: str | None, content_type: str) -> None:
    reply = server.invoke(csv_rows(2), accept=accept)
    assert (reply.status, reply.headers["content-type"]) == (200, content_type)
    assert reply.body


def test_V06_what_cannot_be_read_or_answered_is_refused(server: ServerProcess) -> None:
    assert server.invoke(csv_rows(1), "text/plain").status == 415
    assert server.invoke(csv_rows(1), accept="image/png").status == 406
    assert server.invoke(csv_rows(1), content_type=None).status == 200


@pytest.mark.parametrize(
    "body", [b"", b"\n", b"1,2\n", b"1,2,3\n1,2\n", b"a,b,c\n", b"\xff\xfe", b"1,2,3,4\n", b'"1,2,3']
)
def test_V07_B07_a_malformed_body_is_refused_and_the_server_lives_on(server: ServerProcess, body: bytes) -> None:
    reply = server.invoke(body)
    assert 400 <= reply.status < 500
    assert len(reply.body) < 2048
    assert b"Traceback" not in reply.body
    assert server.healthy()


@pytest.mark.parametrize("megabytes", [6, 25])
def test_V10_large_requests_and_answers_work(server: ServerProcess, megabytes: int) -> None:
    rows = megabytes * 1_000_000 // 20
    reply = server.invoke(b"1000000,1000001,100\n" * rows)
    assert reply.status == 200
    assert reply.body.count(b"\n") == rows


def test_V12_ten_thousand_rows_are_answered_in_order(server: ServerProcess) -> None:
    answered = scores(server.invoke(csv_rows(10_000)))
    assert len(answered) == 10_000
    assert answered == sorted(answered)


def test_V12_the_endpoint_answers_as_the_predictor_does(server: ServerProcess, mean_settings: Settings) -> None:
    predictor = Predictor.load(mean_settings)
    predictions = predictor.steps.artifact.algorithm.predict(
        predictor.steps.artifact.model, Table(np.float32([[0, 1, 2]]))
    )
    assert np.float32(scores(server.invoke(b"0,1,2\n"))[0]) == predictions[0]


def test_V13_parallel_requests_get_their_own_answers(server: ServerProcess) -> None:
    def ask(start: int) -> list[float]:
        return scores(server.invoke(csv_rows(5, start)))

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(64)))
    for start, answered in enumerate(answers):
        assert answered == pytest.approx(expected(range(start, start + 5)), rel=0.05, abs=0.2)


def test_V14_there_is_nothing_at_other_paths(server: ServerProcess) -> None:
    for path in ("/", "/models", "/static/a", "/ping/", "/%2e%2e/etc/passwd", "/invocations?debug=1&x"):
        assert server.request("GET", path).status in (404, 405)
    assert server.request("DELETE", "/ping").status == 405
    assert server.request("BREW", "/invocations").status in (400, 405)


def test_V15_unknown_many_and_long_headers_are_harmless(server: ServerProcess) -> None:
    headers = {f"X-Amzn-SageMaker-{number}": "v" * 50 for number in range(200)} | {"X-Long": "y" * 20_000}
    headers |= {"Content-Type": "text/csv", "Accept": "text/csv", "Script-Name": "/x", "X-Forwarded-Proto": "https"}
    assert server.request("POST", "/invocations", csv_rows(1), headers).status == 200


def test_V15_what_a_proxy_would_say_about_a_request_is_not_believed(server: ServerProcess) -> None:
    contradicting = {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off", "X-Forwarded-Protocol": "ssl"}
    path = {"SCRIPT_NAME": "/invocations", "PATH_INFO": "/ping"}
    for headers in (contradicting, path):
        reply = server.request("POST", "/invocations", csv_rows(1), {"Content-Type": "text/csv", **headers})
        assert reply.status == 200
        assert reply.json()["predictions"]


def test_V15_custom_attributes_come_back(server: ServerProcess) -> None:
    headers = {"Content-Type": "text/csv", "X-Amzn-SageMaker-Custom-Attributes": "a=1; b=2"}
    reply = server.request("POST", "/invocations", csv_rows(1), headers)
    assert reply.headers["x-amzn-sagemaker-custom-attributes"] == "a=1; b=2"


def test_V20_a_connection_serves_many_requests_also_after_errors(server: ServerProcess) -> None:
    connection = server.connect()
    statuses = []
    for content_type in ("text/csv", "text/plain", "text/csv", "image/png", "text/csv"):
        connection.request("POST", "/invocations", csv_rows(1), {"Content-Type": content_type, "Accept": "text/csv"})
        statuses.append(read_response(connection).status)
    used = connection.sock
    connection.close()
    assert statuses == [200, 415, 200, 415, 200]
    assert used is not None, "the server closed the connection"


def test_V20_B06_a_chunked_body_is_read(server: ServerProcess) -> None:
    connection = server.connect()
    headers = {"Content-Type": "text/csv", "Accept": "text/csv"}
    connection.request("POST", "/invocations", iter([b"0,1", b",2\n1,", b"2,3\n"]), headers, encode_chunked=True)
    assert scores(read_response(connection)) == pytest.approx(expected([0, 1]), abs=0.2)
    connection.close()


def test_V20_a_broken_chunk_is_the_callers_fault(server: ServerProcess) -> None:
    request = (
        b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    )
    assert b" 400 " in exchange(server, request).splitlines()[0]


def test_V20_http_1_0_is_answered_and_closed(server: ServerProcess) -> None:
    request = b"POST /invocations HTTP/1.0\r\nContent-Type: text/csv\r\nContent-Length: 6\r\n\r\n0,1,2\n"
    answer = exchange(server, request)
    assert b" 200 " in answer.splitlines()[0]
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["predictions"]


def exchange(server: ServerProcess, request: bytes) -> bytes:
    """Everything that the server sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("body", [b"0,1,2", b"0,1,2\n", b"0,1,2\r\n"])
def test_B03_one_record_with_and_without_newline_is_one_row(server: ServerProcess, body: bytes) -> None:
    assert server.invoke(body).body.count(b"\n") == 1


def test_B04_B05_rows_of_several_answers_can_be_put_together(server: ServerProcess) -> None:
    together = server.invoke(csv_rows(7).rstrip()).body + server.invoke(csv_rows(3)).body
    assert len(together.splitlines()) == 10


def test_B01_execution_parameters_are_offered(server: ServerProcess) -> None:
    parameters = server.request("GET", "/execution-parameters").json()
    assert parameters["MaxConcurrentTransforms"] * parameters["MaxPayloadInMB"] <= 100


def test_N03_an_answer_in_csv_is_a_request_in_csv(server: ServerProcess) -> None:
    reply = server.invoke(csv_rows(2), accept="text/csv; output=score,rounded")
    second_stage = {"feature_count": 2, "feature_names": []}
    assert len(ALGORITHM.input.decode(reply.body, MediaType.parse(reply.headers["content-type"]), second_stage)) == 2


def test_N01_only_the_given_port_is_open(server: ServerProcess) -> None:
    assert listening_ports([server.running.pid, *server.workers()]) == {server.port}


def listening_ports(pids: Sequence[int]) -> set[int]:
    descriptors = [path for pid in pids for path in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = {str(path.readlink()).removeprefix("socket:[").rstrip("]") for path in descriptors if path.is_symlink()}
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pids[0]}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def test_V16_nothing_is_written_beside_the_model(server: ServerProcess, mean_base: Path) -> None:
    server.invoke(csv_rows(1))
    assert sorted(path.name for path in mean_base.rglob("*")) == ["manifest.json", "mean.json", "model"]


def test_V21_memory_stays_flat(server: ServerProcess) -> None:
    connection = server.connect()
    invoke_often(connection, 300)
    before = resident_bytes(server)
    invoke_often(connection, 3000)
    connection.close()
    assert resident_bytes(server) - before < 8 << 20


def invoke_often(connection: http.client.HTTPConnection, times: int) -> None:
    for _ in range(times):
        connection.request("POST", "/invocations", csv_rows(20), {"Content-Type": "text/csv"})
        assert read_response(connection).status == 200


def resident_bytes(server: ServerProcess) -> int:
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in server.workers())


def test_every_invocation_and_no_ping_is_logged(server: ServerProcess) -> None:
    before = len(server.invocations)
    server.request("GET", "/ping")
    server.invoke(csv_rows(4))
    server.invoke(b"x")
    entries = server.invocations[before:]
    assert [entry["status"] for entry in entries] == [200, 400]
    assert entries[0]["rows"] == 4


def test_the_plan_is_one_line_of_the_log(server: ServerProcess) -> None:
    lines = [line for line in server.log.splitlines() if "native thread" in line]
    assert len(lines) == 1
    assert "serving mean (regression): 2 workers" in lines[0]
    assert len(server.workers()) == 2
