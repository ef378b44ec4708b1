"""The end of a program, without that of the interpreter: it would take the libraries apart, for up to seconds."""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn


def run(main: Callable[[], int]) -> NoReturn:
    """Runs a program, and ends this process with the code that it returns or exits with."""
    try:
        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    leave(code)


def leave(code: int) -> NoReturn:
    """Ends this process: what was registered to run at its end runs, what Python and native code printed is written.

    Threads are not waited for. Nothing changes ``code``, also not a log that nobody reads any more.
    """
    try:
        atexit._run_exitfuncs()
        flush()
    finally:
        os._exit(code)


def flush() -> None:
    """Writes what Python and native code printed, before a fork or the end; a log that cannot be written is let be."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there may be none, and it may be full or closed
            stream.flush()
    library = ctypes.CDLL(None)
    library.fflush(ctypes.c_void_p.in_dll(library, "stdout"))
