"""The hosts of one job: they agree on values, and they end together.

The first host of ``resourceconfig.json`` leads; every other host has a connection to it, and messages go through it:

    {"stage": "agree", "value": …}      from a host to the leader, and back with the list of every host's value
    {"beat": true}                      every few seconds, both ways: who is not heard any more is lost
    {"failed": why, "blame": …}         a host fails, and therefore all do
    {"published": true}                 from the leader: the model is in its place, everybody may go

A thread for each connection listens all the time, so that a failure elsewhere ends this process also while a library
computes in the main thread.

The leader's port has neither password nor encryption: whoever reaches it and knows the names of the job and of a host
may join in that host's place. Only the network keeps strangers away, in a VPC by its security group.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from contract.errors import AlgorithmError, ContainerError, PlatformError, Stopped, UserError
from train.connection import LARGEST, Connection, Message
from train.rendezvous import Timeouts, connect, gather

BY_BLAME: dict[str, type[ContainerError]] = {kind.blame: kind for kind in (UserError, PlatformError, Stopped)}

log = logging.getLogger("train")


class Cluster:
    """The hosts as one of them sees them; a single host is a cluster without connections.

    ``end`` is called at most once, in any thread, with what ended another host. It is meant to end this process; a
    thread that waits for other hosts raises the same.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        host: str,
        job: str,
        end: Callable[[ContainerError], None],
        timeouts: Timeouts | None = None,
    ) -> None:
        self._hosts, self._host, self._job, self._end = hosts, host, job, end
        self._timeouts = timeouts or Timeouts()
        self._lines: dict[str, Connection] = {}
        self._heard: dict[str, deque[Message]] = {}
        self._readers: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._failure: ContainerError | None = None
        self._over = threading.Event()

    @property
    def leader(self) -> str:
        return self._hosts[0]

    @property
    def leads(self) -> bool:
        return self._host == self.leader

    def join(self) -> None:
        """Waits until all hosts are there. Raises ``PlatformError`` that names who did not come."""
        if len(self._hosts) == 1:
            return
        if self.leads:
            self._lines = gather(self._host, self._hosts[1:], self._job, self._timeouts)
        else:
            self._lines = {self.leader: connect(self._host, self.leader, self._job, self._timeouts)}
        log.info("all %d hosts are there: %s", len(self._hosts), ", ".join(self._hosts))
        self._heard = {name: deque() for name in self._lines}
        for name, line in self._lines.items():
            self._readers.append(threading.Thread(target=self._listen, args=(name, line), name=name, daemon=True))
        with self._changed:  # nobody's failure ends this host before it listens to all: its end waits for those threads
            for thread in (*self._readers, threading.Thread(target=self._beat, name="beat", daemon=True)):
                thread.start()

    def agree(self, value: Any) -> list[Any]:
        """Tells a JSON value to all hosts; returns the value of every host, in their order."""
        return self._exchange("agree", value)

    def meet(self, stage: str) -> None:
        """Returns once every host has come to this stage."""
        self._exchange(stage, None)

    def finish(self) -> None:
        """Waits until the leader has published the model; from then on no host is missed."""
        if self.leads:
            self._over.set()  # whoever hears it may be gone before the next one does
        for name in self._lines:
            if self.leads:
                self._send(name, {"published": True})
            else:
                self._next(name, "published")
        self._leave()

    def cause(self, error: ContainerError) -> ContainerError:
        """Returns the failure of another host where there is one: this host's ``error`` may merely follow from it."""
        with self._changed:
            if self._lines and not isinstance(error, UserError | Stopped):
                self._changed.wait_for(lambda: self._failure is not None, self._timeouts.cause)
                return self._failure or error
        return error

    def tell(self, error: ContainerError) -> None:
        """Tells the other hosts why this one ends; they end with the same reason."""
        with self._changed:
            self._over.set()
        heard = error is self._failure
        if self.leads or not heard:
            message = {"failed": str(error) if heard else f"host {self._host}: {error}", "blame": error.blame}
            for line in self._lines.values():
                with suppress(OSError):
                    line.send(message)
            self._leave()

    def _leave(self) -> None:
        """Waits a moment until the others have heard everything: what a process has not read is lost when it ends."""
        self._over.set()
        for line in self._lines.values():
            line.finish()
        deadline = time.monotonic() + self._timeouts.farewell
        for reader in self._readers:
            if reader is not threading.current_thread():
                reader.join(max(0.0, deadline - time.monotonic()))

    def _exchange(self, stage: str, value: Any) -> list[Any]:
        text = json.dumps(value)
        if len(text) * len(self._hosts) > LARGEST // 2:
            raise ValueError(f"{len(text):,} bytes are too many for {len(self._hosts)} hosts to agree on")
        told = {self._host: json.loads(text)}
        if not self.leads:
            self._send(self.leader, {"stage": stage, "value": told[self._host]})
            return list(self._next(self.leader, stage)["value"])
        told |= {name: self._next(name, stage)["value"] for name in self._lines}
        values = [told[name] for name in self._hosts]
        for name in self._lines:
            self._send(name, {"stage": stage, "value": values})
        return values

    def _send(self, name: str, message: Message) -> None:
        try:
            self._lines[name].send(message)
        except OSError as error:
            self._lose(name, error)

    def _next(self, name: str, stage: str) -> Message:
        """Waits for the next message of a host, which must be of this stage."""
        with self._changed:
            self._changed.wait_for(lambda: self._heard[name] or self._failure)
            if not self._heard[name] and self._failure:
                raise self._failure
            message = self._heard[name].popleft()
        if stage not in (message.get("stage"), *message):
            raise AlgorithmError(
                f"host {self._host} is at {stage!r}, host {name} at {message.get('stage', 'published')!r}: every host "
                "must call agree equally often"
            )
        return message

    def _listen(self, name: str, line: Connection) -> None:
        """Takes in all that a host says until it goes."""
        try:
            while True:
                self._hear(name, line.receive())
        except OSError as error:
            self._lose(name, error)
        line.close()

    def _hear(self, name: str, message: Message) -> None:
        if "failed" in message:
            kind = BY_BLAME.get(str(message.get("blame")), AlgorithmError)
            self._fail(kind(str(message["failed"])))
        elif "beat" not in message:
            with self._changed:
                if "published" in message:
                    self._over.set()
                self._heard[name].append(message)
                self._changed.notify_all()

    def _lose(self, name: str, error: OSError) -> None:
        silence = f"nothing was heard from it for {self._timeouts.silence:.0f} seconds"
        reason = silence if isinstance(error, TimeoutError) else error.strerror or str(error)
        hint = "its own log may tell why, for instance that its memory was not enough"
        self._fail(AlgorithmError(f"host {name} is lost ({reason}); {hint}"))

    def _fail(self, error: ContainerError) -> None:
        with self._changed:
            if self._over.is_set():
                return
            self._over.set()
            self._failure = error
            self._changed.notify_all()
        self._end(error)

    def _beat(self) -> None:
        while not self._over.wait(self._timeouts.beat):
            for line in self._lines.values():
                with suppress(OSError):  # whoever listens to it notices
                    line.send({"beat": True})
