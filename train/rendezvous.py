"""The hosts of a job find each other: the leader listens, the others connect, in any order and however late.

A host says ``{"job": …, "host": …}``. The leader answers ``{"refused": why}``, or ``{"waiting": names}`` at once and
now and then, and ``{"welcome": leader}`` to all as soon as everybody is there. Until then a connection may break and
come again, within ``Timeouts.again``: a leader that is gone for good is not waited for as long as one that is late.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from contract.errors import PlatformError
from train.connection import PORT, Connection, Message, listen

GREETING_BYTES = 4096
GREETINGS = 64
"""Connections that are greeted at once."""
NAMED = 5
"""Hosts that a message names; the others are counted, so that it never exceeds ``GREETING_BYTES``."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two attempts to connect; each pause is half as long again as the one before."""

log = logging.getLogger("train")


@dataclass(frozen=True)
class Timeouts:
    """The seconds that hosts wait for each other."""

    join: float = 900.0
    """Limit for all hosts to be there: names may be unknown and programs not started for minutes."""
    again: float = 60.0
    """Limit for a host to come again after its connection broke."""
    remind: float = 30.0
    """Interval between two lines of the log that say who is waited for."""
    greeting: float = 30.0
    """Limit for a new connection to say who it is."""
    accept: float = 1.0
    """Pause after a connection that could not be taken, for instance because too many files are open."""
    silence: float = 60.0
    """Limit for a sign of life: libraries may hold Python's lock for seconds. The end of a process is heard at once."""
    beat: float = 5.0
    """Interval between two signs of life."""
    cause: float = 3.0
    """Limit for the news that another host failed, from which an error of this host may follow."""
    farewell: float = 5.0
    """Limit for the others to hear the last message."""


def gather(host: str, others: Sequence[str], job: str, timeouts: Timeouts) -> dict[str, Connection]:
    """Waits, as the leader, for all other hosts. Raises ``PlatformError`` that names who did not come."""
    deadline = time.monotonic() + timeouts.join
    register = Register(others, job, timeouts)
    with listen(host) as listener, register.accepting(listener):
        missing = listed(others)
        while missing:
            left = deadline - time.monotonic()
            if left <= 0:
                reason = f"{host} waited {timeouts.join / 60:.0f} minutes in vain for {missing}"
                register.dismiss(reason)
                raise PlatformError(f"{reason}; see their logs, and let the hosts reach each other on port {PORT}")
            log.info("%s waits for %s", host, missing)
            register.tell({"waiting": missing})
            missing = register.wait(min(left, timeouts.remind))
    return register.welcome(host)


def connect(host: str, leader: str, job: str, timeouts: Timeouts) -> Connection:
    """Connects to the leader; returns the connection once all hosts are there. Raises ``PlatformError``."""
    start, pause = time.monotonic(), FIRST_PAUSE
    deadline, within = start + timeouts.join, f"within {timeouts.join / 60:.0f} minutes"
    told, last = "", 0.0
    while True:
        try:
            return _greet(host, leader, job, timeouts)
        except _Broken as error:
            reason = str(error)
            deadline = min(start + timeouts.join, time.monotonic() + timeouts.again)
            within = f"again within {timeouts.again:.0f} seconds"
        except OSError as error:
            reason = error.strerror or str(error)
        now = time.monotonic()
        if now >= deadline:
            raise PlatformError(
                f"{host} did not reach {leader}, port {PORT}, {within} ({reason}); see its log, and let the hosts "
                "reach each other on that port"
            )
        if reason != told or now - last >= timeouts.remind:
            log.info("%s waits for %s: %s", host, leader, reason)
            told, last = reason, now
        time.sleep(pause)
        pause = min(1.5 * pause, LONGEST_PAUSE)


class _Broken(ConnectionError):
    """The connection of a host that had been let in."""


def _greet(host: str, leader: str, job: str, timeouts: Timeouts) -> Connection:
    line = Connection(socket.create_connection((leader, PORT), timeouts.greeting), timeouts.silence)
    admitted = False
    try:
        line.send({"job": job, "host": host})
        while "welcome" not in (message := line.receive(GREETING_BYTES)):
            if "failed" in message:
                raise PlatformError(str(message["failed"]))
            if "refused" in message:
                raise ConnectionError(f"it refused this host: {message['refused']}")
            admitted = True
            if message.get("waiting"):
                log.info("%s waits for %s", leader, message["waiting"])
        return line
    except BaseException as error:
        line.close()
        if admitted and isinstance(error, OSError):
            raise _Broken(error.strerror or str(error)) from error
        raise


