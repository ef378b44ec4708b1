"""A process that holds one of many models, as the server sees it."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import socket
import threading
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from queue import Empty, SimpleQueue

from contract.errors import AlgorithmError, ArtifactError, ContainerError
from serve.many.errors import InsufficientMemory, ModelNotFound
from serve.many.fork_server import Nursery
from serve.many.model_worker import Loaded, scratch
from serve.one.predictor import Prediction

OUTCOME_BYTES = 1 << 20

LOAD_SECONDS = 360
"""SageMaker gives up on a load after these."""

LAST_WORDS_SECONDS = 2
"""What a stuck process gets to write where it is, before it is killed."""


class ModelProcess:
    """Loads a model in a process of its own and has it answer. Safe to call from several threads."""

    def __init__(self, nursery: Nursery, directory: Path, timeout: int, load_timeout: int = LOAD_SECONDS) -> None:
        """``timeout`` is the number of seconds that an answer may take, ``load_timeout`` that of the load."""
        self._nursery = nursery
        self._timeout = timeout
        self._load_timeout = load_timeout
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._lock = threading.Lock()
        self._exit_code: int | None = None
        self._pid, self._control = nursery.fork(directory)

    @property
    def has_ended(self) -> bool:
        return self._exit_code is not None

    def loaded(self) -> Loaded:
        """Waits for the model. Raises ``ArtifactError`` or ``InsufficientMemory``; the process has ended then."""
        self._control.settimeout(self._load_timeout)
        try:
            message = self._control.recv(OUTCOME_BYTES)
        except TimeoutError:
            self.end(signal.SIGABRT)
            raise ArtifactError(f"the model did not load within {self._load_timeout} s; the log says where") from None
        self._control.settimeout(None)
        outcome = pickle.loads(message) if message else self._death("loading the model")  # noqa: S301 - our own fork
        if isinstance(outcome, ContainerError):
            self.end()
            raise outcome
        loaded: Loaded = outcome
        return loaded

    def __call__(self, body: bytes, content_type: str | None, accept: str | None) -> Prediction:
        """As ``Predictor``; the process may have ended afterwards, see ``has_ended``.

        Raises ``InsufficientMemory``, too, where it was killed, and ``ModelNotFound`` where it had ended before.
        """
        connection = self._asked((body, content_type, accept))
        try:
            if not connection.poll(self._timeout):
                raise self._stuck()
            answer: Prediction | ContainerError = connection.recv()
        except (EOFError, OSError):
            raise self._death("answering this request") from None
        self._idle.put(connection)
        if isinstance(answer, ContainerError):
            raise answer
        return answer

    def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Ends the process and returns, once its memory and temporary files are gone, its exit code."""
        with self._lock:
            if self._exit_code is None:
                os.kill(self._pid, number)  # until the nursery was asked, nobody else can have this number
                if number != signal.SIGKILL:
                    self._await_end()
                with suppress(ProcessLookupError):  # not before it is a group, with what a user's code has started
                    os.killpg(self._pid, signal.SIGKILL)
                os.kill(self._pid, signal.SIGKILL)
                self._exit_code = self._nursery.wait(self._pid)
                self._control.close()
                shutil.rmtree(scratch(self._pid), ignore_errors=True)
            return self._exit_code

    def _await_end(self) -> None:
        """Returns once the process is at its end, or has had time enough: it may ignore the signal."""
        self._control.settimeout(LAST_WORDS_SECONDS)
        with suppress(OSError):
            self._control.recv(OUTCOME_BYTES)

    def _asked(self, question: tuple[bytes, str | None, str | None]) -> Connection:
        """A connection on which the process got a question."""
        try:
            connection = self._connection()
            connection.send(question)
        except OSError:
            self.end()
            raise ModelNotFound("the process of the model was killed since it was loaded: load it again") from None
        return connection

    def _connection(self) -> Connection:
        """One that nobody uses at the moment, so that there are as many as requests at once."""
        try:
            return self._idle.get_nowait()
        except Empty:
            ours, theirs = Pipe()
            with theirs:
                socket.send_fds(self._control, [b"."], [theirs.fileno()])
            return ours

    def _stuck(self) -> AlgorithmError:
        self.end(signal.SIGABRT)  # which writes to the log where every thread is
        return AlgorithmError(
            f"a prediction has been running for {self._timeout} s, more than SAGEMAKER_MODEL_SERVER_TIMEOUT allows: "
            "the process of the model was ended"
        )

    def _death(self, work: str) -> ContainerError:
        code = self.end()
        if code == -signal.SIGKILL:
            return InsufficientMemory(f"{work} was killed by SIGKILL; it probably needs more memory than there is")
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended the process with exit code {code}"
        return (ArtifactError if work.startswith("loading") else AlgorithmError)(f"{work} {how}; the log says more")
