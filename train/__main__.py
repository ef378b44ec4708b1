"""The program ``train``: runs the job that /opt/ml describes, and tells the platform how it ended."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from contract.process.exit import run_and_exit
from train import entry_point, environment, job, script_mode
from train.stop import Stop
from train.termination import Termination
from train.watch import watched

USAGE = """usage: train

Trains the model that the files under /opt/ml/input describe and writes it to /opt/ml/model. Where they name a program
of the user, that runs instead of the image's algorithm.
SAGEMAKER_BASE_DIR moves /opt/ml; ALGORITHM_FAMILY and ALGORITHM choose what trains."""


def program() -> NoReturn:
    """Runs ``main`` with the arguments of the command line in a process that is watched, and ends this one."""
    _log_to_stdout()
    run_and_exit(lambda: watched(main))


def _log_to_stdout() -> None:
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="[%(asctime)s %(levelname)s] %(message)s")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the job; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments:
        asked = arguments[0] in ("-h", "--help")
        print(USAGE, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    _log_to_stdout()
    termination = Termination(environment.Paths.of(os.environ))
    stop = Stop(clean_up=termination.stop_and_exit)
    stop.listen()
    try:
        told = environment.read(os.environ)
        program = entry_point.find(told, os.environ)
        if program is not None:
            return script_mode.run(program, told, os.environ, stop, termination)
        # before a library is loaded: threads that wait leave the processors to others, on a laptop or in a test
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        job.run(told, stop, termination)
    except Exception as error:
        return termination.fail(error)
    termination.complete()
    return 0


if __name__ == "__main__":
    program()