def listed(names: Sequence[str]) -> str:
    """Lists the first names, and how many others there are."""
    others = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {others} more" if others > 0 else "")


class Register:
    """The hosts that are there already. A thread greets each connection, so that a silent stranger delays nobody."""

    def __init__(self, others: Sequence[str], job: str, timeouts: Timeouts) -> None:
        self._others, self._job, self._timeouts = others, job, timeouts
        self._lines: dict[str, Connection] = {}
        self._changed = threading.Condition()
        self._complete = False
        self._closed = threading.Event()
        self._greetings = threading.Semaphore(GREETINGS)

    @contextmanager
    def accepting(self, listener: socket.socket) -> Iterator[None]:
        """Takes connections while this block runs, whatever goes wrong with some of them."""
        threading.Thread(target=self._accept, args=(listener,), name="accept", daemon=True).start()
        try:
            yield
        finally:
            self._closed.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts

    def _accept(self, listener: socket.socket) -> None:
        told = ""
        while not self._closed.is_set():
            self._greetings.acquire()
            try:
                self._take(listener)
            except (OSError, RuntimeError) as error:  # no file or no thread is left, or it was taken back
                self._greetings.release()
                if str(error) != told and not self._closed.is_set():
                    log.warning("a connection cannot be taken, the next one may: %s", error)
                    told = str(error)
                self._closed.wait(self._timeouts.accept)

    def _take(self, listener: socket.socket) -> None:
        link, address = listener.accept()
        try:
            threading.Thread(target=self._admit, args=(link, address[0]), name="admit", daemon=True).start()
        except RuntimeError:
            link.close()
            raise

    def wait(self, seconds: float) -> str:
        """Waits until nobody is missing, or so many seconds; lists who still is."""
        with self._changed:
            self._complete = self._changed.wait_for(lambda: not self._missing(), seconds)
            return self._missing()

    def tell(self, message: Message) -> None:
        """Sends to the hosts that are there; one that is gone is missing again."""
        with self._changed:
            for name, line in list(self._lines.items()):
                try:
                    line.send(message)
                except OSError:
                    self._lines.pop(name).close()

    def dismiss(self, reason: str) -> None:
        """Tells the hosts that are there that the job fails, and why."""
        self.tell({"failed": reason})
        for line in self._lines.values():
            line.close()

    def welcome(self, host: str) -> dict[str, Connection]:
        """Lets all hosts begin; returns their connections. Whoever listens to one notices if it broke meanwhile."""
        for line in self._lines.values():
            line.tolerate(self._timeouts.silence)
            with suppress(OSError):
                line.send({"welcome": host})
        return self._lines

    def _missing(self) -> str:
        return listed([name for name in self._others if name not in self._lines])

    def _admit(self, link: socket.socket, address: str) -> None:
        """Takes in a host of this job; sends away anything else, such as a health check or a port scan."""
        try:
            line = Connection(link, self._timeouts.greeting)
            greeting = line.receive(GREETING_BYTES)
            refusal = self._enter(greeting, line)
            if refusal is None:
                return
            log.info("host %r at %s was refused: %s", greeting.get("host"), address, refusal)
            line.send({"refused": refusal})
        except OSError as error:
            log.info("somebody at %s, who is no host of this job, was sent away: %s", address, error)
        finally:
            self._greetings.release()
        link.close()

    def _enter(self, greeting: Message, line: Connection) -> str | None:
        """Registers a host, whose new connection replaces an old one; returns the reason where it is refused."""
        job, name = greeting.get("job"), greeting.get("host")
        if job != self._job:
            return f"this is the job {self._job!r}, not {job!r}"
        if not isinstance(name, str) or name not in self._others:
            return "it is no host of this job"
        with self._changed:
            if self._complete:
                return "all hosts are there already"
            line.send({"waiting": listed([other for other in self._others if other not in (name, *self._lines)])})
            if name in self._lines:
                self._lines[name].close()
            self._lines[name] = line
            self._changed.notify_all()
        return None
