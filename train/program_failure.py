"""Why a user's program failed, from what the toolkit reports and what was written to stderr."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from contract.errors import AlgorithmError, ContainerError, PlatformError, Stopped, UserError
from train.entry_point import DIRECTORY, EntryPoint, check_folder
from train.supervision import CompletedProgram

PYTHON = "SCRIPT_MODE_PYTHON"
INSTALL = f"`pip install sagemaker-training` into an environment and set {PYTHON} to the python of that environment"
REPORT = re.compile(r"(?P<kind>\w+):\nExitCode (?P<code>-?\d+)\n")
INVOKING = "Invoking script with the following command:\n\n"
REPORTING = re.compile(r"^.*sagemaker-training-toolkit ERROR +Reporting training FAILURE$", re.MULTILINE)
LOGGED = re.compile(r"^\d.* sagemaker-training-toolkit [A-Z]+ .*\n?", re.MULTILINE)
TRACEBACK = "Traceback (most recent call last):\n"
TOLD_LINES = 5
"""Lines that the message of an exception may have; more than that is what was written after it."""
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)


@dataclass(frozen=True)
class ProgramExit:
    """The stage at which script mode ended: ``exit_code`` is that of ``what``, negative where a signal ended it."""

    what: Literal["toolkit", "installation", "program"]
    exit_code: int
    cause: str

    @classmethod
    def of(cls, ended: CompletedProgram, report: str) -> ProgramExit:
        """Tells the stage by ``report``, the toolkit's text for the failure file, empty where it wrote none."""
        found = REPORT.match(report)
        if ended.exit_code == 0:
            return cls("program", 0, "")
        if found is None:
            return cls("toolkit", ended.exit_code, last_error(report or ended.errors))
        what: Literal["installation", "program"] = "installation" if found["kind"].startswith("Install") else "program"
        return cls(what, int(found["code"]), last_error(_without_the_toolkits(ended.errors)))

    @property
    def shell_code(self) -> int:
        """The exit code as a shell gives it, and ``train`` too."""
        return 128 - self.exit_code if self.exit_code < 0 else min(self.exit_code, 255)

    @property
    def manner(self) -> str:
        code = self.exit_code
        if code in KILLED:
            return (
                f"was killed (exit code {self.shell_code}), most likely because memory ran out; use an instance type "
                "with more memory, or less data"
            )
        cause = f": {self.cause}" if self.cause else "; the log has the details"
        if code < 0:
            return f"was ended by signal {-code} ({signal.strsignal(-code)}){cause}"
        return f"ended with exit code {code}{cause}"


def failure(program: EntryPoint, code: Path, end: ProgramExit) -> ContainerError:
    """Returns the error of a program that failed; ``code`` is the folder that it ran in."""
    if end.what == "toolkit":
        return _not_come_to(program, code, end)
    if end.what == "installation":
        return UserError(
            f"what {program.name} requires cannot be installed: {end.cause or 'the log has the details'}; check the "
            "names and versions in requirements.txt, and that the job may reach a package index"
        )
    if program.is_remote:  # so it could not be checked before
        try:
            check_folder(program, code)
        except UserError as error:
            return error
    return AlgorithmError(f"{program.name} {end.manner}")


def stopped(program: EntryPoint, end: ProgramExit, grace: float) -> Stopped:
    """Returns the error of a program that was told to stop and did not end well."""
    if end.what == "toolkit" and end.exit_code in KILLED:
        return Stopped(f"{program.name} was told to stop, still ran {grace:g} seconds later and was killed")
    if end.what != "program":
        return Stopped(f"{program.name} was told to stop before it had begun")
    if end.shell_code == 128 + signal.SIGTERM:
        return Stopped(
            f"{program.name} was told to stop, and SIGTERM ended it; it may handle that signal and save first"
        )
    return Stopped(f"{program.name} was told to stop and {end.manner}")


def _not_come_to(program: EntryPoint, code: Path, end: ProgramExit) -> ContainerError:
    if "No module named 'sagemaker_training" in end.cause:
        return PlatformError(f"the python of {PYTHON} does not have the toolkit: {INSTALL}")
    if program.is_remote and not (code / program.name).exists():
        return UserError(
            f"{program.name} cannot be fetched ({end.cause}); {DIRECTORY} is {program.source}: check that address, "
            "and that the job's role may read it"
        )
    return AlgorithmError(f"the toolkit that runs {program.name} {end.manner}")


def _without_the_toolkits(errors: str) -> str:
    """Cuts out what pip or the program wrote between the toolkit's own messages."""
    if INVOKING in errors:
        errors = errors.rpartition(INVOKING)[2].partition("\n\n\n")[2]
    ends = [found.start() for found in REPORTING.finditer(errors)]
    return LOGGED.sub("", errors[: ends[-1]] if ends else errors)


def last_error(text: str) -> str:
    """Finds the last error in a text: the message of a traceback, else a line marked as error, else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if TRACEBACK in text and 0 < len(message := _message(text.rpartition(TRACEBACK)[2])) <= TOLD_LINES:
        return "\n".join(message)
    marked = [line for line in lines if line.startswith("ERROR: ")]
    return (marked or lines or [""])[-1]


def _message(traceback: str) -> list[str]:
    """Returns the lines after the frames of a traceback, which are indented."""
    lines = traceback.splitlines()
    first = next((at for at, line in enumerate(lines) if line and not line[0].isspace()), len(lines))
    return [line.rstrip() for line in lines[first:] if line.strip()]
