"""Programs of somebody else's under supervision: real processes, nothing in their place."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from train.supervision import KEPT, CompletedProgram, supervise


def supervised(program: str, *arguments: object, stop_when: Path | None = None, grace: float = 60) -> CompletedProgram:
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    return supervise(command, dict(os.environ), lambda: stop_when is not None and stop_when.exists(), grace)


def wait_for_end(pid: int) -> None:
    """A killed process needs a moment to be gone."""
    deadline, tick = time.monotonic() + 30, threading.Event()
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs"
        tick.wait(0.02)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_output_passes_unchanged(capfd: pytest.CaptureFixture[str]) -> None:
    program = r"import os; os.write(1, b'loss=0.5\n'); os.write(2, 'half a line, ä\r'.encode()); os.write(2, b'rest\n')"
    assert supervised(program) == CompletedProgram(0, "half a line, ä\rrest\n")
    assert capfd.readouterr() == ("loss=0.5\n", "half a line, ä\rrest\n")


def test_only_the_end_of_much_output_is_kept_and_all_of_it_passes(capfd: pytest.CaptureFixture[str]) -> None:
    ended = supervised("import sys; sys.stderr.write('x' * 300_000 + 'end')")
    assert ended.errors == "x" * (KEPT - 3) + "end"
    assert len(capfd.readouterr().err) == 300_003


@pytest.mark.parametrize(("program", "code"), [("exit(7)", 7), ("import os; os.abort()", -signal.SIGABRT)])
def test_T05_the_exit_code_is_that_of_the_program(program: str, code: int) -> None:
    assert supervised(program).exit_code == code


def test_a_program_that_cannot_be_started_is_an_error_of_the_system() -> None:
    with pytest.raises(FileNotFoundError):
        supervise(["/nowhere/program"], {}, lambda: False, 1)


def test_S01_every_process_of_the_session_hears_sigterm_and_its_clean_end_is_awaited(tmp_path: Path) -> None:
    """The main process ends at once, as a shell does; its child has something to save first."""
    child = """
        import pathlib, signal, sys
        signal.signal(signal.SIGTERM, lambda *_: None)
        pathlib.Path(sys.argv[1], "ready").touch()
        signal.pause()
        for _ in range(200_000): pass
        pathlib.Path(sys.argv[1], "saved").touch()
    """
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    ended = supervised(program, textwrap.dedent(child), tmp_path, stop_when=tmp_path / "ready")
    assert ended.exit_code == -signal.SIGTERM
    assert (tmp_path / "saved").exists()


def test_S01_who_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    program = """
        import pathlib, signal, sys
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        pathlib.Path(sys.argv[1]).touch()
        while True: signal.pause()
    """
    ready = tmp_path / "ready"
    assert supervised(program, ready, stop_when=ready, grace=0.1).exit_code == -signal.SIGKILL


def test_S01_nothing_that_a_program_started_outlives_it(tmp_path: Path) -> None:
    program = """
        import pathlib, subprocess, sys
        left = subprocess.Popen(["sleep", "600"])
        pathlib.Path(sys.argv[1]).write_text(str(left.pid))
    """
    assert supervised(program, tmp_path / "pid").exit_code == 0
    wait_for_end(int((tmp_path / "pid").read_text()))
