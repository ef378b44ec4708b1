"""Reads the log of containers from CloudWatch as it arrives: every line once, of all hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from launch import console
from launch.aws.cloud import Cloud
from launch.aws.service_errors import passing
from launch.errors import ServiceError

PAGES_A_ROUND = 20
"""Pages read of one stream in a round, each up to 10,000 lines or 1 MB, so that no stream holds up the others."""


@dataclass
class Tail:
    """The streams of a log group whose names begin with ``prefix``, and how far each has been read.

    The service's own tokens say how far, so that lines that arrive late or bear the same time are neither lost nor
    shown twice.
    """

    cloud: Cloud
    group: str
    prefix: str = ""
    _tokens: dict[str, str] = field(default_factory=dict)
    _denied: bool = False

    def lines(self) -> list[str]:
        """The lines since the last call, in the order of their times; with their host where there are several."""
        if self._denied:
            return []
        events: list[tuple[int, str, str]] = []
        try:
            for stream in sorted({*self._streams(), *self._tokens}):
                for page in self._arrived(stream):  # page by page: what is read is kept if the next one fails
                    events += [(event["timestamp"], stream, event["message"]) for event in page]
        except ServiceError as error:
            self._bear(error)
        several = len({host(stream) for stream in self._tokens}) > 1
        events.sort(key=lambda event: event[0])
        return [f"{host(stream)}: {text}" if several else text for _, stream, text in events]

    def _streams(self) -> list[str]:
        within = {"logStreamNamePrefix": self.prefix} if self.prefix else {}
        listed = self.cloud.every("logs", "DescribeLogStreams", "logStreams", logGroupName=self.group, **within)
        return [stream["logStreamName"] for stream in listed]

    def _arrived(self, stream: str) -> Iterator[list[Mapping[str, Any]]]:
        for _ in range(PAGES_A_ROUND):
            known = self._tokens.get(stream)
            since = {"nextToken": known} if known else {}
            where = {"logGroupName": self.group, "logStreamName": stream, "startFromHead": True}
            page = self.cloud.call("logs", "GetLogEvents", **where, **since)
            yield page["events"]
            self._tokens[stream] = page["nextForwardToken"]
            if page["nextForwardToken"] == known:  # the service's sign of the end
                return

    def _bear(self, error: ServiceError) -> None:
        """The log is a help: without it, or while it cannot be read, all else goes on."""
        if error.code == "AccessDenied":
            self._denied = True
            console.note(f"the log is not shown: {error}")
        elif error.code != "ResourceNotFoundException" and not passing(error):  # no group until the first line
            raise error


def host(stream: str) -> str:
    """``algo-1`` of ``seoul-bike-1f3a5b7c9d/algo-1-1700000000``, ``i-0abc`` of an endpoint's ``AllTraffic/i-0abc``."""
    machine, _, more = stream.partition("/")[2].partition("/")
    return "/".join(part for part in (re.sub(r"-[0-9]{9,}$", "", machine), more) if part) or stream
