"""Watches the process that trains: a native library may end it at once, with nobody left in it to tell why."""

from __future__ import annotations

import mmap
import os
import signal
from collections.abc import Callable

from contract.errors import AlgorithmError, ChannelError, ContainerError, Stopped
from contract.process.child import run_in_child
from train import environment
from train.termination import Termination

_SIZE = 4096
EARLIER_MODEL = "the model in the channel 'model'"
"""What is read, among other things, while training goes on from an earlier model."""


class Board:
    """A page of memory on which the process that trains writes what it reads, for the one that watches."""

    def __init__(self) -> None:
        self._page: mmap.mmap | None = None

    def lay_out(self) -> None:
        """Makes the page, which a fork shares from then on; without it nothing is written."""
        self._page = mmap.mmap(-1, _SIZE)

    def write(self, place: str) -> None:
        """Tells what is being read, as ``channel 'train', file x.parquet``; "" when nothing is any more."""
        if self._page is not None:
            text = place.encode("utf-8", "replace")[: _SIZE - 1]
            self._page[:] = text.ljust(_SIZE, b"\0")

    def read(self) -> str:
        """Returns what was written last."""
        return "" if self._page is None else self._page[:].rstrip(b"\0").decode("utf-8", "replace")


BOARD = Board()


def watched(main: Callable[[], int]) -> int:
    """Runs ``main`` in a child process and returns its exit code; writes the failure file where a signal ended it."""
    BOARD.lay_out()
    code = run_in_child(main)
    if code >= 0:
        return code
    termination = Termination(environment.Paths.of(os.environ), leads=_leads())
    return termination.fail(cause(signal.Signals(-code), BOARD.read()))


def cause(number: signal.Signals, place: str) -> ContainerError:
    """Returns why a job failed that a signal ended while it read ``place``, or "" nothing."""
    if number in (signal.SIGTERM, signal.SIGINT):
        return Stopped("the job was told to stop before it had begun")
    if number == signal.SIGKILL:
        return AlgorithmError(
            "the process was killed by SIGKILL, most often because memory ran out; use an instance type with more "
            "memory, or less data"
        )
    if place == EARLIER_MODEL:
        return AlgorithmError(
            f"a library ended the process by {number.name} while training went on from {place}, which may be damaged; "
            "the library's last words are in the log"
        )
    if place:
        return ChannelError(
            f"{place}: the library that reads it was ended by {number.name}: the file is damaged, or such as the "
            "library cannot read; write it anew"
        )
    return AlgorithmError(f"a library ended the process by {number.name}; its last words are in the log")


def _leads() -> bool:
    """Returns whether this host has the model's folder to itself, or leads those that share it."""
    try:
        told = environment.read(os.environ)
    except ContainerError:
        return True
    return told.hosts[0] == told.host
