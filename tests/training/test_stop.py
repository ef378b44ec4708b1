"""What SIGTERM and Ctrl-C do to a process at each moment of a job: real processes that signal themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from train.stop import EXIT_CODE

ROOT = Path(__file__).parents[2]
BOTH = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
SETTING = """
    import os, signal, sys, threading
    from train.stop import Stop

    number, grace = int(sys.argv[1]), float(sys.argv[2])
    stop = Stop(lambda: print("cleaned up", flush=True), grace)
    stop.listen()
    listener = next(thread for thread in threading.enumerate() if thread.name == "sigterm")

    def receive(number=number):
        '''Returns once the listener has heard the signal.'''
        os.kill(os.getpid(), number)
        while not stop.requested():
            threading.Event().wait(0.01)
"""


def _run(program: str, number: int = signal.SIGTERM, grace: float = 600) -> tuple[int, str]:
    """Runs a program after ``SETTING``; returns its exit code and what it printed."""
    source = textwrap.dedent(SETTING) + textwrap.dedent(program)
    command = [sys.executable, "-c", source, str(int(number)), str(grace)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


@BOTH
def test_S01_before_the_grace_period_the_process_is_cleaned_up_and_ends_at_once(number: int) -> None:
    assert _run("os.kill(os.getpid(), number)\nthreading.Event().wait()", number) == (EXIT_CODE, "cleaned up\n")


def test_S01_a_job_that_is_being_ended_does_not_come_to_its_grace_period_any_more() -> None:
    program = """
        cleaning, came = threading.Event(), threading.Event()

        def clean_up():
            cleaning.set()
            print("came" if came.wait(1) else "did not come", flush=True)

        stop = Stop(clean_up)
        stop.listen()
        os.kill(os.getpid(), number)
        cleaning.wait()
        with stop.grace_period():
            came.set()
            threading.Event().wait()
    """
    assert _run(program) == (EXIT_CODE, "did not come\n")


@BOTH
def test_S02_in_the_grace_period_the_job_is_told_and_finishes(number: int) -> None:
    program = """
        with stop.grace_period():
            print(stop.requested())
            receive()
            print(stop.requested())
        listener.join()
        print("finished")
    """
    assert _run(program, number) == (0, "False\nTrue\nfinished\n")


def test_S01_a_job_that_does_not_finish_in_its_grace_period_is_cleaned_up_and_ended() -> None:
    program = """
        with stop.grace_period():
            os.kill(os.getpid(), number)
            threading.Event().wait()
    """
    assert _run(program, grace=0.05) == (EXIT_CODE, "cleaned up\n")


@pytest.mark.parametrize("ending", ["pass", "raise ValueError"])
def test_S01_after_the_grace_period_a_signal_changes_nothing_however_the_block_ended(ending: str) -> None:
    program = f"""
        try:
            with stop.grace_period():
                {ending}
        except ValueError:
            print("failed")
        receive()
        listener.join()
        print("ends by itself")
    """
    assert _run(program)[1].endswith("ends by itself\n")


def test_another_signal_that_the_program_handles_does_not_stop_it() -> None:
    program = """
        signal.signal(signal.SIGUSR1, lambda number, frame: None)
        for _ in range(100_000):  # enough for the listener to have its turn
            signal.raise_signal(signal.SIGUSR1)
        with stop.grace_period():
            print(stop.requested())
            receive()
        listener.join()
    """
    assert _run(program) == (0, "False\n")


def test_signals_that_come_again_and_again_neither_block_nor_end_the_job() -> None:
    program = """
        with stop.grace_period():
            receive()
            for _ in range(100_000):
                signal.raise_signal(number)
        listener.join()
        print("finished")
    """
    assert _run(program) == (0, "finished\n")
