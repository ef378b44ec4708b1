"""One request to an endpoint, and the answer in the form that a caller of InvokeEndpoint gets it."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

from local_test.errors import EndpointError, ModelError, UsageError

PING_SECONDS = 2.0
INVOCATION_SECONDS = 60.0
MAX_BODY_BYTES = 25 * 1024 * 1024
_TIMED_OUT = "Your invocation timed out while waiting for a response from container primary"


@dataclass(frozen=True)
class Answer:
    """A 2xx answer. Header names in ``headers`` are in lower case."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def ping(url: str) -> int | None:
    """The status of ``GET /ping``, None when nothing answers within the 2 seconds that the platform allows."""
    connection = _connect(url, PING_SECONDS)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def invoke(
    url: str,
    body: bytes,
    content_type: str,
    accept: str = "",
    headers: dict[str, str] | None = None,
    timeout: float = INVOCATION_SECONDS,
) -> Answer:
    """Sends ``POST /invocations``.

    Raises ModelError for an answer outside 2xx and, with status 0, for none within ``timeout`` seconds; EndpointError
    when nothing listens at ``url``.
    """
    if len(body) > MAX_BODY_BYTES:
        raise UsageError(f"the payload has {len(body)} bytes; an endpoint takes {MAX_BODY_BYTES}: send fewer rows")
    sent = {"Content-Type": content_type, **({"Accept": accept} if accept else {}), **(headers or {})}
    connection = _connect(url, timeout)
    try:
        answer = _exchange(connection, url, body, sent)
    except TimeoutError as error:
        raise ModelError(0, _TIMED_OUT) from error
    except (OSError, http.client.HTTPException) as error:
        raise ModelError(0, f"the connection broke before an answer came ({error!r})") from error
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise ModelError(answer.status, answer.text)
    return answer


def _exchange(connection: http.client.HTTPConnection, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    try:
        connection.connect()
    except ConnectionRefusedError as error:
        raise EndpointError(f"nothing listens at {url}: start it with `python -m local_test serve`") from error
    connection.request("POST", "/invocations", body=body, headers=headers)
    response = connection.getresponse()
    received = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, response.read(), received.get("content-type", ""), received)


def _connect(url: str, timeout: float) -> http.client.HTTPConnection:
    """Straight to the host: a proxy that the environment names has no business with a local endpoint."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise UsageError(f"{url!r} is not the address of a local endpoint: give http://HOST:PORT")
    return http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=timeout)
