"""The end of a program, without that of the interpreter: it would take the libraries apart, for up to seconds."""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
from contextlib import suppress
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """Ends this process: what was registered to run at its end runs, what Python and native code printed is written.

    Threads are not waited for. A log that nobody reads any more does not change ``code``.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    ctypes.CDLL(None).fflush(None)
    os._exit(code)
