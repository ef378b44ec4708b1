"""The address of a pipeline, over a stand-in for the containers: what it refuses, and that it stays quiet."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from local_test.endpoint import LocalEndpoint
from local_test.errors import EndpointError
from local_test.invocation import InvocationResponse, get, ping, post
from local_test.pipeline import LocalPipeline
from local_test.process_runtime import ProcessRuntime
from local_test.reverse_proxy import MAX_BYTES, ReverseProxy

CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"
SIZED = "Content-Length: "


class Echo:
    """Answers what it is asked, once ``patience`` is set; ``failure`` is what /execution-parameters raises."""

    def __init__(self) -> None:
        self.asked, self.patience = threading.Event(), threading.Event()
        self.patience.set()
        self.failure: Exception = EndpointError("nothing listens")

    def healthy(self) -> bool:
        return True

    def execution_parameters(self) -> InvocationResponse:
        raise self.failure

    def ask(
        self, body: bytes, content_type: str, accept: str, headers: Mapping[str, str] | None, timeout: float
    ) -> InvocationResponse:
        self.asked.set()
        self.patience.wait()
        return InvocationResponse(200, body, content_type, {})


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[ReverseProxy]:
    with closing(ReverseProxy(echo)) as proxy:
        yield proxy


def caller(proxy: ReverseProxy, rest: str) -> socket.socket:
    """Sends a request to /invocations, and nothing after ``rest``."""
    connection = socket.create_connection(("127.0.0.1", proxy.server_port), timeout=10)
    connection.sendall(f"POST /invocations HTTP/1.1\r\n{rest}".encode("latin-1"))
    return connection


def answer_to(proxy: ReverseProxy, rest: str) -> str:
    with caller(proxy, rest) as connection:
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()


def until_answered() -> None:
    """Returns when no request is under way any more."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (f"{CHUNKED}two\r\nab\r\n0\r\n\r\n", "b'two' is no size in hexadecimal digits"),
        (f"{CHUNKED}-2\r\nab\r\n0\r\n\r\n", "b'-2' is no size in hexadecimal digits"),
        (f"{CHUNKED}2\r\nabc\r\n0\r\n\r\n", "there is more than its 2 bytes"),
        (f"{CHUNKED}4\r\nab", "it is cut off"),
        (f"{CHUNKED}2\r\nab\r\n", "it is cut off"),
        (f"{SIZED}4\r\n\r\nab", "the body ends after 2 of 4 bytes"),
    ],
)
def test_a_malformed_or_cut_body_is_400_and_not_passed_on(
    proxy: ReverseProxy, echo: Echo, capsys: pytest.CaptureFixture[str], rest: str, told: str
) -> None:
    answer = answer_to(proxy, rest)
    until_answered()
    assert answer.startswith("HTTP/1.1 400 ")
    assert told in answer
    assert not echo.asked.is_set()
    assert capsys.readouterr().err == ""


def test_a_length_that_is_no_number_is_411(proxy: ReverseProxy) -> None:
    assert answer_to(proxy, f"{SIZED}\u00b2\r\n\r\nab").startswith("HTTP/1.1 411 ")


def test_chunks_beyond_the_limit_are_413(proxy: ReverseProxy) -> None:
    rest = f"{CHUNKED}2\r\nab\r\n{MAX_BYTES - 1:x}\r\n"
    assert answer_to(proxy, rest).startswith("HTTP/1.1 413 ")


def test_extensions_of_a_chunk_and_trailing_headers_are_passed_over(proxy: ReverseProxy) -> None:
    rest = f"{CHUNKED}2;name=value\r\nab\r\n0\r\nTrailer: x\r\n\r\n"
    assert answer_to(proxy, rest).endswith("\r\n\r\nab")


@pytest.mark.parametrize("failure", [EndpointError("nothing listens"), TimeoutError("timed out")])
def test_a_container_that_does_not_answer_is_503(
    proxy: ReverseProxy, echo: Echo, capsys: pytest.CaptureFixture[str], failure: Exception
) -> None:
    echo.failure = failure
    answer = get(proxy.url, "/execution-parameters", 10)
    until_answered()
    assert (answer.status, answer.text) == (503, str(failure))
    assert capsys.readouterr().err == ""


def test_a_caller_that_gave_up_leaves_no_traceback(
    proxy: ReverseProxy, echo: Echo, capsys: pytest.CaptureFixture[str]
) -> None:
    echo.patience.clear()
    with caller(proxy, f"{SIZED}2\r\n\r\nab") as connection:
        assert echo.asked.wait(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets it
    echo.patience.set()
    until_answered()
    assert capsys.readouterr().err == ""


def test_until_all_containers_are_in_service_the_address_answers_503(tmp_path: Path) -> None:
    starting = LocalPipeline([LocalEndpoint(ProcessRuntime("toy"), tmp_path)])
    with closing(ReverseProxy(starting)) as proxy:
        assert ping(proxy.url) == 503
        for answer in (get(proxy.url, "/execution-parameters", 10), post(proxy.url, b"1\n", {}, 10)):
            assert (answer.status, answer.text) == (503, "the pipeline is not in service yet")
