"""A hosted model: `serve` over a model that cannot be written, watched by the platform's health check."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from local_test.artifacts import set_read_only, unpack
from local_test.errors import PRIMARY, EndpointError, InvalidArgument
from local_test.hosted import GRACE_SECONDS, STARTUP_SECONDS, Hosted
from local_test.invocation import InvocationResponse, ask, ping
from local_test.request import environment_problems
from local_test.runtime import BIND_VARIABLE, Follower, Log, Run, Runtime, discard
from local_test.tree import serving_environment

PING_PERIOD_SECONDS = 1.0


class LocalEndpoint(Hosted):
    """Serves a model as long as the ``with`` block lasts::

        with Endpoint(ProcessRuntime("xgboost"), Path("model.tar.gz")) as endpoint:
            endpoint.invoke(b"1,2,3", "text/csv", accept="application/json").text

    ``model`` is a model.tar.gz, which is unpacked, or a folder, which is served where it lies. ``log`` gets each line
    of the server's log. Entering raises EndpointError, with the end of that log, when no ping succeeds in
    ``startup_timeout`` seconds; leaving sends SIGTERM, and SIGKILL 30 seconds later. ``name`` is the
    container's in what is told of its errors, ``listens`` the port that one of a pipeline is told in place of 8080.
    """

    def __init__(
        self,
        runtime: Runtime,
        model: Path,
        *,
        environment: Mapping[str, str] | None = None,
        port: int = 0,
        startup_timeout: float = STARTUP_SECONDS,
        ping_period: float = PING_PERIOD_SECONDS,
        log: Log = discard,
        name: str = PRIMARY,
        listens: int = 0,
    ) -> None:
        super().__init__()
        self.name = name
        self._runtime = runtime
        self._model = model
        self._environment = dict(environment or {})
        self._told = {BIND_VARIABLE: str(listens)} if listens else {}
        self._port = port
        self._startup_timeout = startup_timeout
        self._ping_period = ping_period
        self._log = log
        self._run: Run | None = None
        self._follower: Follower | None = None
        self._unpacked: Path | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait_until_in_service()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if self._run is not None:
                self.stop()
        finally:
            self._end()

    def start(self) -> None:
        """Starts ``serve``, as entering does first; leaving ends what was started."""
        problems = list(self._problems())
        if problems:
            raise InvalidArgument("; ".join(problems))
        environment = serving_environment(self._environment) | self._told
        self._run, port = self._runtime.serve(self._model_folder(), environment, self._port)
        self._follower = Follower(self._run, self._log)
        self.url = f"http://127.0.0.1:{port}"

    def wait_until_in_service(self) -> None:
        """Returns at the first good ping; raises EndpointError when there is none in time."""
        start = time.monotonic()
        pause = threading.Event()
        while ping(self.url) != 200:
            self.startup_seconds = time.monotonic() - start
            if self.ended:
                code = self.wait()
                raise EndpointError(f"{self._who} ended with exit code {code} before it was in service{self._tail()}")
            if self.startup_seconds > self._startup_timeout:
                limit = f"{self._startup_timeout:g} s"
                raise EndpointError(f"{self._who} did not pass the ping health check within {limit}{self._tail()}")
            pause.wait(self._ping_period)
        self.startup_seconds = time.monotonic() - start

    def ask(
        self, body: bytes, content_type: str, accept: str, headers: Mapping[str, str] | None, timeout: float
    ) -> InvocationResponse:
        return ask(self.url, body, content_type, accept, headers, timeout, self.name)

    def stop(self, grace: float = GRACE_SECONDS) -> int:
        if not self.ended:
            self._started.stop(grace)
        return self.wait()

    def wait(self) -> int:
        if self._follower is not None:
            self._follower.join()
        return self._started.wait()

    def check_log(self) -> None:
        """Raises what the log's reader raised, as ``wait`` does, without waiting."""
        if self._follower is not None:
            self._follower.check()

    @property
    def ended(self) -> bool:
        """Whether ``serve`` has ended."""
        return self._started.exit_code() is not None

    @property
    def _started(self) -> Run:
        if self._run is None:
            raise EndpointError("the endpoint is not running: use it inside its `with` block")
        return self._run

    def _problems(self) -> Iterator[str]:
        yield from environment_problems(self._environment)
        if BIND_VARIABLE in self._environment:
            yield f"{BIND_VARIABLE} is the platform's own: take it out; --port chooses the local port"

    def _model_folder(self) -> Path:
        if self._model.is_dir():
            return self._model
        if not self._model.is_file():
            raise InvalidArgument(f"no model {self._model}: give a model.tar.gz or an unpacked folder with --model")
        self._unpacked = Path(tempfile.mkdtemp(prefix="model-"))
        unpack(self._model, self._unpacked)
        set_read_only(self._unpacked, self._runtime.faithful)
        return self._unpacked

    @property
    def _who(self) -> str:
        return "serve" if self.name == PRIMARY else f"serve of {self.name}"

    def _tail(self) -> str:
        if self._follower is None or not self._follower.tail:
            return " and logged nothing"
        return "; the end of its log:" + "".join(f"\n  | {line}" for line in self._follower.tail)

    def _end(self) -> None:
        if self._run is not None:
            self._run.close()
        if self._unpacked is not None:
            self._runtime.give_back(self._unpacked)
            set_read_only(self._unpacked, False)
            shutil.rmtree(self._unpacked, ignore_errors=True)
