"""What in a log fails a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.logs import check, expecting, trouble
from tests.contract.runtime import Processes, run
from tests.contract.subject import MEAN
from tests.contract.tree import Tree

TROUBLE = [
    "[2026-11-30 21:00:24,540 WARNING] channel model is not used",
    "[2026-11-30 21:13:42 +0000] [10399] [WARNING] Invalid request from ip=127.0.0.1",
    "[2026-11-30 21:13:32 +0000] [9922] [ERROR] Worker (pid:9926) was sent SIGKILL! Perhaps out of memory?",
    "/opt/venv/lib/python3.13/site-packages/a.py:3: DeprecationWarning: will be gone",
    "Traceback (most recent call last):",
    "W0000 00:00:1780000000.000000    4057 util.cc:163] Not handling type DT_DOUBLE",
    "[LightGBM] [Warning] Met categorical feature which contains sparse values",
]
PLAIN = [
    "[2026-11-30 21:00:24,540 INFO] channel train: reading 1 files, 0.0 MB",
    "[0]#011train-error:0.25#011validation-error:0.31",
    '{"status": 400, "error": "record 1: no number"}',
    "#quality_metric: host=algo-1, train squared_error <loss>=0.4",
]


@pytest.mark.parametrize("line", TROUBLE)
def test_a_line_of_trouble_fails(line: str) -> None:
    with pytest.raises(AssertionError, match="does not expect"):
        check(f"all is well\n{line}\n")


@pytest.mark.parametrize("line", PLAIN)
def test_other_lines_do_not(line: str) -> None:
    check(line)


def test_what_is_expected_does_not_fail_as_long_as_it_is_expected() -> None:
    with expecting("is not used", "no such line"):
        check(TROUBLE[0])
        with pytest.raises(AssertionError, match="Invalid request"):
            check("\n".join(TROUBLE[:2]))
    with pytest.raises(AssertionError, match="is not used"):
        check(TROUBLE[0])


def test_a_program_that_failed_may_say_why_but_not_warn() -> None:
    errors = [line for line in TROUBLE if "ERROR" in line or "Traceback" in line]
    assert trouble("\n".join(TROUBLE), failed=True) == [line for line in TROUBLE if line not in errors]


def test_the_log_of_a_program_is_looked_at(tree: Tree) -> None:
    (tree.base / "checkpoints").mkdir()
    with pytest.raises(AssertionError, match="checkpoints are not written"):
        run(Processes(), ["train"], MEAN, tree, {})


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree.copy(MEAN.example, tmp_path / "ml")
