"""The program ``train``: runs the job that /opt/ml describes, and tells the platform how it ended."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from containers.errors import AlgorithmError, ContainerError, PlatformError, Stopped, UserError
from train import environment, job
from train.stop import EXIT_CODE as STOPPED_EXIT_CODE
from train.stop import Stop

USAGE = """usage: train

Trains the model that the files under /opt/ml/input describe and writes it to /opt/ml/model.
SAGEMAKER_BASE_DIR moves /opt/ml; ALGORITHM_FAMILY and ALGORITHM choose what trains."""

FAILURE_LENGTH = 900
"""Characters of the failure file that are safe within FailureReason and what the platform adds to it."""

EXIT_CODES: dict[type[BaseException], int] = {
    UserError: 2,
    PlatformError: 3,
    Stopped: STOPPED_EXIT_CODE,
    ContainerError: 1,
}

log = logging.getLogger("train")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the job; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments:
        asked = arguments[0] in ("-h", "--help")
        print(USAGE, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="[%(asctime)s %(levelname)s] %(message)s")
    paths = environment.Paths.of(os.environ)
    stop = Stop(clean_up=lambda: _end_stopped(paths))
    stop.listen()
    try:
        job.run(environment.read(os.environ), stop)
        return 0
    except Exception as error:
        return abandon(paths, error)


def abandon(paths: environment.Paths, error: Exception) -> int:
    """Leaves no partial model, tells the log and the failure file why, and returns the exit code."""
    known = error if isinstance(error, ContainerError) else _unexpected(error)
    if not isinstance(known, UserError | Stopped):
        log.error("the job failed", exc_info=error)
    reason = f"{known.blame}: {known}"
    log.error("%s", reason)
    with _unwritable_is_only_logged():
        job.discard_partial(paths.model)
    with _unwritable_is_only_logged():
        paths.failure.parent.mkdir(parents=True, exist_ok=True)
        paths.failure.write_text(shorten(reason), encoding="utf-8", errors="replace")
    return next(code for kind, code in EXIT_CODES.items() if isinstance(known, kind))


@contextmanager
def _unwritable_is_only_logged() -> Iterator[None]:
    """What cannot be written at the end must not hide why it is the end."""
    try:
        yield
    except OSError as error:
        log.error("cannot be written: %s", error)


def _end_stopped(paths: environment.Paths) -> None:
    abandon(paths, Stopped("the job was told to stop before a model was complete"))


def shorten(reason: str) -> str:
    """The reason cut to what the platform shows."""
    return reason if len(reason) <= FAILURE_LENGTH else reason[: FAILURE_LENGTH - 1] + "…"


def _unexpected(error: Exception) -> ContainerError:
    if isinstance(error, MemoryError):
        return AlgorithmError("out of memory; use an instance type with more memory, or less data")
    if isinstance(error, OSError) and error.filename is not None:
        return PlatformError(f"{error.filename}: {error.strerror}; check the space and the rights of the volume")
    return AlgorithmError(f"unexpected {type(error).__name__}: {error}; the log has the details")


if __name__ == "__main__":
    sys.exit(main())
