"""The interface of runtimes, which start `train` and `serve`: as processes, or in Docker."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from local_test.request import TrainingRequest

TAIL_LINES = 20
BIND_VARIABLE = "SAGEMAKER_BIND_TO_PORT"
"""Tells ``serve`` to listen elsewhere than at 8080; the platform sets it, nobody else."""
Log = Callable[[str], None]


def discard(_: str) -> None:
    """A log that nobody reads."""


class Run(Protocol):
    """One program that was started; ``close`` always has to be called."""

    def lines(self) -> Iterator[str]:
        """Standard output and error as they come, until the program has ended."""
        ...

    def exit_code(self) -> int | None:
        """None while it runs; 128 + n when signal n ended it."""
        ...

    def wait(self) -> int:
        """Blocks until it has ended."""
        ...

    def stop(self, grace: float) -> None:
        """SIGTERM to the program, SIGKILL to all of it ``grace`` seconds later; returns when it has ended."""
        ...

    def close(self) -> None:
        """Kills whatever is left and gives everything back."""
        ...


class Runtime(Protocol):
    """Starts ``train`` and ``serve``."""

    @property
    def name(self) -> str:
        """Its name in messages: ``process`` or ``docker``."""
        ...

    @property
    def faithful(self) -> bool:
        """Whether ``serve`` is kept from writing to its model, as on the service."""
        ...

    def beside(self, image: str) -> Runtime:
        """A runtime of the same settings for another image; ``image`` is its address in a registry."""
        ...

    def base(self, root: Path) -> str:
        """The path under which the program sees the tree that lies at ``root``."""
        ...

    def train(self, request: TrainingRequest, root: Path, environment: Mapping[str, str]) -> Run:
        """Starts ``train`` over the tree at ``root``, with the request's channels and checkpoints in their places."""
        ...

    def serve(self, model: Path, environment: Mapping[str, str], port: int) -> tuple[Run, int]:
        """Starts ``serve`` on a model folder; gives back the local port as well (a free one for ``port`` 0)."""
        ...

    def give_back(self, folder: Path) -> None:
        """Makes everything in a folder that the program wrote to belong to the caller."""
        ...


class Follower:
    """Reads the log of a run in a thread of its own, so that a silent program never blocks its caller."""

    def __init__(self, run: Run, log: Log) -> None:
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._run = run
        self._log = log
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="log", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Returns when the log has ended; raises what the log's reader raised."""
        self._thread.join()
        self.check()

    def check(self) -> None:
        """Raises what the log's reader raised, if it did already."""
        if self._failure is not None:
            raise self._failure

    def _read(self) -> None:
        try:
            for line in self._run.lines():
                self.tail.append(line)
                self._log(line)
        except BaseException as failure:  # a thread has nobody to tell: join() raises it where it can be handled
            self._failure = failure


def as_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Cuts a stream of bytes into lines of text, with TAB written as ``#011`` as the service's log transport does."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from map(_as_text, whole)
    if rest:
        yield _as_text(rest)


def _as_text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r").replace("\t", "#011")
