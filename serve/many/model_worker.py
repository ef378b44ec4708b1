"""Runs in the process of one of many models: loads it, says so, and answers the requests that it is sent.

Each model having its own, its memory is free once it has ended, and nothing that a model, its library or its user's
code does (modules of the same name, an endless loop, a crash, too much memory) reaches the others.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import resource
import shutil
import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from contract.errors import AlgorithmError, ArtifactError, ContainerError
from serve.many.errors import InsufficientMemory
from serve.many.memory import private_bytes
from serve.many.message_stream import Message, MessageStream, longest_answer
from serve.many.messages import InferenceRequest, LoadReport, error_message, prediction_message
from serve.one.predictor import Predictor
from serve.settings import Settings
from serve.user.requirements import install_requirements

log = logging.getLogger("serve")

LOADING_SCORE, SERVING_SCORE = 1000, 500
"""oom_score_adj: loading models are killed first, then serving ones, the server last."""


def scratch(pid: int) -> Path:
    """Returns the folder of a process's temporary files, which is removed when its model is unloaded."""
    return Path(tempfile.gettempdir()) / f"model-{pid}"


def model_main(settings: Settings, directory: Path, control: socket.socket) -> NoReturn:
    """Loads the model in ``directory``, tells ``control`` what came of it, and answers on the sockets that come.

    Ends with whoever has the other end of ``control``.
    """
    folder = scratch(os.getpid())
    try:
        os.setpgid(0, 0)  # what a user's code starts ends with the model
        _set_oom_score(LOADING_SCORE)
        faulthandler.enable()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _use(folder)
        outcome = _load(settings.of_model(directory))
        _set_oom_score(SERVING_SCORE)
        if isinstance(outcome, Predictor):
            MessageStream(control).send(LoadReport(outcome.title, private_bytes()).message())
            _answer_connections(outcome, control)
        else:
            MessageStream(control).send(error_message(outcome))
    except BaseException:
        log.exception("the process of the model in %s fails", directory)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)


def _load(settings: Settings) -> Predictor | ContainerError:
    """The model, tried with its example; or why there is none."""
    try:
        install_requirements(settings)
        predictor = Predictor.load(settings)
        predictor.warm_up()
    except MemoryError:
        return InsufficientMemory("the model needs more memory than there is: unload some")
    except ContainerError as error:
        if isinstance(error.__cause__, MemoryError):
            return InsufficientMemory("the model needs more memory than there is to answer its example: unload some")
        if isinstance(error, AlgorithmError):  # whose message points to the log
            log.error("the model in %s does not answer its example", settings.model, exc_info=error)
        return ArtifactError(str(error))
    except BaseException as error:
        log.exception("the model in %s cannot be served", settings.model)
        return ArtifactError(f"the model cannot be served: {type(error).__name__}: {error}"[:1000])
    return predictor


def _answer_connections(predictor: Predictor, control: socket.socket) -> None:
    """A thread for each connection that ``control`` brings, until that is at its end."""
    while descriptors := socket.recv_fds(control, 1, 1)[1]:
        stream = MessageStream(socket.socket(fileno=descriptors[0]))
        threading.Thread(target=_answer_requests, args=(predictor, stream), daemon=True).start()


def _answer_requests(predictor: Predictor, stream: MessageStream) -> None:
    with suppress(EOFError, OSError):
        while True:
            stream.send(_answer(predictor, InferenceRequest.read(stream.receive())))


def _answer(predictor: Predictor, request: InferenceRequest) -> Message:
    try:
        prediction = predictor(request.body, request.content_type, request.accept)
        if len(prediction.body) > longest_answer():
            raise AlgorithmError(f"the answer has {len(prediction.body)} bytes, {longest_answer()} are allowed")
        return prediction_message(prediction)
    except Exception as error:
        return error_message(error)


def _use(folder: Path) -> None:
    """Makes a folder the one for temporary files, where it can be made."""
    shutil.rmtree(folder, ignore_errors=True)  # of a server that was killed, with this number by chance
    with suppress(OSError):
        folder.mkdir(mode=0o700)
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder)


def _set_oom_score(score: int) -> None:
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(score))
