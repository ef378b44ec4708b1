"""Script mode: the user's own program, run by AWS's sagemaker-training toolkit instead of the image's algorithm.

The toolkit is never imported here. It runs under a Python of its own (SCRIPT_MODE_PYTHON), whose path holds the
algorithm's packages and the toolkit's, while ``train`` stays the process that the platform talks to: it hands signals
on, waits, and tells how the program ended.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from contract import publishing
from contract.errors import AlgorithmError, ContainerError, PlatformError, Stopped
from train.entry_point import EntryPoint, check
from train.environment import Environment
from train.program_failure import INSTALL, PYTHON, ProgramExit, failure, stopped
from train.stop import EXIT_CODE, GRACE_SECONDS, Stop
from train.supervision import supervise
from train.termination import Termination

GRACE = GRACE_SECONDS - 10
"""Seconds for the program to end after SIGTERM; the rest is for ``train`` to say how it ended."""

TOOLKIT = Path(__file__).with_name("toolkit.py")

log = logging.getLogger("train")


def run(
    program: EntryPoint, environment: Environment, variables: Mapping[str, str], stop: Stop, termination: Termination
) -> int:
    """Runs the user's program to its end; returns the exit code for ``train``.

    What the program leaves in the model directory is its own affair, whether it succeeds or fails.
    """
    paths = environment.paths
    paths.failure.unlink(missing_ok=True)
    for folder in (paths.model, paths.output_data):
        folder.mkdir(parents=True, exist_ok=True)
    check(program, environment)
    python = _python(variables)
    try:
        with stop.grace_period():
            log.info("%s runs instead of the algorithm of this image", program)
            report = termination.scratch() / "report"
            command = [python, "-P", str(TOOLKIT), program.source, str(report)]
            ended = supervise(command, _variables(program, environment, variables), stop.requested, GRACE)
            end = ProgramExit.of(ended, _read(report))
            error = _error(program, paths.code, end, stopping=stop.requested())
    finally:
        if Path(program.source) != paths.code:  # brought there by the toolkit
            publishing.clear(paths.code)
    return _tell(error, end, paths.failure, _read(report), termination)


def _python(variables: Mapping[str, str]) -> str:
    python = variables.get(PYTHON)
    if not python:
        raise PlatformError(f"a program of the user needs the image, or outside it: {INSTALL}")
    if not os.access(python, os.X_OK):
        raise PlatformError(f"{PYTHON} is {python}, which is no program: {INSTALL}")
    return python


def _variables(program: EntryPoint, environment: Environment, variables: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment of the toolkit, pip and the program. What the user set stays."""
    given = {name: value for name, value in variables.items() if name != "PYTHONSAFEPATH"}  # modules beside a script
    given["SAGEMAKER_PROGRAM"] = program.name
    defaults = {"PYTHONUNBUFFERED": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    if len(environment.hosts) == 1:
        defaults["SM_STUDIO_LOCAL_MODE"] = "true"  # no other host, so no name to wait for, up to 15 minutes
    return defaults | given


def _read(report: Path) -> str:
    with suppress(FileNotFoundError):
        return report.read_text(encoding="utf-8")
    return ""


def _error(program: EntryPoint, code: Path, end: ProgramExit, *, stopping: bool) -> ContainerError | None:
    if end.exit_code == 0:
        return None
    return stopped(program, end, GRACE) if stopping else failure(program, code, end)


def _tell(
    error: ContainerError | None, end: ProgramExit, failure_file: Path, report: str, termination: Termination
) -> int:
    """Tells how it ended, unless the program told its failure itself; returns the exit code."""
    if error is None:
        if failure_file.is_file():
            log.warning("%s is removed: the program wrote it, but ended with exit code 0", failure_file)
            failure_file.unlink()
        termination.complete()
        return 0
    if failure_file.is_file() and failure_file.read_text(encoding="utf-8", errors="replace") != report:
        log.error("%s: %s; the failure file is the program's own", error.blame, error)
        termination.complete()
        code = EXIT_CODE if isinstance(error, Stopped) else end.shell_code
    else:
        code = termination.fail(error)
    return end.shell_code if isinstance(error, AlgorithmError) else code
