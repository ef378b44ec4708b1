"""A process of a model that sends what is no message is ended, and harms neither the server nor other models.

The messages are malformed, and harmless: no test runs anything that it does not hold itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.multi_model import MultiModel
from tests.server_process import ROOT, ServerProcess
from tests.serving.processes import descendants
from tests.serving.toy_models import csv_rows, unpack

SCRIPT = """
import json, os, pickle, socket, sys
from functools import partial
from pathlib import Path
from contract.errors import ContainerError
from serve.many.fork_server import ForkServer
from serve.many.memory import Memory
from serve.many.message_stream import LENGTHS, MessageStream, longest_answer
from serve.many.messages import LoadReport
from serve.many.model_process import ModelProcess
from serve.many.models import Models

def framed(head, body=b""):
    return LENGTHS.pack(len(head), len(body)) + head + body

class Touch:
    def __reduce__(self):
        return os.mkdir, (sys.argv[1],)

MESSAGES = {
    "garbage": b"\\xff" * 1000,
    "pickle": framed(pickle.dumps(Touch())),
    "bare pickle": pickle.dumps(Touch()),
    "large head": LENGTHS.pack(1 << 31, 0),
    "large body": LENGTHS.pack(2, longest_answer() + 1) + b"{}",
    "two messages": framed(b"{}") * 2,
    "unknown kind": framed(b'{"kind": "reload"}'),
    "unknown error": framed(b'{"kind": "error", "error": "KeyboardInterrupt", "message": "", "traceback": ""}'),
    "wrong type": framed(b'{"kind": "loaded", "title": "model", "size": "0"}'),
    "half a message": LENGTHS.pack(100, 0),
}

def model_main(directory, control):
    phase, _, name = str(directory).partition("/")
    if phase == "answer":
        MessageStream(control).send(LoadReport("a model", 0).message())
        control = socket.socket(fileno=socket.recv_fds(control, 1, 1)[1][0])
        MessageStream(control).receive()
    control.sendall(MESSAGES[name])
    control.shutdown(socket.SHUT_WR)
    while control.recv(1 << 16):
        pass
    os._exit(0)

memory = Memory(1 << 30)
models = Models(partial(ModelProcess, ForkServer(model_main), timeout=20, load_timeout=20), memory)
told = {}
for phase in ("load", "answer"):
    for name in MESSAGES:
        try:
            models.load(name, phase + "/" + name)
            models.answer(name, b"1,2,3", None, None)
        except ContainerError as error:
            told[phase + "/" + name] = (type(error).__name__, str(error))
        assert not models.page(0, 9)[0] and not memory.taken, name
print(json.dumps(told))
"""


def test_M06_a_process_that_sends_no_message_is_ended_and_its_model_unloaded(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "executed")]
    told = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300).stdout)
    assert len(told) == 20
    for place, (kind, message) in told.items():
        phase, _, name = place.partition("/")
        if name == "half a message":  # as of a process that dies while it answers
            assert kind == "InsufficientMemory", (place, kind, message)
        else:
            assert kind == {"load": "ArtifactError", "answer": "AlgorithmError"}[phase], (place, message)
            assert "the process of the model sent an invalid message" in message, (place, message)
    assert not (tmp_path / "executed").exists(), "a message was executed"


SENDS_GARBAGE = """
    import os, stat

    def transform_fn(model, body, content_type, accept):
        for descriptor in map(int, os.listdir("/proc/self/fd")):
            try:
                if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                    os.write(descriptor, b"no message")
            except OSError:
                pass
        return "an answer"
"""


def test_V18_a_users_code_that_writes_into_the_sockets_of_its_process_costs_its_model_only(
    many: MultiModel, multi_model_server: ServerProcess
) -> None:
    unpack(many.url("good"))
    assert many.load("good").status == 200
    before = descendants(multi_model_server.running.pid)
    unpack(many.url("bad"), SENDS_GARBAGE)
    assert many.load("bad").status == 200
    answer = many.invoke("bad", b"x")
    assert answer.status == 500
    assert "sent an invalid message" in answer.json()["error"]
    assert many.names() == ["good"]
    assert descendants(multi_model_server.running.pid) == before
    assert many.invoke("good", csv_rows(1)).status == 200
