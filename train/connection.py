"""JSON messages between two hosts of a job, over one TCP connection.

They are neither encrypted nor authenticated. The network must keep strangers away from the port; what they send is
read as JSON and never executed.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import struct
import threading
from collections.abc import Mapping
from typing import Any, TypeAlias

from contract.errors import PlatformError

Message: TypeAlias = Mapping[str, Any]

PORT = 7799
"""The port on which the leader listens. In a VPC the security group must let the hosts of a job reach each other."""
LARGEST = 1 << 26
"""Bytes of a message: far more than hosts have to tell, far less than their memory."""
_LENGTH = struct.Struct("!I")


class Connection:
    """One end of a connection. A message is its length as four bytes, most significant first, and JSON.

    Several threads may send, one may receive. Everything that goes wrong is an ``OSError``: nothing sent or received
    for ``silence`` seconds is a ``TimeoutError``, an end and bytes that are no message are a ``ConnectionError``.
    """

    def __init__(self, link: socket.socket, silence: float) -> None:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.settimeout(silence)
        self._link = link
        self._sending = threading.Lock()

    def tolerate(self, silence: float) -> None:
        """Makes a silence of so many seconds an error."""
        self._link.settimeout(silence)

    def send(self, message: Message) -> None:
        body = json.dumps(message).encode()
        with self._sending:
            self._link.sendall(_LENGTH.pack(len(body)) + body)

    def receive(self, largest: int = LARGEST) -> Message:
        """Waits for the next message, of at most ``largest`` bytes."""
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        if length > largest:
            raise ConnectionError("what came is no message of this program")
        try:
            message = json.loads(self._read(length))
        except (ValueError, RecursionError) as error:
            raise ConnectionError("what came is no message of this program") from error
        if not isinstance(message, dict):
            raise ConnectionError("what came is no message of this program")
        return message

    def finish(self) -> None:
        """Ends sending. What was sent arrives, and the other end may still send: ``close`` promises neither."""
        try:
            self._link.shutdown(socket.SHUT_WR)
        except OSError:  # the other end was faster
            return

    def close(self) -> None:
        self._link.close()

    def _read(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            part = self._link.recv(min(size - len(found), 1 << 20))
            if not part:
                raise ConnectionError("the connection was closed")
            found += part
        return bytes(found)


def listen(name: str, port: int = PORT) -> socket.socket:
    """Listens where the other hosts find this one, ``name``; on all interfaces where that address is not known.

    Raises ``PlatformError`` where the port is taken.
    """
    reason = ""
    for address in (*_own_address(name), ""):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            return socket.create_server((address, port), family=family, backlog=1024)
        except OSError as error:
            reason = error.strerror or str(error)
    raise PlatformError(f"{name} cannot listen on port {port} for the other hosts ({reason}); free that port")


def _own_address(name: str) -> list[str]:
    """Looks up the address; none where the name leads to this machine's loopback, which the others do not reach."""
    try:
        address = str(socket.getaddrinfo(name, PORT, type=socket.SOCK_STREAM)[0][4][0])
    except OSError:
        return []
    return [address] if address == name or not ipaddress.ip_address(address).is_loopback else []
