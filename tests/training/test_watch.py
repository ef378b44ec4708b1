"""A job whose process is ended by a signal, as native libraries and the kernel do, tells why all the same."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from contract.errors import Stopped
from tests.contract.forks import PATIENCE
from tests.contract.runtime import Processes, run, wait_for_text
from tests.contract.subject import MEAN, Subject
from tests.contract.tree import Tree
from tests.training.jobs_of_hosts import Held, job_of
from train.watch import EARLIER_MODEL, cause

ENDED = Subject("tests.toys.ended_by_signal", "mean")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree.copy(MEAN.example, tmp_path / "ml")


@pytest.mark.parametrize(
    ("moment", "number", "exit_code", "told"),
    [
        ("read", "SIGABRT", 2, "ClientError: channel 'train', file part-1.csv: the library that reads it was ended by"),
        ("read", "SIGKILL", 1, "AlgorithmError: the process was killed by SIGKILL, most often because memory ran out"),
        ("fit", "SIGSEGV", 1, "AlgorithmError: a library ended the process by SIGSEGV"),
        ("save", "SIGABRT", 1, "AlgorithmError: a library ended the process by SIGABRT"),
    ],
)
def test_the_end_by_a_signal_is_told_with_the_file_that_was_read(
    tree: Tree, moment: str, number: str, exit_code: int, told: str
) -> None:
    name = tree.channel_file("train").name
    ended, log = run(Processes(), ["train"], ENDED, tree, {"ENDED_IN": moment, "ENDED_BY": number})
    assert ended == exit_code, log
    assert (tree.failure or "").startswith(told.replace("part-1.csv", name))
    assert told.replace("part-1.csv", name) in log
    assert tree.model_files() == set()


def test_an_earlier_model_is_named_while_training_goes_on_from_it() -> None:
    told = str(cause(signal.SIGSEGV, EARLIER_MODEL))
    assert "by SIGSEGV while training went on from the model in the channel 'model', which may be damaged" in told


def test_a_stop_that_comes_before_anything_is_no_fault() -> None:
    assert isinstance(cause(signal.SIGTERM, ""), Stopped)


def test_the_process_that_trains_ends_with_the_one_that_watches_it(tmp_path: Path) -> None:
    held = Held(tmp_path, "save")
    with job_of(tmp_path / "job") as job:
        program = job.start(job.names[0], **held.variables)
        held.wait()
        trainer = int(Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text())
        ended = os.pidfd_open(trainer)
        program.signal(signal.SIGKILL)
        assert program.wait() == -signal.SIGKILL
        assert select.select([ended], [], [], PATIENCE)[0]
        os.close(ended)


CHILD = """
import os, signal, sys
from contract.process.child import run_in_child
sys.exit(run_in_child(lambda: {}) % 256)
"""


@pytest.mark.parametrize(
    ("body", "code"),
    [("7", 7), ("sys.exit(5)", 5), ("os.kill(os.getpid(), signal.SIGSEGV)", 256 - signal.SIGSEGV)],
)
def test_a_child_ends_its_parent_as_it_ends(body: str, code: int) -> None:
    done = subprocess.run([sys.executable, "-c", CHILD.format(body)], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == code


def test_strays_that_end_first_are_not_taken_for_the_child() -> None:
    lines = CHILD.format("os.waitpid(os.fork() or os._exit(9), 0) and 3")
    stray = lines.replace("sys.exit(run", "os.fork() or os._exit(4)\nsys.exit(run")
    done = subprocess.run([sys.executable, "-c", stray], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 3


def test_a_failure_inside_the_process_is_told_as_before(tree: Tree) -> None:
    tree.channel_file("train").write_text("a,b\n")
    program = Processes().start(["train"], MEAN, tree, {}, 0)
    try:
        wait_for_text(program, "is not a number")
        assert program.wait() == 2
    finally:
        program.stop()
