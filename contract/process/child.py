"""A program in a child process, so that its end by a signal is survived by one who can tell of it."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable
from typing import NoReturn

from contract.process.exit import flush, run_and_exit

_PASSED_ON = frozenset({signal.SIGTERM, signal.SIGINT})
_HEARD = frozenset({*_PASSED_ON, signal.SIGCHLD})
_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux."""


def run_in_child(main: Callable[[], int]) -> int:
    """Runs ``main`` in a fork of this process; returns its exit code, negative where a signal ended it.

    SIGTERM and SIGINT are passed on. The child does not outlive its parent; threads of the
    parent have no part in it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    flush()
    parent = os.getpid()
    if not (child := os.fork()):
        _become(main, parent, before)
    while (code := _ended(child)) is None:
        heard = signal.sigwaitinfo(_HEARD).si_signo
        if heard in _PASSED_ON:
            os.kill(child, heard)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return code


def _become(main: Callable[[], int], parent: int, mask: set[int] | set[signal.Signals]) -> NoReturn:
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended in the meantime
        os._exit(1)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    run_and_exit(main)


def _ended(child: int) -> int | None:
    """Collects every process that has ended, the strays of the first process of a container too."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if pid == child:
            return os.waitstatus_to_exitcode(status)
        if pid == 0:
            return None
