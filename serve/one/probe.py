"""Tries the model in a child process, before the socket opens: does it load, does it answer, what memory does it take?

The parent must not do this itself: native libraries start threads when they first work, and a process that forks its
workers afterwards leaves them waiting for threads that were not copied.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from contract.errors import AlgorithmError, ArtifactError, ContainerError
from contract.process.exit import flush
from contract.process.resources import peak_memory_bytes
from serve.one.plan import Footprint
from serve.one.predictor import Predictor
from serve.settings import Settings

log = logging.getLogger("serve")


@dataclass(frozen=True)
class TrialReport:
    """The outcome of a trial. ``answered`` says whether there was an example to answer."""

    title: str
    answered: bool
    one_record: bool
    seconds: float
    footprint: Footprint


class Probe:
    """A trial that runs while the parent does other things: ``start`` forks, ``result`` waits.

    As a context manager it takes the child along when the parent is stopped before the trial has ended.
    """

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid = pid
        self._pipe = pipe
        self._ended = False

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._ended:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)

    @classmethod
    def start(cls, settings: Settings) -> Probe:
        """Forks the trial; the family must be imported already, and no thread be running."""
        read_end, write_end = os.pipe()
        flush()
        pid = os.fork()
        if pid == 0:
            _run_child(settings, write_end)
        os.close(write_end)
        return cls(pid, read_end)

    def result(self) -> TrialReport:
        """Waits for the report. Raises ``ArtifactError`` with what was wrong, also when the child was killed."""
        with os.fdopen(self._pipe, "rb") as pipe:
            text = pipe.read()
        status = os.waitpid(self._pid, 0)[1]
        self._ended = True
        if not text:
            raise ArtifactError(_death(status))
        try:
            found = json.loads(text)
        except ValueError:
            raise ArtifactError("loading the model told its outcome twice: does its code fork a process?") from None
        if "error" in found:
            raise ArtifactError(found["error"])
        footprint = Footprint(found.pop("base"), found.pop("model"))
        return TrialReport(footprint=footprint, **found)


def _run_child(settings: Settings, write_end: int) -> None:
    """Tries the model and never returns: the child must not run the parent's code behind the fork."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        found = _try(settings)
    except ContainerError as error:
        if isinstance(error, AlgorithmError):  # whose message points to the log
            log.error("the model does not answer its example", exc_info=error)
        found = {"error": str(error)}
    except BaseException as error:
        log.exception("the model cannot be served")
        found = {"error": f"the model cannot be served: {type(error).__name__}: {error}"}
    os.write(write_end, json.dumps(found).encode())
    sys.stdout.flush()
    os._exit(0)


def _try(settings: Settings) -> dict[str, Any]:
    """Measures peaks of memory: all workers load at once, so their peaks have to fit."""
    base, began = peak_memory_bytes(), perf_counter()
    predictor = Predictor.load(settings)
    answer = predictor.warm_up()
    return {
        "title": predictor.title,
        "answered": answer is not None,
        "one_record": predictor.steps.one_record,
        "seconds": perf_counter() - began,
        "base": base,
        "model": peak_memory_bytes() - base,
    }


def _death(status: int) -> str:
    if not os.WIFSIGNALED(status):
        return f"loading the model ended the process with exit code {os.waitstatus_to_exitcode(status)}"
    name = signal.Signals(os.WTERMSIG(status)).name
    cause = "; the model probably needs more memory than there is" if name == "SIGKILL" else ""
    return f"loading the model or answering its example was killed by {name}{cause}"
