"""A server as its callers see it: HTTP on a port."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Response:
    """Status, headers with lower-case names, and body of one answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Endpoint:
    """``port`` on the loopback interface, and the program behind it where a test needs that."""

    port: int
    program: Any = None

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, timeout: float = 60
    ) -> Response:
        """One request on a connection of its own."""
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            return read_response(connection)
        finally:
            connection.close()

    def connect(self, timeout: float = 60) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ping(self) -> Response:
        return self.request("GET", "/ping", timeout=2)

    def invoke(
        self, body: bytes, content_type: str | None = "text/csv", accept: str | None = None, **headers: str
    ) -> Response:
        sent = {"Content-Type": content_type, "Accept": accept, **headers}
        return self.request(
            "POST", "/invocations", body, {key: value for key, value in sent.items() if value is not None}
        )

    def wait_until_healthy(self, seconds: float = 60) -> None:
        """Returns once /ping answers 200; fails with the log when the program ends or the time is over."""
        deadline, tick = time.monotonic() + seconds, threading.Event()
        while not self.is_healthy():
            assert time.monotonic() < deadline, f"/ping was never 200:\n{self.program.log()}"
            tick.wait(0.02)

    def is_healthy(self) -> bool:
        try:
            return self.ping().status == 200
        except (OSError, http.client.HTTPException):
            return False


def read_response(connection: http.client.HTTPConnection) -> Response:
    """The answer to what was sent on a connection."""
    answer = connection.getresponse()
    return Response(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
