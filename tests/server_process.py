"""Runs the program ``serve`` as SageMaker does, as a process of its own that is spoken to over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.endpoint import Endpoint, Response, free_port

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
STOP_SECONDS = 40.0
REQUEST_SECONDS = 60.0


class ServerProcess:
    """``python -m serve`` over a base directory, on a free port.

    As a context manager it waits until /ping answers 200 and stops the server at its end. ``logs`` is a folder for
    what the server prints, ``program`` what Python runs.
    """

    def __init__(
        self,
        base: Path,
        logs: Path,
        environ: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
        program: Sequence[str] = ("-m", "serve"),
    ) -> None:
        self.port = free_port()
        self.endpoint = Endpoint(self.port)
        self._output, self._errors = logs / f"serve-{self.port}.out", logs / f"serve-{self.port}.err"
        self._environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SAGEMAKER_BASE_DIR": str(base),
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            **(environ or {}),
        }
        self._program, self._arguments = program, arguments
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> ServerProcess:
        """Starts the program without waiting for anything."""
        with self._output.open("wb") as output, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *self._program, *self._arguments],
                cwd=ROOT, env=self._environ, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
            )  # fmt: skip
        return self

    def wait_until_healthy(self) -> None:
        """Until /ping answers 200; fails with the log when the program ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not self.healthy():
            if self.ended_within(0.05) or time.monotonic() > deadline:
                raise AssertionError(f"serve is not healthy, its log:\n{self.log}")

    def healthy(self) -> bool:
        return self.endpoint.is_healthy()

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = REQUEST_SECONDS,
    ) -> Response:
        """One request on a connection of its own."""
        return self.endpoint.request(method, path, body, headers, timeout)

    def invoke(self, body: bytes, content_type: str | None = "text/csv", accept: str | None = "text/csv") -> Response:
        return self.endpoint.invoke(body, content_type, accept)

    def connect(self, timeout: float = REQUEST_SECONDS) -> http.client.HTTPConnection:
        return self.endpoint.connect(timeout)

    def ended_within(self, seconds: float) -> bool:
        try:
            self.running.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and returns the exit code; a server that does not end is killed and fails the test."""
        self.running.send_signal(number)
        if not self.ended_within(STOP_SECONDS):
            self.running.kill()
            self.running.wait()
            raise AssertionError(f"serve did not end within {STOP_SECONDS} s, its log:\n{self.log}")
        return self.running.returncode

    def wait(self) -> int:
        """The exit code of a program that ends by itself."""
        if not self.ended_within(START_SECONDS):
            self.stop(signal.SIGKILL)
            raise AssertionError(f"serve did not end, its log:\n{self.log}")
        return self.running.returncode

    @property
    def running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None, "not started"
        return self.process

    @property
    def log(self) -> str:
        """Everything printed so far."""
        return self._output.read_text() + self._errors.read_text()

    @property
    def invocations(self) -> list[dict[str, Any]]:
        """The request log."""
        lines = self._output.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        children = Path(f"/proc/{self.running.pid}/task/{self.running.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def __enter__(self) -> ServerProcess:
        self.start()
        try:
            self.wait_until_healthy()
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.running.poll() is None:
            self._kill() if kind else self.stop()

    def _kill(self) -> None:
        for pid in [*self.workers(), self.running.pid] if self.running.poll() is None else []:
            os.kill(pid, signal.SIGKILL)
        self.running.wait()
