"""What happens when a worker is busy, stuck, killed or stopped, and when clients are slow."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from serve.one.plan import REQUESTS_INSIDE
from tests.endpoint import Response
from tests.server_process import ServerProcess
from tests.serving.pipes import BLOCKING_RECORD, Pipes
from tests.serving.toy_models import csv_rows, write_model

StartServer = Callable[..., ServerProcess]
DEADLINE = 30.0


@pytest.fixture
def blocks(tmp_path: Path, pipes: Pipes, start_server: StartServer) -> Callable[..., ServerProcess]:
    def start(**environ: str) -> ServerProcess:
        write_model(tmp_path / "model", "blocks")
        return start_server("blocks", {**pipes.environ, **environ})

    return start


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as executor:
        yield executor


def until(condition: Callable[[], bool], what: str) -> None:
    """Waits for something that the server does by itself."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE} s: {what}"
        threading.Event().wait(0.05)


def test_V02_ping_is_answered_while_every_worker_predicts(
    blocks: Callable[..., ServerProcess], pipes: Pipes, pool: ThreadPoolExecutor
) -> None:
    server = blocks()
    stuck = pool.submit(server.invoke, BLOCKING_RECORD)
    pipes.wait_for_prediction()
    waiting = [pool.submit(server.invoke, csv_rows(1)) for _ in range(8)]
    assert server.request("GET", "/ping", timeout=2.0).status == 200
    assert server.request("POST", "/invocations", b"", {"Content-Type": "text/plain"}, timeout=2.0).status == 415
    pipes.release()
    assert [request.result(DEADLINE).status for request in [stuck, *waiting]] == [200] * 9


def test_V02_many_slow_uploads_leave_room_for_ping_and_quick_refusals(
    tmp_path: Path, start_server: StartServer
) -> None:
    write_model(tmp_path / "model")
    server = start_server()
    half = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 100\r\n\r\n1,2,"
    with ExitStack() as stack:
        for _ in range(REQUESTS_INSIDE):
            upload = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE))
            upload.sendall(half)
        until(lambda: server.invoke(csv_rows(1)).status == 503, "all places are taken")
        assert server.request("GET", "/ping", timeout=2.0).status == 200
        refused = server.invoke(csv_rows(1))
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    until(lambda: server.invoke(csv_rows(1)).status == 200, "places are free again after the clients have gone")


@pytest.mark.parametrize("chunked", [False, True])
def test_V11_an_oversized_body_is_refused_and_other_connections_go_on(
    tmp_path: Path, start_server: StartServer, chunked: bool
) -> None:
    write_model(tmp_path / "model")
    server = start_server(environ={"MAX_CONTENT_LENGTH": "100000"})
    other = server.connect()
    other.request("GET", "/ping")
    assert other.getresponse().read() == b""
    body = b"1,2,3\n" * 4_000_000
    reply = send_chunked(server, body) if chunked else server.invoke(body)
    assert reply.status == 413
    assert "larger than 100000 bytes" in reply.json()["error"]
    other.request("POST", "/invocations", csv_rows(1), {"Content-Type": "text/csv"})
    assert other.getresponse().status == 200
    other.close()


def send_chunked(server: ServerProcess, body: bytes) -> Response:
    headers = {"Content-Type": "text/csv", "Transfer-Encoding": "chunked"}
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:1_000_000], body[1_000_000:]))
    return server.request("POST", "/invocations", pieces + b"0\r\n\r\n", headers)


def test_V17_a_stopped_server_finishes_its_requests_and_exits_with_0(
    blocks: Callable[..., ServerProcess], pipes: Pipes, pool: ThreadPoolExecutor
) -> None:
    server = blocks()
    idle = server.connect()
    idle.request("GET", "/ping")
    assert idle.getresponse().read() == b""
    running = pool.submit(server.invoke, BLOCKING_RECORD)
    pipes.wait_for_prediction()
    server.running.send_signal(signal.SIGTERM)
    until(lambda: not server.healthy(), "no new connections are taken")
    pipes.release()
    assert running.result(DEADLINE).status == 200
    assert server.wait() == 0
    idle.close()


STOPPED_WHILE_IT_FORKS = """
import os, signal
from serve import __main__
from serve.one import server

options = server.ModelServer._options

def stop(master, _worker):
    # in a worker that has just been forked: the server is told to stop, and tells its worker before that listens
    os.kill(master.pid, signal.SIGTERM)
    if signal.sigtimedwait({signal.SIGTERM}, 20):
        os.kill(os.getpid(), signal.SIGTERM)

server.ModelServer._options = lambda self: {**options(self), "post_fork": stop}
server.ModelServer.load = lambda self: print("loads the model", flush=True)
__main__.program()
"""


