"""The interface of what is hosted on this machine: one container, or a pipeline of several."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from local_test import frames
from local_test.invocation import INVOCATION_SECONDS, InvocationResponse, check_size, ping

STARTUP_SECONDS = 480.0
GRACE_SECONDS = 30.0


class Hosted(ABC):
    """In service as long as the ``with`` block lasts, at ``url``; ``startup_seconds`` is how long that took."""

    def __init__(self) -> None:
        self.url = ""
        self.startup_seconds = 0.0

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def invoke(
        self,
        body: bytes,
        content_type: str,
        accept: str = "",
        headers: dict[str, str] | None = None,
        timeout: float = INVOCATION_SECONDS,
    ) -> InvocationResponse:
        """Sends one request; raises what ``invocation.ask`` raises, and InvalidArgument for too large a body."""
        check_size(body)
        return self.ask(body, content_type, accept, headers, timeout)

    @abstractmethod
    def ask(
        self, body: bytes, content_type: str, accept: str, headers: Mapping[str, str] | None, timeout: float
    ) -> InvocationResponse:
        """Sends one request of any size."""

    def predict(self, records: Any, accept: str = "text/csv") -> Any:
        """The answers to a pandas frame or an array of records, as a frame; see ``frames.predict``."""
        return frames.predict(self.invoke, records, accept)

    def ping(self) -> int | None:
        """The status of the health check, None when it does not answer in time."""
        return ping(self.url)

    @abstractmethod
    def stop(self, grace: float = GRACE_SECONDS) -> int:
        """SIGTERM, SIGKILL after ``grace`` seconds; gives back the exit code of ``serve``."""

    @abstractmethod
    def wait(self) -> int:
        """Blocks until ``serve`` ends by itself, and its log with it; gives back its exit code."""
