"""Requests that cannot be answered: the right status, a short body without a traceback, and the server lives on."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract import runtime as runtimes
from tests.contract.logs import expecting
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.endpoint import Endpoint, Response

XGBOOST = Subject("xgboost", "xgboost")
CSV, JSON, JSONLINES = "text/csv", "application/json", "application/jsonlines"
LIBSVM, RECORDIO = "text/libsvm", "application/x-recordio-protobuf"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    tree = Tree.copy(XGBOOST.example, tmp_path_factory.mktemp("hostile") / "ml")
    exit_code, log = runtimes.run(runtimes.Processes(), ["train"], XGBOOST, tree, {})
    assert exit_code == 0, log
    with expecting("Invalid request from"), runtimes.serving(runtimes.Processes(), XGBOOST, tree, {}) as endpoint:
        yield endpoint


def _frame(payload: bytes, length: int | None = None) -> bytes:
    return struct.pack("<II", 0xCED7230A, len(payload) if length is None else length) + payload


BODIES: dict[str, tuple[str, bytes]] = {
    "empty": (CSV, b""),
    "blank": (CSV, b"\n\n"),
    "one column too few": (CSV, b"1,2,3\n"),
    "label sent along": (CSV, b"9,1,2,3,4\n"),
    "ragged": (CSV, b"1,2,3,4\n1,2,3\n"),
    "text": (CSV, b"1,2,three,4\n"),
    "header": (CSV, b"a,b,c,d\n1,2,3,4\n"),
    "header of other columns": ("text/csv; header=present", b"a,a,c,d\n1,2,3,4,5\n"),
    "infinite": (CSV, b"1,2,-inf,4\n"),
    "beyond 32 bits": (CSV, b"1,2,1e39,4\n"),
    "open quote": (CSV, b'1,"2,3,4\n'),
    "not UTF-8": (CSV, b"\xff\xfe\x00,1,2,3\n"),
    "null bytes": (CSV, b"\x00" * 100),
    "odd label_size": ("text/csv; label_size=7", b"1,2,3,4\n"),
    "JSON in CSV": (CSV, b'{"instances": [{"features": [1,2,3,4]}]}'),
    "nested list in CSV": (CSV, b"[1,2],3,4\n"),
    "yes in CSV": (CSV, b"yes,2,3,4\n"),
    "no JSON": (JSON, b"1,2,3,4"),
    "half a JSON": (JSON, b'{"instances": [{"features": [1,2'),
    "JSON number": (JSON, b"5"),
    "JSON null": (JSON, b"null"),
    "no instances": (JSON, b'{"instances": []}'),
    "instances not a list": (JSON, b'{"instances": {"features": 1}}'),
    "text feature": (JSON, b'{"instances": [{"features": ["1",2,3,4]}]}'),
    "nested feature": (JSON, b'{"instances": [{"features": [[1],2,3,4]}]}'),
    "ragged instances": (JSON, b'{"instances": [{"features": [1,2,3,4]}, {"features": [1]}]}'),
    "huge number": (JSON, b'{"instances": [{"features": [1e400,2,3,4]}]}'),
    "sparse without shape": (JSON, b'{"instances": [{"data": {"features": {"keys": [0], "values": [1]}}}]}'),
    "sparse out of shape": (
        JSON, b'{"instances": [{"data": {"features": {"keys": [9], "shape": [4], "values": [1]}}}]}',
    ),
    "deeply nested": (JSON, b"[" * 200_000 + b"]" * 200_000),
    "broken second line": (JSONLINES, b'{"features": [1,2,3,4]}\n{"features": [1,2\n'),
    "array in one line": (JSONLINES, b'[{"features": [1,2,3,4]}]\n'),
    "libsvm text": (LIBSVM, b"0:1 one:2\n"),
    "libsvm negative": (LIBSVM, b"-1:1 2:2\n"),
    "libsvm beyond the model": (LIBSVM, b"0:1 4:2\n"),
    "libsvm twice": (LIBSVM, b"0:1 0:2\n"),
    "RecordIO magic": (RECORDIO, b"\x01" * 32),
    "RecordIO cut off": (RECORDIO, _frame(b"abc", 500)),
    "RecordIO enormous": (RECORDIO, _frame(b"", 0x1FFFFFFF)),
    "RecordIO garbage": (RECORDIO, _frame(b"\xff" * 8)),
    "RecordIO without features": (RECORDIO, _frame(b"")),
}  # fmt: skip


@pytest.mark.parametrize(("content_type", "body"), BODIES.values(), ids=BODIES.keys())
def test_V07_V08_a_body_that_cannot_be_read_is_400(endpoint: Endpoint, content_type: str, body: bytes) -> None:
    _assert_refused(endpoint, endpoint.invoke(body, content_type), 400)


HEADERS: dict[str, tuple[dict[str, str], int]] = {
    "unknown type": ({"Content-Type": "text/unheard-of"}, 415),
    "the default of SDKs": ({"Content-Type": "application/octet-stream"}, 415),
    "Parquet": ({"Content-Type": "application/x-parquet"}, 415),
    "pickle": ({"Content-Type": "application/x-pickle"}, 415),
    "no type at all": ({"Content-Type": ";;;"}, 415),
    "long type": ({"Content-Type": "x" * 4000}, 415),
    "unknown charset": ({"Content-Type": "text/csv; charset=klingon"}, 415),
    "a codec of Python that is no charset": ({"Content-Type": "application/json; charset=unicode_escape"}, 415),
    "unknown answer": ({"Content-Type": CSV, "Accept": "image/png"}, 406),
    "everything excluded": ({"Content-Type": CSV, "Accept": "*/*;q=0"}, 406),
    "long wish": ({"Content-Type": CSV, "Accept": "a/b," * 900 + "c/d"}, 406),
    "unknown output": ({"Content-Type": CSV, "Accept": "text/csv; output=mood"}, 400),
}


@pytest.mark.parametrize(("headers", "status"), HEADERS.values(), ids=HEADERS.keys())
def test_V06_headers_that_cannot_be_served(endpoint: Endpoint, headers: dict[str, str], status: int) -> None:
    _assert_refused(endpoint, endpoint.request("POST", "/invocations", b"1,2,3,4\n", headers), status)


RAW: dict[str, bytes] = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "negative length": b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    "length is a word": b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
    "broken chunk": b"POST /invocations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n1\r\n0\r\n\r\n",
    "hangs up": b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 50\r\n\r\n1,2",
    "endless header": b"GET /ping HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("sent", RAW.values(), ids=RAW.keys())
def test_broken_http_does_not_hurt_the_server(endpoint: Endpoint, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=30) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(65536)
    assert b"200 OK" not in answer
    assert b"Traceback" not in answer
    assert endpoint.ping().status == 200


def test_a_good_request_is_answered_after_all_of_them(endpoint: Endpoint, tmp_path: Path) -> None:
    response = endpoint.invoke(b"1,2,3,4\n,,,\n", CSV, CSV)
    assert response.status == 200
    assert len(response.body.splitlines()) == 2


def _assert_refused(endpoint: Endpoint, response: Response, status: int) -> None:
    assert response.status == status, response.body
    assert len(response.body) < 2000
    assert json.loads(response.body)["error"]
    assert b"Traceback" not in response.body
    assert endpoint.ping().status == 200
