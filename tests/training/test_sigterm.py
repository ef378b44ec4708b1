"""A job that is stopped in the middle of training."""

from __future__ import annotations

import json
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.contract.forks import PATIENCE, Fork
from tests.contract.runtime import Processes, wait_for_text
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.training.jobs_of_hosts import Held, job_of
from tests.training.test_supervision import is_running

XGBOOST = Subject("xgboost", "xgboost")


@pytest.fixture
def endless(tmp_path: Path) -> Tree:
    """A job that would train for hours."""
    return Tree.copy(XGBOOST.example, tmp_path / "ml").set(num_round="1000000")


def _stop_after(tree: Tree, text: str) -> tuple[int, str]:
    program = Processes().start(["train"], XGBOOST, tree, {}, 0)
    try:
        wait_for_text(program, text)
        program.signal(signal.SIGTERM)
        return program.wait(), program.log()
    finally:
        program.stop()


def test_S01_S02_a_job_without_the_wish_to_be_saved_leaves_nothing_and_says_so(endless: Tree) -> None:
    exit_code, log = _stop_after(endless, "[20] ")
    assert exit_code == 128 + signal.SIGTERM, log
    assert endless.model_files() == set()
    assert "save_model_on_termination" in (endless.failure or "")


def test_S02_save_model_on_termination_keeps_the_model_of_the_last_finished_round(endless: Tree) -> None:
    exit_code, log = _stop_after(endless.set(save_model_on_termination="true"), "[20] ")
    assert exit_code == 0, log
    manifest = json.loads((endless.model / "manifest.json").read_text())
    assert manifest["best_iteration"] >= 20
    assert endless.failure is None


@pytest.mark.parametrize("moment", ["save", "end"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_S02_a_job_that_is_stopped_after_fit_publishes_its_model_and_succeeds(
    tmp_path: Path, moment: str, number: signal.Signals
) -> None:
    held = Held(tmp_path, moment)
    with job_of(tmp_path / "job") as job:
        program = job.start(job.names[0], **held.variables)
        held.wait()
        threads = _threads(program)
        program.signal(number)
        if moment == "end":  # the model is published, so that nothing but the listener's own end is to be seen
            _wait_for_fewer_threads(program, threads)
            assert is_running(_trainer(program)), program.log()
        held.release()
        assert program.wait() == 0, program.log()
        assert job.leader.failure is None
        assert {"manifest.json", "mean.json", "report.html"} <= job.leader.model_files()
        assert list(job.temporary.iterdir()) == []


def _threads(program: Fork) -> int:
    """How many threads the program has; none after its end."""
    with suppress(FileNotFoundError, ValueError):
        return len(list(Path(f"/proc/{_trainer(program)}/task").iterdir()))
    return 0


def _trainer(program: Fork) -> int:
    """The process that trains, which the program watches. Raises ``ValueError`` after its end."""
    return int(Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text())


def _wait_for_fewer_threads(program: Fork, before: int) -> None:
    """Returns once the thread that hears signals is done, which is whatever it does about them."""
    deadline, tick = time.monotonic() + PATIENCE, threading.Event()
    while _threads(program) >= before:
        assert time.monotonic() < deadline, program.log()
        tick.wait(0.02)
