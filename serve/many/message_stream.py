"""Sends and receives messages between the server and the process of a model: a JSON head and raw bytes.

A user's code may run in that process, so what comes from it is data to be checked: nothing in a message is executed,
imported or trusted to end.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import orjson

from contract.process.resources import memory_bytes
from serve.many.errors import InvalidMessage

LENGTHS = struct.Struct("!IQ")
"""Every message begins with the lengths of its head and of its body, in bytes."""

LONGEST_HEAD = 1 << 20
LEAST_BOUND, LARGEST_BOUND = 1 << 25, 1 << 30
"""Between these lies the bound of an answer, whatever the memory."""
MEMORY_SHARE = 1 / 16
"""The part of the container's memory that an answer may take in the server, where several may come at once."""

READ_BYTES = 1 << 16


@cache
def longest_answer() -> int:
    """Returns the most bytes of an answer that the server takes from the process of a model."""
    return max(LEAST_BOUND, min(LARGEST_BOUND, int(MEMORY_SHARE * memory_bytes())))


class Message(NamedTuple):
    """``head`` is a JSON object that says what ``body`` is."""

    head: Mapping[str, Any]
    body: bytes = b""


class MessageStream:
    """Sends and receives messages in turn. ``longest_body`` bounds what is received; None trusts the other side.

    A deadline is a time of ``time.monotonic``, or None to wait for ever; ``TimeoutError`` is raised when it has passed.
    """

    def __init__(self, connection: socket.socket, longest_body: int | None = None) -> None:
        self.socket = connection
        self._longest_body = longest_body
        self.close = connection.close

    def send(self, message: Message, deadline: float | None = None) -> None:
        """Sends a message. Raises ``OSError`` where nobody listens any more."""
        head = orjson.dumps(message.head)
        lengths = LENGTHS.pack(len(head), len(message.body))
        self._wait_until(deadline)
        if len(message.body) < READ_BYTES:
            self.socket.sendall(lengths + head + message.body)
            return
        self.socket.sendall(lengths + head)
        self._wait_until(deadline)
        self.socket.sendall(message.body)

    def receive(self, deadline: float | None = None) -> Message:
        """Returns the next message. Raises ``InvalidMessage``, ``EOFError`` at the end, and what a socket raises."""
        begun = self._read(b"", LENGTHS.size, deadline)
        head_bytes, body_bytes = LENGTHS.unpack_from(begun)
        self._check(head_bytes, body_bytes)
        end_of_head = LENGTHS.size + head_bytes
        begun = self._read(begun, end_of_head, deadline)
        body = self._read(begun[end_of_head:], body_bytes, deadline)
        if len(body) > body_bytes:
            raise InvalidMessage("it is longer than it said")
        return Message(_head(begun[LENGTHS.size : end_of_head]), body)

    def _read(self, begun: bytes, size: int, deadline: float | None) -> bytes:
        """Reads on from ``begun`` until there are at least ``size`` bytes."""
        parts, missing = [begun], size - len(begun)
        while missing > 0:
            self._wait_until(deadline)
            part = self.socket.recv(READ_BYTES)
            if not part:
                raise EOFError
            parts.append(part)
            missing -= len(part)
        return b"".join(parts) if len(parts) > 1 else begun

    def _wait_until(self, deadline: float | None) -> None:
        if deadline is None:
            self.socket.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)

    def _check(self, head_bytes: int, body_bytes: int) -> None:
        if head_bytes > LONGEST_HEAD:
            raise InvalidMessage(f"its head has {head_bytes} bytes, {LONGEST_HEAD} are allowed")
        if self._longest_body is not None and body_bytes > self._longest_body:
            raise InvalidMessage(f"its body has {body_bytes} bytes, {self._longest_body} are allowed")


def _head(text: bytes) -> Mapping[str, Any]:
    try:
        head = orjson.loads(text)
    except ValueError:
        raise InvalidMessage("its head is not JSON") from None
    if not isinstance(head, dict):
        raise InvalidMessage("its head is no JSON object")
    return head
