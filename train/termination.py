"""The termination of a job: once, by whichever thread comes first, with exit code and failure file."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contract import publishing
from contract.errors import AlgorithmError, ContainerError, PlatformError, Stopped, UserError
from train.cluster import Cluster
from train.environment import Paths
from train.stop import EXIT_CODE as STOPPED_EXIT_CODE

FAILURE_LENGTH = 900
"""Characters of the failure file that are safe within FailureReason and what the platform adds to it."""

EXIT_CODES: dict[type[BaseException], int] = {
    UserError: 2,
    PlatformError: 3,
    Stopped: STOPPED_EXIT_CODE,
    ContainerError: 1,
}

log = logging.getLogger("train")


class Termination:
    """Ends a job: cleans up and tells why; ``cluster`` is known once the configuration is read, ``leads`` till then."""

    def __init__(self, paths: Paths, *, leads: bool = True) -> None:
        self.cluster: Cluster | None = None
        self._paths, self._leads = paths, leads
        self._scratch: list[Path] = []
        self._first = threading.Lock()

    def scratch(self) -> Path:
        """Makes a folder for temporary files, which is removed at the end."""
        self._scratch.append(Path(tempfile.mkdtemp(prefix="train-")))
        return self._scratch[-1]

    def complete(self) -> None:
        """Ends a job that has succeeded: from now on nothing ends it otherwise."""
        self._first.acquire()
        self._clear_scratch()

    def fail(self, error: Exception) -> int:
        """Leaves no partial model, tells log, failure file and other hosts why; returns the exit code.

        A second thread that comes here waits for the end of the process.
        """
        self._first.acquire()
        known = error if isinstance(error, ContainerError) else _unexpected(error)
        cause = self.cluster.cause(known) if self.cluster else known
        if not isinstance(known, UserError | Stopped) and error.__traceback__ is not None:
            log.error("the job failed", exc_info=error)
        reason = f"{cause.blame}: {cause}"
        log.error("%s", reason)
        with _unwritable_is_only_logged():
            self._discard_partial()
        with _unwritable_is_only_logged():
            self._paths.failure.parent.mkdir(parents=True, exist_ok=True)
            self._paths.failure.write_text(shorten(reason), encoding="utf-8", errors="replace")
        if self.cluster:
            self.cluster.tell(cause)
        self._clear_scratch()
        return next(code for kind, code in EXIT_CODES.items() if isinstance(cause, kind))

    def fail_and_exit(self, error: Exception) -> None:
        """Ends the process from any thread, whatever the main thread is doing."""
        code = 1
        try:
            code = self.fail(error)
        except Exception as fault:
            log.error("the end itself failed", exc_info=fault)
        finally:
            os._exit(code)

    def stop_and_exit(self) -> None:
        """Ends the process after SIGTERM."""
        self.fail_and_exit(Stopped("the job was told to stop before a model was complete"))

    def _discard_partial(self) -> None:
        """Removes a model that was not finished; hosts may share the folder, so that only the leader does."""
        if self._leads if self.cluster is None else self.cluster.leads:
            publishing.discard(self._paths.model)

    def _clear_scratch(self) -> None:
        for folder in self._scratch:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _unwritable_is_only_logged() -> Iterator[None]:
    """Errors writing are only logged: they must not hide why the job ends."""
    try:
        yield
    except OSError as error:
        log.error("cannot be written: %s", error)


def shorten(reason: str) -> str:
    """Cuts the reason to what the platform shows."""
    return reason if len(reason) <= FAILURE_LENGTH else reason[: FAILURE_LENGTH - 1] + "…"


def _unexpected(error: Exception) -> ContainerError:
    if isinstance(error, MemoryError):
        return AlgorithmError("out of memory; use an instance type with more memory, or less data")
    if isinstance(error, OSError) and error.filename is not None:
        return PlatformError(f"{error.filename}: {error.strerror}; check the space and the rights of the volume")
    return AlgorithmError(f"unexpected {type(error).__name__}: {error}; the log has the details")
