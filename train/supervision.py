"""Runs a user's program in a session of its own: passes on what it writes, and leaves no process of it behind."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

KEPT = 1 << 16
"""Bytes of stderr that are kept to explain a failure."""
TICK_SECONDS = 0.2
DRAIN_SECONDS = 5
"""Limit for the last of stderr. Only a process that left the session can keep it open so long."""


@dataclass(frozen=True)
class CompletedProgram:
    """The end of a program: ``exit_code`` is negative where a signal ended it, ``errors`` the end of its stderr."""

    exit_code: int
    errors: str


class _Errors:
    """Passes stderr on, byte by byte as it comes, and keeps its end."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._pump, name="stderr", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Waits until nobody can write any more."""
        self._thread.join(max(0.0, seconds))

    def text(self) -> str:
        return bytes(self._kept).decode("utf-8", errors="replace")

    def _pump(self) -> None:
        with self._source:
            while chunk := os.read(self._source.fileno(), KEPT):
                self._kept += chunk
                del self._kept[:-KEPT]
                with suppress(OSError):  # a log that is gone must not block the program
                    _write(chunk)


def _write(chunk: bytes) -> None:
    while chunk:
        chunk = chunk[os.write(2, chunk) :]


def supervise(
    command: Sequence[str], variables: Mapping[str, str], stopping: Callable[[], bool], grace: float
) -> CompletedProgram:
    """Runs a command to its end and kills what it leaves behind.

    Once ``stopping`` is true, every process of its session gets SIGTERM and ``grace`` seconds to end. Raises
    ``OSError`` where the command cannot be started.
    """
    process = subprocess.Popen(command, env=dict(variables), stderr=subprocess.PIPE, start_new_session=True)
    assert process.stderr is not None
    errors = _Errors(process.stderr)
    try:
        while not _ends(process, TICK_SECONDS):
            if stopping():
                _stop(process, errors, grace)
                break
    finally:
        _signal(process, signal.SIGKILL)
    exit_code = process.wait()
    errors.wait(DRAIN_SECONDS)
    return CompletedProgram(exit_code, errors.text())


def _ends(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(max(0.0, seconds))
        return True
    except subprocess.TimeoutExpired:
        return False


def _stop(process: subprocess.Popen[bytes], errors: _Errors, grace: float) -> None:
    """Sends SIGTERM and waits until all closed stderr: the main process may be a shell that ends at once."""
    deadline = time.monotonic() + grace
    _signal(process, signal.SIGTERM)
    if _ends(process, grace):
        errors.wait(deadline - time.monotonic())


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
