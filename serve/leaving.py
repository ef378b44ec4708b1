"""The end of the server's processes, without that of the interpreter: it would take the libraries apart for seconds."""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """Ends this process: what was registered to run at its end runs, what was printed is written."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
