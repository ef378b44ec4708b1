"""The HTTP server in front of an inference pipeline: forwards requests to it and answers as the service does."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from local_test.errors import InvalidArgument, LocalTestError, ModelError
from local_test.invocation import ERROR_TYPE, InvocationResponse

MAX_BYTES = 100 << 20
"""Largest body: what a request of a batch transform may hold."""
MAX_SECONDS = 3600.0
"""Time-out of one container's answer: the longest that SageMaker allows; the caller may give up sooner."""
MAX_LINE = 1 << 16
"""Longest line between the chunks of a body, in bytes."""
JSON, TEXT = "application/json", "text/plain; charset=utf-8"
_PASSED_ON = "x-amzn-sagemaker-"


class Backend(Protocol):
    """Answers the requests that the proxy forwards."""

    def healthy(self) -> bool: ...

    def execution_parameters(self) -> InvocationResponse: ...

    def ask(
        self, body: bytes, content_type: str, accept: str, headers: Mapping[str, str] | None, timeout: float
    ) -> InvocationResponse: ...


class ReverseProxy(ThreadingHTTPServer):
    """Listens on a local port, a free one for 0, until ``close``."""

    daemon_threads = True

    def __init__(self, backend: Backend, port: int = 0) -> None:
        self.backend = backend
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise InvalidArgument(f"port {port} is taken: leave --port out to get a free one") from error
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="reverse-proxy", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints unexpected errors; a caller that closed its connection is none."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stops taking requests; those in flight are answered."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Refused(Exception):
    """A request that is not passed on."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ReverseProxy

    def do_GET(self) -> None:
        self._answer({"/ping": self._ping, "/execution-parameters": self._execution_parameters})

    def do_POST(self) -> None:
        self._answer({"/invocations": self._invoke})

    def log_message(self, *_: object) -> None:
        """Writes nothing: the containers log their requests themselves."""

    def _answer(self, routes: Mapping[str, Callable[[], InvocationResponse]]) -> None:
        answer = self._answered(routes)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _answered(self, routes: Mapping[str, Callable[[], InvocationResponse]]) -> InvocationResponse:
        try:
            return self._route(routes)()
        except ModelError as error:
            form = json.dumps(error.form()).encode()
            return _answer(HTTPStatus.FAILED_DEPENDENCY, form, JSON, {ERROR_TYPE: type(error).__name__})
        except _Refused as error:
            return self._refusal(error.status, error)
        except (LocalTestError, OSError) as error:
            return self._refusal(HTTPStatus.SERVICE_UNAVAILABLE, error)

    def _refusal(self, status: HTTPStatus, error: Exception) -> InvocationResponse:
        self.close_connection = True  # the body may not have been read
        return _answer(status, str(error).encode(), TEXT, {"Connection": "close"})

    def _route(self, routes: Mapping[str, Callable[[], InvocationResponse]]) -> Callable[[], InvocationResponse]:
        if self.path not in routes:
            raise _Refused(HTTPStatus.NOT_FOUND, f"no {self.command} {self.path}")
        return routes[self.path]

    def _ping(self) -> InvocationResponse:
        return _answer(HTTPStatus.OK if self.server.backend.healthy() else HTTPStatus.SERVICE_UNAVAILABLE, b"", TEXT)

    def _execution_parameters(self) -> InvocationResponse:
        answer = self.server.backend.execution_parameters()
        return _answer(answer.status, answer.body, answer.content_type)

    def _invoke(self) -> InvocationResponse:
        body = self._body()
        sent = {name: value for name, value in self.headers.items() if name.lower().startswith(_PASSED_ON)}
        kind, accept = self.headers.get("Content-Type", ""), self.headers.get("Accept", "")
        answer = self.server.backend.ask(body, kind, accept, sent, MAX_SECONDS)
        passed_on = {name: value for name, value in answer.headers.items() if name.startswith(_PASSED_ON)}
        return _answer(answer.status, answer.body, answer.content_type, passed_on)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            raise _Refused(HTTPStatus.LENGTH_REQUIRED, "the request has no Content-Length")
        _check(int(length))
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise _Refused(HTTPStatus.BAD_REQUEST, f"the body ends after {len(body)} of {length} bytes")
        return body

    def _chunks(self) -> bytes:
        """A body of unknown size: the requests of a batch transform whose payload is not limited."""
        body = bytearray()
        while size := _size_in(self._line()):
            _check(len(body) + size)
            body += self.rfile.read(size)
            if self._line():
                raise _malformed(f"there is more than its {size} bytes")
        while self._line():
            pass  # trailing headers
        return bytes(body)

    def _line(self) -> bytes:
        line = self.rfile.readline(MAX_LINE)
        if not line.endswith(b"\n"):
            raise _malformed("it is cut off")
        return line.strip()


def _size_in(line: bytes) -> int:
    """The size of the chunk that follows, in bytes."""
    number = line.partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9A-Fa-f]+", number):
        raise _malformed(f"{number[:20]!r} is no size in hexadecimal digits")
    return int(number, 16)


def _malformed(why: str) -> _Refused:
    return _Refused(HTTPStatus.BAD_REQUEST, f"a chunk of the body is malformed: {why}")


def _check(size: int) -> None:
    if size > MAX_BYTES:
        text = f"the body has {size} bytes; {MAX_BYTES} are the most"
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)


def _answer(status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> InvocationResponse:
    return InvocationResponse(status, body, kind, {**({"Content-Type": kind} if kind else {}), **(headers or {})})
