"""One request to an endpoint, and the answer in the form that a caller of InvokeEndpoint gets it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from local_test.errors import PRIMARY, EndpointError, InvalidArgument, ModelError

PING_SECONDS = 2.0
INVOCATION_SECONDS = 60.0
MAX_BODY_BYTES = 25 * 1024 * 1024
ERROR_TYPE = "X-Amzn-ErrorType"
"""The header by which the service, and the address of a pipeline, names the kind of an error."""


@dataclass(frozen=True)
class InvocationResponse:
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
) -> InvocationResponse:
    """Sends ``POST /invocations`` with a body that an endpoint takes; raises what ``ask`` raises."""
    check_size(body)
    return ask(url, body, content_type, accept, headers, timeout)


def check_size(body: bytes) -> None:
    """Raises InvalidArgument for a body that is too large for a request to an endpoint."""
    if len(body) > MAX_BODY_BYTES:
        raise InvalidArgument(f"the payload has {len(body)} bytes; an endpoint takes {MAX_BODY_BYTES}: send fewer rows")


def ask(
    url: str,
    body: bytes,
    content_type: str,
    accept: str = "",
    headers: Mapping[str, str] | None = None,
    timeout: float = INVOCATION_SECONDS,
    container: str = PRIMARY,
) -> InvocationResponse:
    """Sends ``POST /invocations`` to the container of that name.

    Raises ModelError for an answer outside 2xx and, with status 0, for none within ``timeout`` seconds; EndpointError
    when nothing listens at ``url``.
    """
    named = {"Content-Type": content_type, "Accept": accept}
    sent = {name: value for name, value in named.items() if value} | dict(headers or {})
    try:
        answer = post(url, body, sent, timeout)
    except TimeoutError as error:
        text = f"Your invocation timed out while waiting for a response from container {container}"
        raise ModelError(0, text, container) from error
    except OSError as error:
        raise ModelError(0, str(error), container) from error
    if not 200 <= answer.status < 300:
        raise refused(answer, container)
    return answer


def refused(answer: InvocationResponse, container: str = PRIMARY) -> ModelError:
    """The error of an answer outside 2xx; of a pipeline it names the container that refused."""
    if answer.headers.get(ERROR_TYPE.lower()) == ModelError.__name__:
        return ModelError.of(json.loads(answer.body))
    return ModelError(answer.status, answer.text, container)


def post(url: str, body: bytes | Iterable[bytes], headers: Mapping[str, str], timeout: float) -> InvocationResponse:
    """``POST /invocations`` with any answer, whatever its status; a body of parts is sent in chunks.

    Raises TimeoutError, ConnectionError where the connection broke, and EndpointError where nothing listens.
    """
    return _exchange("POST", url, "/invocations", timeout, body, headers)


def get(url: str, path: str, timeout: float) -> InvocationResponse:
    """``GET`` with any answer; raises as ``post`` does."""
    return _exchange("GET", url, path, timeout)


def _exchange(
    method: str,
    url: str,
    path: str,
    timeout: float,
    body: bytes | Iterable[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
) -> InvocationResponse:
    connection = _connect(url, timeout)
    try:
        connection.connect()
    except ConnectionRefusedError as error:
        raise EndpointError(f"nothing listens at {url}: start it with `python -m local_test serve`") from error
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        received = {name.lower(): value for name, value in response.getheaders()}
        return InvocationResponse(response.status, response.read(), received.get("content-type", ""), received)
    except TimeoutError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError(f"the connection broke before an answer came ({error!r})") from error
    finally:
        connection.close()


def _connect(url: str, timeout: float) -> http.client.HTTPConnection:
    """Straight to the host: a proxy that the environment names has no business with a local endpoint."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise InvalidArgument(f"{url!r} is not the address of a local endpoint: give http://HOST:PORT")
    return http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=timeout)
