"""Tells a worker that died from a server whose workers keep dying."""

from __future__ import annotations

from collections import deque

WINDOW_SECONDS = 60
PER_WORKER = 3
AT_LEAST = 5


class Crashes:
    """Counts dead workers. An endpoint that only ever restarts them must not pass for healthy."""

    def __init__(self, workers: int) -> None:
        self._limit = max(AT_LEAST, PER_WORKER * workers)
        self._times: deque[float] = deque(maxlen=self._limit)

    def add(self, now: float) -> bool:
        """Notes a death at ``now`` (seconds of any clock); True when there were too many within a minute."""
        self._times.append(now)
        return len(self._times) == self._limit and now - self._times[0] <= WINDOW_SECONDS

    @property
    def verdict(self) -> str:
        """Tells the log why the server ends."""
        return (
            f"{self._limit} workers died within {WINDOW_SECONDS} s; the log above says how. If they were killed, give "
            "the endpoint more memory or set SAGEMAKER_MODEL_SERVER_WORKERS to fewer workers"
        )
