"""Controls the process of one of many models, from the server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from contract.errors import AlgorithmError, ArtifactError, ContainerError
from serve.http.prediction import Prediction
from serve.many.errors import InsufficientMemory, InvalidMessage, ModelNotFound
from serve.many.fork_server import ForkServer
from serve.many.message_stream import Message, MessageStream, longest_answer
from serve.many.messages import InferenceRequest, LoadReport, read_prediction
from serve.many.model_worker import scratch

LOAD_SECONDS = 360
"""SageMaker gives up on a load after these."""

LAST_WORDS_SECONDS = 2
"""The time that a stuck process gets to log where it is, before it is killed."""


class ModelProcess:
    """Loads a model in a process of its own and has it answer. Safe to call from several threads.

    A process that dies, is stuck or sends what is no message is ended, and the model with it.
    """

    def __init__(
        self, fork_server: ForkServer, directory: Path, timeout: int, load_timeout: int = LOAD_SECONDS
    ) -> None:
        """``timeout`` is the number of seconds that an answer may take, ``load_timeout`` that of the load."""
        self._fork_server = fork_server
        self._timeout = timeout
        self._load_timeout = load_timeout
        self._idle: SimpleQueue[MessageStream] = SimpleQueue()
        self._lock = threading.Lock()
        self._exit_code: int | None = None
        self._offence: InvalidMessage | None = None
        self._pid, control = fork_server.fork(directory)
        self._control = MessageStream(control, longest_body=0)

    @property
    def has_ended(self) -> bool:
        return self._exit_code is not None

    def loaded(self) -> LoadReport:
        """Waits for the model. Raises ``ArtifactError`` or ``InsufficientMemory``; the process has ended then."""
        try:
            outcome = LoadReport.read(self._control.receive(time.monotonic() + self._load_timeout))
        except TimeoutError:
            self.end(signal.SIGABRT)
            raise ArtifactError(f"the model did not load within {self._load_timeout} s; the log says where") from None
        except (EOFError, OSError, InvalidMessage) as error:
            raise self._death("loading the model", ArtifactError, error) from None
        if isinstance(outcome, ContainerError):
            self.end()
            raise outcome
        return outcome

    def __call__(self, body: bytes, content_type: str | None, accept: str | None) -> Prediction:
        """Answers a request as ``Predictor`` does; the process may have ended afterwards, see ``has_ended``.

        Raises ``InsufficientMemory``, too, where it was killed, and ``ModelNotFound`` where it had ended before.
        """
        deadline = time.monotonic() + self._timeout
        stream = self._asked(InferenceRequest(body, content_type, accept).message(), deadline)
        try:
            outcome = read_prediction(stream.receive(deadline), len(body))
        except TimeoutError:
            raise self._stuck() from None
        except (EOFError, OSError, InvalidMessage) as error:
            raise self._death("answering this request", AlgorithmError, error) from None
        self._idle.put(stream)
        if isinstance(outcome, ContainerError):
            raise outcome
        return outcome

    def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Ends the process and returns, once its memory and temporary files are gone, its exit code."""
        with self._lock:
            if self._exit_code is None:
                os.kill(self._pid, number)  # until the fork server was asked, nobody else can have this number
                if number != signal.SIGKILL:
                    self._await_end()
                with suppress(ProcessLookupError):  # not before it is a group, with what a user's code has started
                    os.killpg(self._pid, signal.SIGKILL)
                os.kill(self._pid, signal.SIGKILL)
                self._exit_code = self._fork_server.wait(self._pid)
                self._control.close()
                shutil.rmtree(scratch(self._pid), ignore_errors=True)
            return self._exit_code

    def _await_end(self) -> None:
        """Returns once the process is at its end, or has had time enough: it may ignore the signal."""
        with suppress(EOFError, OSError, InvalidMessage):
            self._control.receive(time.monotonic() + LAST_WORDS_SECONDS)

    def _asked(self, request: Message, deadline: float) -> MessageStream:
        """Sends a request to the process and returns the stream on which it will answer."""
        try:
            stream = self._stream()
            stream.send(request, deadline)
        except TimeoutError:
            raise self._stuck() from None
        except OSError:
            self.end()
            raise ModelNotFound("the process of the model was killed since it was loaded: load it again") from None
        return stream

    def _stream(self) -> MessageStream:
        """Returns a stream that nobody uses at the moment; there are as many as requests at once."""
        try:
            return self._idle.get_nowait()
        except Empty:
            ours, theirs = socket.socketpair()
            with theirs:
                socket.send_fds(self._control.socket, [b"."], [theirs.fileno()])
            return MessageStream(ours, longest_answer())

    def _stuck(self) -> AlgorithmError:
        self.end(signal.SIGABRT)  # which writes to the log where every thread is
        return AlgorithmError(
            f"a prediction has been running for {self._timeout} s, more than SAGEMAKER_MODEL_SERVER_TIMEOUT allows: "
            "the process of the model was ended"
        )

    def _death(self, work: str, blame: type[ContainerError], cause: Exception) -> ContainerError:
        """Ends the process and returns the error that says what happened while it did some ``work``."""
        if isinstance(cause, InvalidMessage):
            self._offence = cause
        code = self.end()
        if self._offence:
            return blame(
                f"{work} failed: the process of the model sent an invalid message ({self._offence}) and was ended"
            )
        if code == -signal.SIGKILL:
            return InsufficientMemory(f"{work} was killed by SIGKILL; it probably needs more memory than there is")
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended the process with exit code {code}"
        return blame(f"{work} {how}; the log says more")
