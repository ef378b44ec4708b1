"""Process exit without the teardown of the interpreter, which takes loaded libraries apart for up to seconds."""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn


def run_and_exit(main: Callable[[], int]) -> NoReturn:
    """Runs a program and exits with the code that it returns, or that it raises ``SystemExit`` with."""
    try:
        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    exit_with(code)


def exit_with(code: int) -> NoReturn:
    """Exits: functions registered with ``atexit`` run, buffered output of Python and of native code is written.

    Threads are not waited for. ``code`` stays the exit code whatever fails on the way, a closed log for instance.
    """
    try:
        atexit._run_exitfuncs()
        flush()
    finally:
        os._exit(code)


def flush() -> None:
    """Writes buffered output of Python and of native code, before a fork or the exit. Errors writing it are ignored."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there may be none, and it may be full or closed
            stream.flush()
    library = ctypes.CDLL(None)
    library.fflush(ctypes.c_void_p.in_dll(library, "stdout"))
