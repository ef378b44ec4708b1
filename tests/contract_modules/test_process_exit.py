"""A program that exits loses nothing of what it said, and keeps its exit code."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.server_process import ROOT


def run_then_exit(lines: str, stdin: Any = None) -> subprocess.CompletedProcess[str]:
    """A Python program of these lines that then exits with code 3; its streams are buffered."""
    modules = "atexit, ctypes, os, sys, threading, time"
    script = f"import {modules}\nfrom contract.process.exit import exit_with, run_and_exit\n{lines}\nexit_with(3)"
    return subprocess.run(
        [sys.executable, "-E", "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT, stdin=stdin
    )


@pytest.mark.parametrize(
    ("lines", "printed"),
    [
        ("print('by Python', end='')", "by Python"),
        ("ctypes.CDLL(None).printf(b'by native code')", "by native code"),
        ("atexit.register(print, 'at the end', end='')", "at the end"),
    ],
)
def test_what_was_said_and_what_is_registered_for_the_end_is_not_lost(lines: str, printed: str) -> None:
    ended = run_then_exit(lines)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, printed, "")


@pytest.mark.parametrize("at_work", ["time.sleep(600)", "ctypes.CDLL(None).getchar()"])
def test_a_thread_that_still_works_is_not_waited_for(at_work: str) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as silent:
        ended = run_then_exit(f"threading.Thread(target=lambda: {at_work}).start()", stdin=silent.stdout)
    assert ended.returncode == 3


@pytest.mark.parametrize(
    "lost",
    [
        "reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 1); print('to nobody')",
        "sys.stdout.close()",
        "sys.stdout = None",
        "atexit.register(sys.exit, 1)",
    ],
)
def test_nothing_that_fails_at_the_end_changes_the_exit_code(lost: str) -> None:
    assert run_then_exit(lost).returncode == 3


@pytest.mark.parametrize(
    ("main", "code"),
    [("int", 0), ("lambda: 4", 4), ("sys.exit", 0), ("lambda: sys.exit(5)", 5), ("lambda: sys.exit('why')", 1)],
)
def test_a_program_ends_with_the_code_that_it_returns_or_exits_with(main: str, code: int) -> None:
    assert run_then_exit(f"run_and_exit({main})").returncode == code


@pytest.mark.parametrize("program", ["train", "serve"])
def test_the_programs_do_not_take_apart_what_they_have_loaded(program: str) -> None:
    lines = f"""
class Large:
    def __del__(self):
        print("taken apart")

large = Large()
sys.argv = ["{program}", "--help"]
from {program}.__main__ import program
program()
"""
    ended = run_then_exit(lines)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"usage: {program}")
    assert "taken apart" not in ended.stdout
