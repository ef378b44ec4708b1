"""The server: gunicorn, set up for a container that SageMaker starts, watches and stops."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import struct
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.workers.gthread import ThreadWorker

from contract.errors import ContainerError
from contract.process.exit import exit_with, flush
from serve.http.app import create_app
from serve.http.gate import BodyBudget, Gate, PredictionSlots, RequestSlots
from serve.one import plan as planning
from serve.one.crashes import Crashes
from serve.one.endpoint import SingleModelEndpoint
from serve.one.plan import ServingPlan
from serve.one.predictor import Predictor
from serve.settings import Settings

log = logging.getLogger("serve")

GRACEFUL_SECONDS = 25
"""SageMaker kills 30 s after SIGTERM."""

KEEPALIVE_SECONDS = 75
"""Connections are kept longer than by usual clients' pools: an idle one costs nothing, a reset one a request."""

SILENCE_SECONDS = 30
"""A client that sends or takes nothing for so long, in the middle of a request, loses its connection."""

LINGER_SECONDS = 0.5
"""The time in which bytes of a refused client are thrown away, so that it reads the refusal and not a reset."""

WAITING_SHARE = 0.5
"""The part of the time limit that a request may wait for its turn: the caller gives up after all of it."""

HEARTBEAT_SECONDS = 10
"""The time that a worker may be silent beyond that of a prediction, before the master ends it."""

CRASH_LOOP_EXIT_CODE = 1

STOPPING = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}


class Worker(ThreadWorker):  # type: ignore[misc]
    """A thread worker that ends itself when a prediction is stuck, and does not let a lazy client hold it up."""

    def init_signals(self) -> None:
        """Lets the worker hear its signals, also those since the fork; when told to end it loads no model."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        if not self.alive:
            sys.exit(0)

    def notify(self) -> None:
        """Sends the heartbeat, about once a second: gunicorn notices a stuck process by it, but not a stuck thread."""
        oldest = self.app.gate.predictions.oldest()
        if oldest and oldest[1] > self.app.longest_turn:
            _report_stuck(oldest[0], oldest[1], self.app.longest_turn)
            os._exit(1)
        super().notify()

    def handle(self, conn: Any) -> Any:
        """Answers one request on a connection; False means that the connection is to be closed."""
        keep = super().handle(conn)
        if keep is False:
            _linger(conn.sock)
        return keep


class Master(Arbiter):  # type: ignore[misc]
    """A master whose workers miss no signal: until ``init_signals`` they would take it as the master does."""

    def spawn_worker(self) -> Any:
        """Forks a worker, in which this call ends with it."""
        flush()
        waiting = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            gc.freeze()  # a collection in a worker would write to, and so copy, every page that it shares with others
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, waiting)

    def reap_workers(self) -> None:
        """Reaps workers that have ended; one that could not load does not cut the others off at the end."""
        try:
            super().reap_workers()
        except HaltServer:
            if self.LISTENERS:
                raise


class ModelServer(BaseApplication):  # type: ignore[misc]
    """gunicorn around one model."""

    def __init__(self, settings: Settings, plan: ServingPlan, parameters: dict[str, int | str]) -> None:
        self.settings = settings
        self.gate = Gate(
            RequestSlots(planning.REQUESTS_INSIDE),
            BodyBudget(plan.request_bytes),
            PredictionSlots(plan.at_once, WAITING_SHARE * settings.timeout),
        )
        self.longest_turn = settings.timeout
        self._plan = plan
        self._parameters = parameters
        self._crashes = Crashes(plan.workers)
        super().__init__()

    def run(self) -> None:
        """Serves until it is told to stop, and exits."""
        Master(self).run()

    def load_config(self) -> None:
        """Sets gunicorn's options; gunicorn calls this."""
        for name, value in self._options().items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """Loads the model in every worker, before it takes connections. A model that does not load ends the server."""
        try:
            predictor = Predictor.load(self.settings)
            predictor.warm_up()
        except ContainerError as error:
            log.error("%s", error)
            sys.exit(Arbiter.APP_LOAD_ERROR)
        return create_app(SingleModelEndpoint(predictor, self.gate, self.settings.max_bytes, self._parameters).routes)

    def _options(self) -> dict[str, Any]:
        return {
            "bind": f"0.0.0.0:{self.settings.port}",
            "backlog": 512,
            "workers": self._plan.workers,
            "worker_class": Worker,
            "threads": planning.HTTP_THREADS,
            "timeout": self.settings.timeout + HEARTBEAT_SECONDS,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": KEEPALIVE_SECONDS,
            "worker_tmp_dir": _heartbeat_folder(),
            "control_socket_disable": True,  # it would be a file under HOME
            "forwarded_allow_ips": "",  # no proxy of ours stands in front: its headers mean nothing
            "limit_request_fields": 1000,
            "limit_request_field_size": 32768,
            "when_ready": _limit_silence,
            "child_exit": self._count_crash,
            "worker_exit": _leave,
        }

    def _count_crash(self, arbiter: Any, _worker: Any) -> None:
        stopping = not arbiter.LISTENERS
        if not stopping and self._crashes.add(time.monotonic()):
            raise HaltServer(self._crashes.verdict, CRASH_LOOP_EXIT_CODE)


def _leave(_arbiter: Any, worker: Any) -> None:
    """Ends a worker at once; gunicorn calls this in the worker as it ends, and in the master afterwards."""
    end = sys.exception()
    if worker.pid == os.getpid() and isinstance(end, SystemExit) and end.code == 0:
        exit_with(0)


def _report_stuck(thread: int, seconds: float, limit: int) -> None:
    frame = sys._current_frames().get(thread)
    stack = "".join(traceback.format_stack(frame)) if frame else "(it has just ended)"
    log.critical(
        "a prediction has been running for %.0f s, SAGEMAKER_MODEL_SERVER_TIMEOUT allows %d s: "
        "this worker ends and is replaced. It was here:\n%s", seconds, limit, stack,
    )  # fmt: skip


def _linger(connection: socket.socket) -> None:
    """Says that nothing more comes and reads on until the client has closed, too.

    gunicorn does this itself, but in the thread that accepts connections, where one client would hold up all others;
    afterwards it finds the connection at its end.
    """
    deadline = time.monotonic() + LINGER_SECONDS
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        while (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(65536):
                return
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


def _limit_silence(arbiter: Any) -> None:
    """Sets time-outs on the listening sockets, from which accepted connections inherit them."""
    seconds = struct.pack("ll", SILENCE_SECONDS, 0)
    for listener in arbiter.LISTENERS:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, seconds)


def _heartbeat_folder() -> str:
    """Returns a folder in memory where possible: a slow disk would look like a silent worker."""
    memory = Path("/dev/shm")  # noqa: S108 - the name of the file in it is made by tempfile
    return str(memory) if memory.is_dir() and os.access(memory, os.W_OK) else tempfile.gettempdir()
