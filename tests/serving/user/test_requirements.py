"""The requirements.txt of a user's inference.py: refused unless allowed, and never a danger to the server's own."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.serving.conftest import StartServer
from tests.serving.toy_models import csv_rows, write_model

ALLOWED = {"SAGEMAKER_ALLOW_INSTALL": "1", "PIP_NO_INDEX": "1"}
PROGRAM = "import greeting\ndef output_fn(predictions, accept): return greeting.WORD"


def wheel(folder: Path, requires: str = "") -> Path:
    """A package ``greeting``, built by hand."""
    path = folder / "greeting-1.0-py3-none-any.whl"
    about = "greeting-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("greeting.py", "WORD = 'hello'\n")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n{requires}")
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    return path


def write_code(base: Path, requirement: str) -> None:
    write_model(base / "model")
    code = base / "model" / "code"
    code.mkdir()
    (code / "inference.py").write_text(PROGRAM)
    (code / "requirements.txt").write_text(f"{requirement}\n")


def test_requirements_are_refused_with_the_variable_that_allows_them(
    tmp_path: Path, run_serve: Callable[..., tuple[int, str]]
) -> None:
    write_code(tmp_path, str(wheel(tmp_path)))
    exit_code, log = run_serve({"ALGORITHM_FAMILY": "tests.toys.mean"})
    assert exit_code == 1
    assert "code/requirements.txt" in log
    assert "SAGEMAKER_ALLOW_INSTALL=1" in log
    assert "Traceback" not in log


def test_requirements_are_installed_when_that_is_allowed(tmp_path: Path, start_server: StartServer) -> None:
    write_code(tmp_path, str(wheel(tmp_path)))
    server = start_server(environ=ALLOWED)
    assert server.invoke(csv_rows(1)).body == b"hello"


@pytest.mark.parametrize(
    ("requires", "requirement", "told"),
    [
        ("Requires-Dist: numpy<1\n", "{wheel}", "numpy"),
        ("", "no-such-package-anywhere", "no-such-package-anywhere"),
    ],
    ids=["contradicts the image", "not to be had"],
)
def test_requirements_that_cannot_be_met_end_the_server_with_the_reason(
    tmp_path: Path, run_serve: Callable[..., tuple[int, str]], requires: str, requirement: str, told: str
) -> None:
    write_code(tmp_path, requirement.format(wheel=wheel(tmp_path, requires)))
    exit_code, log = run_serve({"ALGORITHM_FAMILY": "tests.toys.mean", **ALLOWED})
    assert exit_code == 1
    assert re.search(rf"requirements.txt cannot be installed: ERROR.*{told}", log)
    assert "Traceback" not in log
