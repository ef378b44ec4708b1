"""Bounds requests, their bytes and the predictions that run at once; knows how long the oldest one has been running."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from contract.errors import ContainerError
from serve.http.body import RequestBody


class Overloaded(ContainerError):
    """The worker holds as many requests as it takes in, or this one would wait longer than its caller does."""


class RequestSlots:
    """Bounds the requests that are inside a worker, slow uploads included, so that threads are left for /ping.

    ``with requests:`` raises ``Overloaded`` at once when all are taken.
    """

    def __init__(self, count: int) -> None:
        self._free = _tokens(count)

    def __enter__(self) -> None:
        try:
            self._free.get_nowait()
        except Empty:
            raise Overloaded("the endpoint is busy; try again, or add instances") from None

    def __exit__(self, *_: object) -> None:
        self._free.put(None)


class PredictionSlots:
    """Bounds the predictions that run at once: more than the processors can work on would only disturb each other.

    ``with predictions:`` waits, and raises ``Overloaded`` after ``patience`` seconds.
    """

    def __init__(self, count: int, patience: float) -> None:
        self._free = _tokens(count)
        self._patience = patience
        self._running: dict[int, float] = {}

    def __enter__(self) -> None:
        try:
            self._free.get(timeout=self._patience)
        except Empty:
            raise Overloaded(f"the endpoint was busy for {self._patience:g} s; try again later") from None
        self._running[threading.get_ident()] = time.monotonic()

    def __exit__(self, *_: object) -> None:
        del self._running[threading.get_ident()]
        self._free.put(None)

    def oldest(self) -> tuple[int, float] | None:
        """Returns the thread of the prediction that has been running longest and for how many seconds, or None."""
        running = list(self._running.items())
        if not running:
            return None
        thread, started = min(running, key=lambda item: item[1])
        return thread, time.monotonic() - started


class BodyBudget:
    """Bounds the bytes of the bodies that are inside a worker at once: memory is finite, whatever a caller may send.

    ``with bodies.of(size):`` raises ``Overloaded`` where the bytes do not fit. A body is always let in when no other
    is there, so the largest allowed one gets through.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = 0
        self._lock = threading.Lock()

    @contextmanager
    def of(self, size: int) -> Iterator[None]:
        with self._lock:
            if self._inside and self._inside + size > self._most:
                raise Overloaded("the endpoint holds as many bytes of requests as its memory allows; try again")
            self._inside += size
        try:
            yield
        finally:
            with self._lock:
                self._inside -= size


@dataclass(frozen=True)
class Gate:
    """Admits requests: each needs a slot and room before its body is read, another slot before it is answered."""

    requests: RequestSlots
    bodies: BodyBudget
    predictions: PredictionSlots

    @contextmanager
    def admit(self, body: RequestBody) -> Iterator[bytes]:
        """Reads a body and gives it to the prediction that runs inside. Raises ``Overloaded``, too."""
        with self.requests, self.bodies.of(body.size):
            content = body.read()
            with self.predictions:
                yield content


def _tokens(count: int) -> SimpleQueue[None]:
    """Makes a queue of tokens: a semaphore that costs a tenth of ``threading.Semaphore``."""
    queue: SimpleQueue[None] = SimpleQueue()
    for _ in range(count):
        queue.put(None)
    return queue
