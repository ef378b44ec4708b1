"""A program that leaves loses nothing of what it said, and keeps its exit code."""

from __future__ import annotations

import subprocess
import sys

import pytest


def leave_after(lines: str) -> subprocess.CompletedProcess[str]:
    """A Python program of these lines that then leaves with exit code 3."""
    script = f"import atexit, ctypes, os, threading, time\nfrom containers.leaving import leave\n{lines}\nleave(3)"
    return subprocess.run([sys.executable, "-E", "-c", script], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("lines", "printed"),
    [
        ("print('by Python', end='')", "by Python"),
        ("ctypes.CDLL(None).printf(b'by native code')", "by native code"),
        ("atexit.register(print, 'at the end', end='')", "at the end"),
    ],
)
def test_what_was_said_and_what_is_registered_for_the_end_is_not_lost(lines: str, printed: str) -> None:
    ended = leave_after(lines)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, printed, "")


def test_a_thread_that_still_works_is_not_waited_for() -> None:
    assert leave_after("threading.Thread(target=time.sleep, args=[600]).start()").returncode == 3


def test_a_log_that_nobody_reads_any_more_does_not_change_the_exit_code() -> None:
    unread = "reader, writer = os.pipe()\nos.close(reader)\nos.dup2(writer, 1)\nprint('to nobody')"
    assert leave_after(unread).returncode == 3
