"""An inference pipeline: several containers behind one address; what one answers is the request of the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from local_test.endpoint import PING_PERIOD_SECONDS, LocalEndpoint
from local_test.errors import EndpointError, ModelError
from local_test.hosted import GRACE_SECONDS, Hosted
from local_test.invocation import PING_SECONDS, InvocationResponse, get
from local_test.reverse_proxy import ReverseProxy


class LocalPipeline(Hosted):
    """Serves containers as long as the ``with`` block lasts, under one address, as ``Endpoint`` does one.

    The address answers from the beginning, with 503 until all containers are in service.
    """

    def __init__(self, containers: Sequence[LocalEndpoint], *, port: int = 0) -> None:
        super().__init__()
        self._containers = containers
        self._port = port
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        began = time.monotonic()
        with ExitStack() as stack:
            proxy = ReverseProxy(self, self._port)  # first: a start-up of minutes should not end at a taken port
            stack.callback(proxy.close)
            self._start(stack)
            self._stack = stack.pop_all()
        self.url = proxy.url
        self.startup_seconds = time.monotonic() - began
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def ask(
        self, body: bytes, content_type: str, accept: str, headers: Mapping[str, str] | None, timeout: float
    ) -> InvocationResponse:
        """Asks one container after the other; ``accept`` is for the last one, ``timeout`` for each."""
        *earlier, last = self._in_service
        for container in earlier:
            answer = _ask(container, body, content_type, "", headers, timeout)
            body, content_type = answer.body, answer.content_type
        return _ask(last, body, content_type, accept, headers, timeout)

    def healthy(self) -> bool:
        """Whether all containers answer their health check."""
        return bool(self.url) and all(container.ping() == 200 for container in self._containers)

    def execution_parameters(self) -> InvocationResponse:
        """What the first container answers to a batch transform."""
        return get(self._in_service[0].url, "/execution-parameters", PING_SECONDS)

    def stop(self, grace: float = GRACE_SECONDS) -> int:
        """Stops all containers; gives back the first exit code that is not 0."""
        codes = [container.stop(grace) for container in self._containers]
        return next(filter(None, codes), 0)

    def wait(self) -> int:
        """Blocks until one container ends by itself, and its log with it; gives back its exit code."""
        pause = threading.Event()
        while True:
            for container in self._containers:
                container.check_log()
                if container.ended:
                    return container.wait()
            pause.wait(PING_PERIOD_SECONDS)

    def _start(self, stack: ExitStack) -> None:
        for container in self._containers:
            stack.push(container)
            container.start()
        for container in self._containers:
            container.wait_until_in_service()

    @property
    def _in_service(self) -> Sequence[LocalEndpoint]:
        if not self.url:
            raise EndpointError("the pipeline is not in service yet")
        return self._containers


def _ask(
    container: LocalEndpoint,
    body: bytes,
    content_type: str,
    accept: str,
    headers: Mapping[str, str] | None,
    timeout: float,
) -> InvocationResponse:
    try:
        return container.ask(body, content_type, accept, headers, timeout)
    except EndpointError as error:
        raise ModelError(0, "the container has ended", container.name) from error
