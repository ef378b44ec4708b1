"""What only an algorithm that misbehaves can show: toys with a fault, as processes and as guests in a real image."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.contract import runtime as runtimes
from tests.contract.logs import expecting
from tests.contract.subject import MEAN, Subject
from tests.contract.tree import Tree
from tests.endpoint import Endpoint
from tests.images.engine import build_toys_image

BLOCKS, RAISES = (Subject(f"tests.toys.{name}", "mean") for name in ("blocks", "raises_in_fit"))
ONE_WORKER = {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"}
RECORD, BLOCKING_RECORD = b"1,2,3,4\n", b"-1,2,3,4\n"


@pytest.fixture(
    params=[runtimes.Processes(), pytest.param(runtimes.Images(), marks=pytest.mark.image)], ids=lambda it: it.name
)
def runtime(request: pytest.FixtureRequest) -> runtimes.Runtime:
    chosen: runtimes.Runtime = request.param
    if chosen.name == "image":
        build_toys_image()
    return chosen


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree.copy(MEAN.example, tmp_path / "ml")


class Pipes:
    """The two named pipes by which the toy ``blocks`` says that it waits and is told to go on."""

    def __init__(self, folder: Path, inside: str) -> None:
        folder.mkdir()
        self._started, self._release = folder / "started", folder / "release"
        for pipe in (self._started, self._release):
            os.mkfifo(pipe)
        self.variables = {"BLOCKS_STARTED": f"{inside}/started", "BLOCKS_RELEASE": f"{inside}/release"}

    def wait_for_prediction(self) -> None:
        assert self._started.read_bytes() == b"."

    def release(self) -> None:
        self._release.write_bytes(b"")


@pytest.fixture
def pipes(tree: Tree, runtime: runtimes.Runtime) -> Pipes:
    folder = tree.base / "pipes"
    return Pipes(folder, "/opt/ml/pipes" if runtime.name == "image" else str(folder))


@pytest.fixture
def blocking(runtime: runtimes.Runtime, tree: Tree, pipes: Pipes) -> Iterator[Endpoint]:
    """A server of one worker that waits on request; no training record, and so no warm-up, makes it wait."""
    for channel in ("train", "validation"):
        tree.channel_file(channel).write_text(tree.channel_file(channel).read_text().replace("-", ""))
    exit_code, log = runtimes.run(runtime, ["train"], BLOCKS, tree, {})
    assert exit_code == 0, log
    with runtimes.serving(runtime, BLOCKS, tree, {**ONE_WORKER, **pipes.variables}) as endpoint:
        yield endpoint


def test_T05_T07_a_bug_of_the_algorithm_fails_the_job_with_its_reason(runtime: runtimes.Runtime, tree: Tree) -> None:
    exit_code, log = runtimes.run(runtime, ["train"], RAISES, tree, {})
    assert exit_code == 1
    assert "Traceback" in log
    assert tree.failure is not None
    assert tree.failure.startswith("AlgorithmError: ")
    assert "a bug of the algorithm" in tree.failure
    assert "Traceback" not in tree.failure
    assert tree.model_files() == set()


def test_V02_ping_is_quick_while_every_worker_predicts(blocking: Endpoint, pipes: Pipes) -> None:
    with ThreadPoolExecutor(9) as pool:
        stuck = pool.submit(blocking.invoke, BLOCKING_RECORD)
        pipes.wait_for_prediction()
        waiting = [pool.submit(blocking.invoke, RECORD) for _ in range(8)]
        assert [blocking.ping().status for _ in range(5)] == [200] * 5
        pipes.release()
        assert [request.result(60).status for request in [stuck, *waiting]] == [200] * 9


def test_V17_requests_in_flight_are_answered_after_sigterm(blocking: Endpoint, pipes: Pipes) -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(blocking.invoke, BLOCKING_RECORD)
        pipes.wait_for_prediction()
        blocking.program.signal(signal.SIGTERM)
        pipes.release()
        assert running.result(60).status == 200
    assert blocking.program.wait(30) == 0


def test_V18_a_killed_worker_is_replaced(runtime: runtimes.Runtime, tree: Tree) -> None:
    exit_code, log = runtimes.run(runtime, ["train"], MEAN, tree, {})
    assert exit_code == 0, log
    with expecting("was sent SIGKILL"), runtimes.serving(runtime, MEAN, tree, ONE_WORKER) as endpoint:
        endpoint.program.kill_children()
        runtimes.wait_for_text(endpoint.program, "out of memory")
        _until(endpoint.is_healthy)
        assert endpoint.invoke(RECORD).status == 200


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline, tick = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        tick.wait(0.02)
