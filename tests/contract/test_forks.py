"""A forked program is to a test what the installed script is: what it is given, how it ends, what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.forks import Fork
from tests.contract.runtime import Processes, Scripts, log_file, run
from tests.contract.subject import MEAN
from tests.contract.tree import Tree
from tests.endpoint import Endpoint, free_port


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree.copy(MEAN.example, tmp_path / "ml")


@pytest.fixture
def server(tree: Tree) -> Iterator[Fork]:
    """A server that answers."""
    assert run(Processes(), ["train"], MEAN, tree, {})[0] == 0
    port = free_port()
    program = Processes().start(["serve"], MEAN, tree, {}, port)
    try:
        Endpoint(port, program).wait_until_healthy()
        yield program
    finally:
        program.stop()


@pytest.mark.parametrize("arguments", [["train", "--help"], ["serve", "--help"], ["train", "no-such-argument"]])
def test_it_says_and_returns_what_the_script_does(tree: Tree, arguments: list[str]) -> None:
    assert run(Processes(), arguments, MEAN, tree, {}) == run(Scripts(), arguments, MEAN, tree, {})


def test_the_end_of_a_program_is_not_lost_when_it_comes_with_the_start(tmp_path: Path) -> None:
    told, tell = os.pipe()
    os.write(tell, b"started 123\nended 4\n")
    os.close(tell)
    assert Fork(told, tmp_path / "log").wait() == 4


def test_it_trains_the_model_of_the_script(tmp_path: Path) -> None:
    forked, started = (Tree.copy(MEAN.example, tmp_path / name) for name in ("forked", "started"))
    assert run(Processes(), ["train"], MEAN, forked, {})[0] == 0
    assert run(Scripts(), ["train"], MEAN, started, {})[0] == 0
    assert forked.model_files() == started.model_files()
    assert (forked.model / "mean.json").read_bytes() == (started.model / "mean.json").read_bytes()


def test_it_has_a_session_of_its_own_no_input_and_one_file_for_its_output(server: Fork, tree: Tree) -> None:
    links = [Path(f"/proc/{server.pid}/{name}").readlink() for name in ("cwd", "fd/0", "fd/1", "fd/2")]
    log = log_file("serve", tree)
    assert links == [Path("/"), Path(os.devnull), log, log]
    assert os.getsid(server.pid) == server.pid


def test_its_exit_code_is_negative_for_a_signal(server: Fork) -> None:
    server.signal(signal.SIGKILL)
    assert server.wait(30) == -signal.SIGKILL


def test_waiting_for_it_ends_with_the_time_that_is_given(server: Fork) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        server.wait(0.01)


def test_nothing_is_left_of_it_once_it_was_stopped(server: Fork) -> None:
    server.stop()
    assert not Path(f"/proc/{server.pid}").exists()
