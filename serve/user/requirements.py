"""Installs the requirements.txt of a user's ``inference.py``, when that was allowed."""

from __future__ import annotations

import importlib.metadata
import logging
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from contract.errors import ArtifactError
from serve.settings import Settings
from serve.user.program import locate

log = logging.getLogger("serve")

REQUIREMENTS = "requirements.txt"
PATIENCE = 420
"""Seconds that an installation may take: SageMaker waits 480 for the first healthy /ping."""


def install_requirements(settings: Settings) -> None:
    """Installs what the user's program of a model asks for, where there is one. Raises ``ArtifactError``."""
    place = locate(settings)
    for folder in place.folders if place else ():
        install(folder, settings.allow_install)


def install(code: Path, allowed: bool) -> None:
    """Installs the requirements.txt of a folder of code into a folder of its own, searched after everything else.

    The image's own packages stay as they are: a requirement that contradicts them is refused. Raises ``ArtifactError``.
    """
    requirements = code / REQUIREMENTS
    if not requirements.is_file():
        return
    if not allowed:
        raise ArtifactError(
            f"{code.name}/{REQUIREMENTS} is there, but a server that installs packages as it starts needs "
            "the network and starts late: set SAGEMAKER_ALLOW_INSTALL=1 to allow it, or put the packages into the image"
        )
    folder = Path(tempfile.mkdtemp(prefix="requirements-"))
    log.info("installing %s, as SAGEMAKER_ALLOW_INSTALL says", requirements)
    _run(_command(requirements, folder))
    for kind in ("purelib", "platlib"):
        sys.path.append(sysconfig.get_path(kind, vars={"base": str(folder), "platbase": str(folder)}))


def _command(requirements: Path, folder: Path) -> list[str]:
    """Returns pip's command line; the image keeps pip apart from what serves, so it is told what to install for."""
    pip = os.environ.get("SCRIPT_MODE_PYTHON") or sys.executable
    constraints = folder / "constraints.txt"
    constraints.write_text(
        "".join(f"{found.name}=={found.version}\n" for found in importlib.metadata.distributions() if found.name)
    )
    return [
        *(pip, "-m", "pip", "--python", sys.executable, "install", "--disable-pip-version-check"),
        *("--no-warn-script-location", "--prefix", str(folder), "--constraint", str(constraints)),
        *("--requirement", str(requirements)),
    ]


def _run(command: list[str]) -> None:
    pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        said = pip.communicate(timeout=PATIENCE)[0].strip()
    except BaseException as error:
        os.killpg(pip.pid, signal.SIGKILL)  # pip starts itself again for the other Python
        pip.communicate()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        raise ArtifactError(f"{REQUIREMENTS} was not installed within {PATIENCE} s; put it into the image") from error
    if pip.returncode:
        log.error("%s", said)
        raise ArtifactError(f"{REQUIREMENTS} cannot be installed: {_reason(said)}; is there a network, does it fit?")


def _reason(said: str) -> str:
    """Finds pip's error and the packages that contradict each other."""
    lines = said.splitlines() or ["pip said nothing"]
    error = next((line for line in lines if line.startswith("ERROR")), lines[-1])
    return " ".join([error, *(line.strip() for line in lines if " depends on " in line or "(constraint)" in line)])
