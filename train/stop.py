"""SIGTERM asks a job to stop; the platform kills it 120 seconds later. Ctrl-C counts as the same."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

GRACE_SECONDS = 100
"""The time for a job to finish its model after SIGTERM, within the platform's 120 s."""
EXIT_CODE = 128 + signal.SIGTERM
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Waits for SIGTERM in a thread of its own, so that it is heard while a library computes in the main thread.

    Before ``grace_period()`` the process ends at once; inside, the job is told by ``requested`` and has ``grace``
    seconds to finish; after it, the process ends by itself. ``clean_up`` runs before the process is ended from here.
    """

    def __init__(self, clean_up: Callable[[], None], grace: float = GRACE_SECONDS) -> None:
        self._clean_up = clean_up
        self._grace = grace
        self._requested = threading.Event()
        self._started = threading.Event()
        self._deciding = threading.Lock()
        self._finished = threading.Event()

    def listen(self) -> None:
        """Starts listening. Python's own handlers run in the main thread only; its wake-up pipe is written at once."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, lambda number, frame: None)
        threading.Thread(target=self._wait, args=(reader,), name="sigterm", daemon=True).start()

    def requested(self) -> bool:
        """Returns whether SIGTERM has arrived."""
        return self._requested.is_set()

    @contextmanager
    def grace_period(self) -> Iterator[None]:
        """Lets this block finish after SIGTERM, within the grace; its end, by whatever way, is the end of the job.

        Where the process is being ended already, nothing comes here any more: it would write what was cleaned up.
        """
        with self._deciding:
            self._started.set()
        try:
            yield
        finally:
            self._finished.set()

    def _wait(self, reader: int) -> None:
        while os.read(reader, 1)[0] not in SIGNALS:
            continue
        self._requested.set()
        with self._deciding:
            if not self._started.is_set():
                self._end()
        if not self._finished.wait(self._grace):
            self._end()

    def _end(self) -> NoReturn:
        self._clean_up()
        os._exit(EXIT_CODE)
