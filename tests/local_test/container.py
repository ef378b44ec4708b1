"""A container for batch transforms in a thread of the tests: it answers each line, and notes what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local_test.batch.transform import Serving
from local_test.runtime import Log


@dataclass(frozen=True)
class Asked:
    """One request to /invocations."""

    body: bytes
    content_type: str | None
    accept: str | None
    chunked: bool


def exclaimed(body: bytes) -> bytes:
    """Every line with an exclamation mark behind it: ``a`` becomes ``a!``."""
    return b"".join(line + b"!\n" for line in body.splitlines())


@dataclass
class Container:
    """``answer`` makes of a body what is sent back, or a status and what is sent with it."""

    answer: Callable[[bytes], bytes | tuple[int, bytes]] = exclaimed
    parameters: tuple[int, bytes] = (404, b"")
    seconds: float = 0.0
    asked: list[Asked] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)
    most_at_once: int = 0
    url: str = ""
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def bodies(self) -> list[bytes]:
        return [asked.body for asked in self.asked]

    @property
    def serving(self) -> Serving:
        """Starts it as a batch transform starts its server."""

        @contextmanager
        def serving(environment: Mapping[str, str], log: Log) -> Iterator[Container]:
            self.environment = environment
            log("the model is loaded")
            with self:
                yield self

        return serving

    def __enter__(self) -> Container:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def invoked(self, asked: Asked) -> tuple[int, bytes]:
        """Notes a request and gives back the status and the body of its answer."""
        with self._lock:
            self.asked.append(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        time.sleep(self.seconds)
        answer = self.answer(asked.body)
        with self._lock:
            self._at_once -= 1
        return answer if isinstance(answer, tuple) else (200, answer)


def telling(**parameters: Any) -> tuple[int, bytes]:
    """An answer to /execution-parameters."""
    return 200, json.dumps(parameters).encode()


def _handler(container: Container) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            container.paths.append(self.path)
            self._send(*(container.parameters if self.path == "/execution-parameters" else (200, b"")))

        def do_POST(self) -> None:
            chunked = self.headers["Transfer-Encoding"] == "chunked"
            body = self._chunks() if chunked else self.rfile.read(int(self.headers["Content-Length"]))
            self._send(*container.invoked(Asked(body, self.headers["Content-Type"], self.headers["Accept"], chunked)))

        def _chunks(self) -> bytes:
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: what was asked is in ``asked``."""

    return Handler
