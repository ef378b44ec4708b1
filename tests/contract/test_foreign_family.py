"""The suite over a package that is none of this project's, wherever it lies."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.selection import Test, is_wanted
from tests.contract.subject import MEAN, ROOT, Subject

MODULE = """
from tests.toys.mean.averaging import Mean


class Ours(Mean):
    name = "ours"


ALGORITHM = Ours()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What has to be on PYTHONPATH for `mine.family`: one module, and the example job of its algorithm."""
    package = tmp_path / "mine" / "family"
    shutil.copytree(MEAN.example, package / "example" / "ours")
    (package / "averaging.py").write_text(MODULE)
    return tmp_path


def contract(family: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`pytest tests/contract` for one family, with a folder on PYTHONPATH."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract", *arguments],
        env={"PATH": os.environ["PATH"], "CONTRACT_FAMILY": family, "PYTHONPATH": str(folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_only_its_tests_are_found(folder: Path) -> None:
    told = contract("mine.family", folder, "--collect-only").stdout
    names = re.findall(r"^tests/contract/\S+::\S.*$", told, re.MULTILINE)
    assert len(names) > 100
    assert {runtime for name in names for runtime in re.findall(r"\[(ours-[a-z]+)", name)} == {
        "ours-process",
        "ours-script",
        "ours-image",
    }
    assert not [name for name in names if "[ours-" not in name]


def test_its_programs_are_run_where_the_package_lies(folder: Path) -> None:
    ended = contract("mine.family", folder, "-m", "not image", "-k", "T01_I01_success or V01 or V12_a_record_alone")
    assert ended.returncode == 0, ended.stdout
    assert "5 passed" in ended.stdout


@pytest.mark.parametrize(
    ("family", "left_out", "told"),
    [
        ("mine.other", "", "no family mine.other: put the folder that holds its package on PYTHONPATH"),
        ("mine.family", "averaging.py", "no module of mine.family has an object ALGORITHM"),
        ("mine.family", "example/ours/input/config", "ours has no example job in"),
    ],
)
def test_what_is_missing_is_said_in_one_line(folder: Path, family: str, left_out: str, told: str) -> None:
    path = folder / "mine" / "family" / left_out
    if path.is_file():
        path.unlink()
    elif left_out:
        shutil.rmtree(path)
    ended = contract(family, folder)
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert told in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_its_image_is_its_own_and_is_looked_at_as_the_other_algorithms_of_a_tested_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMAGE_TESTS", raising=False)
    monkeypatch.syspath_prepend(str(folder))
    ours = Subject("mine.family", "ours")
    assert ours.image == "open-algorithms/mine.family:latest"
    assert is_wanted(ours, "image", Test("test_V01", "test_hosting.py", ["endpoint"]))
    assert not is_wanted(ours, "image", Test("test_F06", "test_data.py", ["failing", "tree"]))
