"""Requests to the container: several at once, each again where it fails, the answers in the order of the requests."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from local_test.errors import PRIMARY, EndpointError
from local_test.invocation import InvocationResponse, post, refused

CHUNK_BYTES = 1 << 20
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Refusal:
    """Why a request has no answer, in the words of the service's log."""

    reason: str
    client: bool = False
    message: str = ""


@dataclass(frozen=True)
class Sender:
    """Sends requests, each again where it fails."""

    url: str
    headers: dict[str, str]
    timeout: float
    retries: int
    pause: float
    """Seconds before the first retry where the container was at fault; the next one waits as much longer."""
    chunked: bool = False

    def __call__(self, body: bytes) -> bytes | Refusal:
        """The answer's body. Raises EndpointError where nothing listens any more."""
        answer = self._once(body)
        for attempt in range(1, self.retries + 1):
            if isinstance(answer, bytes):
                break
            if not answer.client:
                time.sleep(self.pause * attempt)
            answer = self._once(body)
        return answer

    def _once(self, body: bytes) -> bytes | Refusal:
        try:
            answer = post(self.url, _chunks(body) if self.chunked else body, self.headers, self.timeout)
        except EndpointError as error:
            raise EndpointError("the server ended before all requests were answered: its log says why") from error
        except TimeoutError:
            limit = f"{self.timeout:g} seconds"
            return Refusal(f"Model server did not respond to /invocations request within {limit}")
        except OSError as error:
            return Refusal("Unable to get response from algorithm", message=str(error))
        return answer.body if 200 <= answer.status < 300 else _refusal(answer)


def in_order(work: Callable[[T], R], items: Iterable[T], at_once: int) -> Generator[tuple[T, R]]:
    """Each item with what became of it, in the order of the items; only some items are taken ahead."""
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="request")
    waiting: deque[tuple[T, Future[R]]] = deque()
    try:
        for item in items:
            waiting.append((item, pool.submit(work, item)))
            if len(waiting) > 2 * at_once:
                yield _first(waiting)
        while waiting:
            yield _first(waiting)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _first(waiting: deque[tuple[T, Future[R]]]) -> tuple[T, R]:
    item, future = waiting.popleft()
    return item, future.result()


def _chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK_BYTES):
        yield body[start : start + CHUNK_BYTES]


def _refusal(answer: InvocationResponse) -> Refusal:
    error = refused(answer)
    text = error.body if error.container == PRIMARY else f"{error.container}: {error.body}"
    if 400 <= error.status < 500:
        return Refusal(f"ClientError: {error.status}", client=True, message=text)
    return Refusal(f"Bad HTTP status received from algorithm: {error.status}", message=text)
