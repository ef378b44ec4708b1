"""AWS's refusals where moto has none: a server before moto's that answers chosen operations with AWS's own errors."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

QUERY = "<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>1</RequestId></ErrorResponse>"


@dataclass(frozen=True)
class Refusal:
    """An error of a service, as often as ``times`` says."""

    code: str
    message: str
    status: int = 400
    times: int = 1_000_000


@dataclass
class Front:
    """The server's address, and what it refuses: operations and their answers."""

    address: str = ""
    refusals: dict[str, Refusal] = field(default_factory=dict)

    def take(self, operation: str) -> Refusal | None:
        """The refusal that is due for an operation."""
        refusal = self.refusals.get(operation)
        if refusal is None or refusal.times == 0:
            return None
        self.refusals[operation] = Refusal(refusal.code, refusal.message, refusal.status, refusal.times - 1)
        return refusal


@contextmanager
def before_moto() -> Iterator[Front]:
    """A running server; all that is not refused goes on to moto, whose state is that of this process."""
    moto, front = DomainDispatcherApplication(create_backend_app), Front()

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if refusal := front.take(operation(environ, body)):
            return _answer(refusal, environ, start_response)
        answer: Iterable[bytes] = moto(environ, start_response)
        return answer

    server = make_server("127.0.0.1", 0, application, threaded=True)
    front.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield front
    server.shutdown()
    thread.join()
    server.server_close()


def operation(environ: dict[str, Any], body: bytes) -> str:
    """By the header of the JSON protocols, the form of the query protocol, or the method and path of S3."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target.rpartition(".")[2])
    if environ["REQUEST_METHOD"] == "POST":
        return parse_qs(body.decode()).get("Action", [""])[0]
    return {"HEAD": "HeadBucket", "GET": "ListObjectsV2"}.get(environ["REQUEST_METHOD"], "")


def _answer(refusal: Refusal, environ: dict[str, Any], start_response: Any) -> list[bytes]:
    error = f"<Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message>"
    if "HTTP_X_AMZ_TARGET" in environ:
        kind, body = "application/x-amz-json-1.1", json.dumps({"__type": refusal.code, "message": refusal.message})
    elif environ["REQUEST_METHOD"] == "POST":
        kind, body = "text/xml", QUERY.format(error=error)
    else:
        kind, body = "application/xml", f"<Error>{error}<RequestId>1</RequestId></Error>"
    sent = b"" if environ["REQUEST_METHOD"] == "HEAD" else body.encode()
    start_response(f"{refusal.status} Refused", [("Content-Type", kind), ("Content-Length", str(len(sent)))])
    return [sent]