def test_V17_a_server_that_is_stopped_while_it_forks_a_worker_does_not_wait_for_that(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    toy = {"ALGORITHM_FAMILY": "tests.toys.mean"}
    server = ServerProcess(tmp_path, tmp_path, toy, program=["-c", STOPPED_WHILE_IT_FORKS]).start()
    assert server.wait() == 0
    assert "Worker exiting" in server.log
    assert "loads the model" not in server.log


FAILS_WHILE_IT_STOPS = """
import os, signal, sys
from serve import __main__
from serve.one import server

def load(self):
    # the server is told to stop, and while it waits for its worker that turns out to be unable to load the model
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    os.kill(os.getppid(), signal.SIGTERM)
    assert signal.sigtimedwait({signal.SIGTERM}, 20)
    sys.exit(server.Arbiter.APP_LOAD_ERROR)

server.ModelServer.load = load
__main__.program()
"""


def test_V17_a_worker_that_fails_while_the_server_stops_does_not_change_how_it_ends(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    toy = {"ALGORITHM_FAMILY": "tests.toys.mean", "SAGEMAKER_MODEL_SERVER_WORKERS": "1"}
    server = ServerProcess(tmp_path, tmp_path, toy, program=["-c", FAILS_WHILE_IT_STOPS]).start()
    assert server.wait() == 0
    assert "Traceback" not in server.log
    assert "Shutting down" in server.log


def test_V18_a_killed_worker_is_replaced_and_the_log_guesses_why(tmp_path: Path, start_server: StartServer) -> None:
    write_model(tmp_path / "model")
    server = start_server()
    (worker,) = server.workers()
    os.kill(worker, signal.SIGKILL)
    until(lambda: server.workers() not in ([], [worker]), "a new worker")
    until(server.healthy, "health")
    assert server.invoke(csv_rows(1)).status == 200
    assert "out of memory" in server.log


def test_V18_workers_that_keep_dying_end_the_server(tmp_path: Path, start_server: StartServer) -> None:
    write_model(tmp_path / "model")
    server = start_server()
    seen: list[int] = []
    while not server.ended_within(0.05) and len(seen) < 20:
        for worker in server.workers():
            if worker not in seen:
                os.kill(worker, signal.SIGKILL)
                seen.append(worker)
    assert server.wait() == 1
    assert len(seen) == 5
    assert "5 workers died within 60 s" in server.log


def test_V19_a_stuck_prediction_costs_its_worker_and_the_next_one_answers(
    blocks: Callable[..., ServerProcess], pipes: Pipes, pool: ThreadPoolExecutor
) -> None:
    server = blocks(SAGEMAKER_MODEL_SERVER_TIMEOUT="1")
    (worker,) = server.workers()
    stuck = pool.submit(server.invoke, BLOCKING_RECORD)
    pipes.wait_for_prediction()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        stuck.result(DEADLINE)
    until(lambda: server.workers() not in ([], [worker]), "a new worker")
    until(lambda: answers(server), "an answer")
    assert "SAGEMAKER_MODEL_SERVER_TIMEOUT allows 1 s" in server.log
    assert "in predict" in server.log, "the log shows where it was stuck"


def answers(server: ServerProcess) -> bool:
    try:
        return server.invoke(csv_rows(1)).status == 200
    except OSError:
        return False


@pytest.mark.parametrize(
    "environ", [{"SAGEMAKER_BATCH": "true"}, {"SAGEMAKER_BATCH": "True", "SAGEMAKER_MAX_PAYLOAD_IN_MB": "0"}]
)
def test_B02_B07_a_transform_job_gets_the_answers_of_the_endpoint(
    tmp_path: Path, start_server: StartServer, server: ServerProcess, environ: dict[str, str]
) -> None:
    write_model(tmp_path / "model")
    others = {"SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD", "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "4"}
    batch = start_server(environ={**environ, **others})
    assert batch.invoke(csv_rows(5)).body == server.invoke(csv_rows(5)).body
    assert batch.invoke(b"1,x,3\n").status == 400
    assert batch.healthy()


def test_N02_two_servers_share_a_machine(tmp_path: Path, start_server: StartServer) -> None:
    write_model(tmp_path / "model")
    first, second = start_server(), start_server()
    assert first.invoke(csv_rows(1)).body == second.invoke(csv_rows(1)).body
