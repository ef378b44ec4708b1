"""An environment for each version, made once."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.compatibility.versions import Version


def python(version: Version, root: Path) -> Path | None:
    """The interpreter of a version's environment, or None where this machine has no such Python."""
    folder = version.folder(root)
    made = folder / "bin" / "python"
    if (folder / ".whole").exists():
        return made
    interpreter = _interpreter(version.python)
    if interpreter is None:
        return None
    subprocess.run([interpreter, "-m", "venv", "--clear", folder], check=True)
    install = [made, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *version.beside, *([] if version.bare else [version.requirement])], check=True)
    if version.bare:
        subprocess.run([*install, "--no-deps", version.requirement], check=True)
    (folder / ".whole").touch()
    return made


def _interpreter(number: str) -> str | None:
    """A Python that runs, of the PATH or of pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(f"python{number}"), *map(str, sorted(pyenv.glob(f"{number}.*/bin/python")))]
    return next((path for path in found if path and _runs(path)), None)


def _runs(path: str) -> bool:
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0
