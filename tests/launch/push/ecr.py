"""ECR whose images lie in a real registry of this machine: moto answers the API, and names the registry's address."""

from __future__ import annotations

import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from tests.images.engine import unavailable
from tests.launch.conftest import ACCOUNT, REGION

REGISTRY = os.environ.get("REGISTRY", "127.0.0.1:5000")
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def demand_registry() -> None:
    """Skips, or fails where images are required, when no registry answers."""
    try:
        urllib.request.urlopen(f"http://{REGISTRY}/v2/", timeout=5).close()
    except (OSError, urllib.error.URLError):
        unavailable(f"no image registry answers on {REGISTRY}: start one, or name another in REGISTRY")


@contextmanager
def ecr_of_registry() -> Iterator[str]:
    """The address of moto's server, whose answers name the registry in place of ECR's own host."""
    moto = DomainDispatcherApplication(create_backend_app)

    def renamed(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        started: list[Any] = []
        body = b"".join(moto(environ, lambda status, headers, *_: started.extend((status, headers))))
        body = body.replace(f"https://{HOST}".encode(), f"http://{REGISTRY}".encode())
        body = body.replace(HOST.encode(), REGISTRY.encode())
        status, headers = started
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]

    server = make_server("127.0.0.1", 0, renamed, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
