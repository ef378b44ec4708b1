"""SIGTERM: the platform asks a job to stop and kills it 120 seconds later. Ctrl-C counts as the same."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GRACE_SECONDS = 100
"""How long a job may finish its model after SIGTERM, within the platform's 120 s."""
EXIT_CODE = 128 + signal.SIGTERM
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Waits for SIGTERM in a thread of its own, so that it is heard while a library computes in the main thread.

    Outside ``patient()`` the process ends at once; inside, the job is told by ``requested`` and may finish. Either way
    ``clean_up`` runs before the process is ended from here.
    """

    def __init__(self, clean_up: Callable[[], None]) -> None:
        self._clean_up = clean_up
        self._requested = threading.Event()
        self._finished = threading.Event()
        self._lock = threading.Lock()
        self._patient = False

    def listen(self) -> None:
        """Starts listening. Python's own handlers run in the main thread only; its wake-up pipe is written at once."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, lambda number, frame: None)
        threading.Thread(target=self._wait, args=(reader,), name="sigterm", daemon=True).start()

    def requested(self) -> bool:
        """True once SIGTERM has arrived."""
        return self._requested.is_set()

    @contextmanager
    def patient(self) -> Iterator[None]:
        """While this block runs, SIGTERM does not end the process but gives it ``GRACE_SECONDS``."""
        with self._lock:
            self._patient = True
        try:
            yield
        finally:
            with self._lock:
                self._patient = False
            self._finished.set()

    def _wait(self, reader: int) -> None:
        while os.read(reader, 1)[0] not in SIGNALS:
            continue
        self._requested.set()
        with self._lock:
            patient = self._patient or self._finished.is_set()
        if patient and self._finished.wait(GRACE_SECONDS):
            return
        self._clean_up()
        os._exit(EXIT_CODE)
