"""The program that runs AWS's sagemaker-training toolkit, under a Python that has it: see ``train.script_mode``.

Usage: python -P toolkit.py SOURCE REPORT. SOURCE is where the user's program lies, REPORT a file for the toolkit's
failure text. Nothing of ours is imported here.

The toolkit has no setting for the source directory, and tells how a program failed in the file that the program may
write itself. TensorFlow it imports for the names of its errors alone, at seconds and 400 MB. The signals go to the
whole session: they end the toolkit, unless the user's program has begun, whose end it must wait for.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
"""Option of Linux' prctl: the signal that a process gets when its parent ends."""


def main(source: str, report: Path) -> None:
    """Ends with the toolkit's exit code."""
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    from sagemaker_training import environment, files, intermediate_output, runner, trainer

    environment.Environment.module_dir = property(lambda self: source)
    write, get, watch = files.write_failure_file, runner.get, intermediate_output._watch

    def tell(text: str) -> None:
        report.write_text(text, encoding="utf-8", errors="replace")
        write(text)

    def get_runner(*given: Any) -> Any:
        """Marks that everything is fetched and installed: what is started from now on is the program."""
        found = get(*given)
        subprocess.Popen = Program  # type: ignore[assignment, misc]
        return found

    def upload(*given: Any) -> None:
        """Lets the process for intermediate results outlive a signal as the program may, but never the toolkit."""
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        outlive_signals()
        watch(*given)

    files.write_failure_file, runner.get, intermediate_output._watch = tell, get_runner, upload
    trainer.train()


class Program(subprocess.Popen[bytes]):
    """A process that hears the signals itself, so that they are ignored here.

    Only once it is there: a signal that was ignored before would be lost.
    """

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        outlive_signals()


def outlive_signals() -> None:
    """Ignores the signals from now on; programs that are started hear them all the same."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: None)


if __name__ == "__main__":
    source, report = sys.argv[1:]
    sys.argv[1:] = []
    main(source, Path(report))
