"""Who may come in, whose turn it is to predict, and how long the oldest prediction has been running."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from containers.errors import ContainerError


class Overloaded(ContainerError):
    """More requests than this worker takes in, or one that would wait longer than anybody waits for its answer."""


class Gate:
    """Bounds the requests of one worker.

    At most ``inside`` requests are taken in at once (slow uploads count too), so that threads are left for /ping; of
    them ``at_once`` predict while the others wait for at most ``patience`` seconds.
    """

    def __init__(self, inside: int, at_once: int, patience: float) -> None:
        self._places = threading.Semaphore(inside)
        self._turns = threading.Semaphore(at_once)
        self._patience = patience
        self._running: dict[int, float] = {}

    @contextmanager
    def place(self) -> Iterator[None]:
        """Held while a request is inside. Raises ``Overloaded`` at once when all places are taken."""
        if not self._places.acquire(blocking=False):
            raise Overloaded("the endpoint is busy; try again, or add instances")
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Held while a request predicts. Raises ``Overloaded`` when its turn did not come in time."""
        if not self._turns.acquire(timeout=self._patience):
            raise Overloaded(f"the endpoint is busy: no turn to predict for {self._patience:g} s; try again later")
        thread = threading.get_ident()
        self._running[thread] = time.monotonic()
        try:
            yield
        finally:
            del self._running[thread]
            self._turns.release()

    def oldest(self) -> tuple[int, float] | None:
        """The thread of the prediction that has been running longest and for how many seconds, or None."""
        running = list(self._running.items())
        if not running:
            return None
        thread, started = min(running, key=lambda item: item[1])
        return thread, time.monotonic() - started
