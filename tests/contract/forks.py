"""Programs forked from a process that has its imports behind it, which saves a second at every start."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

PATIENCE = 120
"""Seconds after which a test gives up on a program; its first start waits for the imports."""


class Fork:
    """A program that a fork server became. ``told`` is the pipe on which the server tells its start and end."""

    def __init__(self, told: int, log: Path) -> None:
        self._told = os.fdopen(told, "rb", buffering=0)  # a line is read to its end and no further
        self._log = log
        self._code: int | None = None
        self.pid = int(self._hear("started", PATIENCE))

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: signal.Signals) -> None:
        if not self._has_ended(0):
            os.kill(self.pid, number)

    def wait(self, seconds: float = PATIENCE) -> int:
        if not self._has_ended(seconds):
            raise subprocess.TimeoutExpired(str(self._log), seconds)
        assert self._code is not None
        return self._code

    def kill_children(self) -> None:
        for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            os.kill(int(pid), signal.SIGKILL)

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def _has_ended(self, seconds: float) -> bool:
        if self._code is None and select.select([self._told], [], [], seconds)[0]:
            self._code = int(self._hear("ended", seconds))
            self._told.close()
        return self._code is not None

    def _hear(self, word: str, seconds: float) -> str:
        """What the server tells after ``word``; its lines are far below what a pipe takes in one piece."""
        heard = self._told.readline().decode() if select.select([self._told], [], [], seconds)[0] else "nothing"
        assert heard.startswith(f"{word} "), f"waiting for {word!r}, heard {heard!r}; its log:\n{self.log()}"
        return heard.split()[1]


class ForkServer:
    """Starts `python -m tests.contract.forkserver` for a program and a family, and orders forks from it."""

    def __init__(self, program: str, family: str, python_path: str) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.forkserver", program, family, str(theirs.fileno())],
            # Waiting native threads sleep: with several programs on few cores they would burn each other's time.
            # TensorFlow reads its level while it is imported; images set the same.
            env={
                "PYTHONPATH": python_path,
                "PYTHONUNBUFFERED": "1",
                "OMP_WAIT_POLICY": "PASSIVE",
                "TF_CPP_MIN_LOG_LEVEL": "2",
            },
            stdin=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def start(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> Fork:
        log.write_bytes(b"")
        order = {"command": list(command), "environment": dict(environment), "log": str(log)}
        told, tell = os.pipe()
        socket.send_fds(self._orders, [json.dumps(order).encode()], [tell])
        os.close(tell)
        return Fork(told, log)

    def close(self) -> None:
        """The server ends when nobody is left to give orders."""
        self._orders.close()
        self._process.wait(PATIENCE)


@cache
def fork_server(program: str, family: str, python_path: str) -> ForkServer:
    """The one server of this test process for a program and a family, which lies on ``python_path``."""
    server = ForkServer(program, family, python_path)
    atexit.register(server.close)
    return server
