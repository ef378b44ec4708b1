"""What one of many models does wrong stays its own affair, and what it took is free when it has gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.multi_model import MultiModel, assert_refused
from tests.server_process import ROOT, ServerProcess
from tests.serving.pipes import BLOCKING_RECORD, Pipes
from tests.serving.processes import descendants
from tests.serving.toy_models import csv_rows, unpack

StartServer = Callable[..., ServerProcess]
DEADLINE = 30.0
MULTI_MODEL = {"SAGEMAKER_MULTI_MODEL": "true"}
MAKES_A_FOLDER = "import tempfile\ndef transform_fn(model, body, content_type, accept): return tempfile.mkdtemp()"
KILLED = "import os, signal\ndef {}: os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def good(many: MultiModel) -> MultiModel:
    """The endpoint with a loaded model called ``good``."""
    return with_good(many)


def with_good(models: MultiModel) -> MultiModel:
    unpack(models.url("good"))
    assert models.load("good").status == 200
    return models


@pytest.fixture
def own(start_server: StartServer) -> ServerProcess:
    """A server for tests that stop or wound it."""
    return start_server(environ=MULTI_MODEL)


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE} s: {what}"
        threading.Event().wait(0.02)


@pytest.mark.parametrize(
    ("program", "status"),
    [
        (KILLED.format("model_fn(model_dir)"), 507),
        ("def model_fn(model_dir): raise MemoryError", 507),
        ("import os\ndef model_fn(model_dir): os._exit(3)", 400),
        ("import os\ndef model_fn(model_dir): os.abort()", 400),
        ("def predict_fn(data, model, more): pass", 400),
    ],
)
def test_M06_a_model_that_fails_while_it_loads_is_refused_and_the_others_answer(
    good: MultiModel, program: str, status: int
) -> None:
    unpack(good.url("bad"), program)
    assert_refused(good.load("bad"), status)
    assert good.names() == ["good"]
    assert good.invoke("good", csv_rows(1)).status == 200


def test_M06_a_model_that_is_killed_for_its_memory_while_it_answers_is_507_and_unloaded(good: MultiModel) -> None:
    unpack(good.url("bad"), KILLED.format("transform_fn(model, body, content_type, accept)"))
    assert good.load("bad").status == 200
    assert_refused(good.invoke("bad", b"x"), 507)
    assert good.names() == ["good"]
    assert_refused(good.invoke("bad", b"x"), 404)
    assert good.load("bad").status == 200


def test_M04_a_model_that_was_killed_between_two_requests_is_404_and_can_be_loaded_again(
    good: MultiModel, multi_model_server: ServerProcess
) -> None:
    before = descendants(multi_model_server.running.pid)
    unpack(good.url("other"))
    assert good.load("other").status == 200
    (process,) = set(descendants(multi_model_server.running.pid)) - set(before)
    os.kill(process, signal.SIGKILL)
    until(lambda: " Z " in Path(f"/proc/{process}/stat").read_text(), "its end, which nobody has asked about yet")
    assert_refused(good.invoke("other", csv_rows(1)), 404)
    assert good.names() == ["good"]
    assert good.load("other").status == 200


def test_M06_a_request_that_finds_no_memory_is_507_and_the_model_stays(good: MultiModel) -> None:
    unpack(good.url("bad"), "def transform_fn(model, body, content_type, accept): raise MemoryError")
    assert good.load("bad").status == 200
    assert_refused(good.invoke("bad", b"x"), 507)
    assert good.names() == ["good", "bad"]


def test_V18_a_model_that_crashes_while_it_answers_is_500_and_unloaded(
    good: MultiModel, multi_model_server: ServerProcess
) -> None:
    unpack(good.url("bad"), "import os\ndef transform_fn(model, body, content_type, accept): os.abort()")
    assert good.load("bad").status == 200
    assert good.invoke("bad", b"x").status == 500
    assert good.names() == ["good"]
    assert "in transform_fn" in multi_model_server.log, "the log shows where it was"


def test_V09_the_log_has_the_trace_of_a_fault_and_the_answer_has_not(
    good: MultiModel, multi_model_server: ServerProcess
) -> None:
    unpack(good.url("bad"), "def transform_fn(model, body, content_type, accept): return {}['secret']")
    good.load("bad")
    answer = good.invoke("bad", b"x")
    assert answer.status == 500
    assert "secret" not in answer.body.decode()
    assert "KeyError: 'secret'" in multi_model_server.log


def test_V09_why_the_library_fails_on_the_example_is_in_the_log(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("raises_in_predict", MULTI_MODEL)
    many = MultiModel(server.endpoint, tmp_path / "models")
    unpack(many.url("bad"), toy="raises_in_predict")
    refused = many.load("bad")
    assert_refused(refused, 400)
    assert "the log says more" in refused.json()["message"]
    assert "ZeroDivisionError: the secret detail of a library" in server.log


def test_V19_a_stuck_prediction_costs_its_model_only(tmp_path: Path, pipes: Pipes, start_server: StartServer) -> None:
    server = start_server("blocks", {**MULTI_MODEL, **pipes.environ, "SAGEMAKER_MODEL_SERVER_TIMEOUT": "1"})
    many = MultiModel(server.endpoint, tmp_path / "models")
    for name in ("stuck", "good"):
        unpack(many.url(name), toy="blocks")
        assert many.load(name).status == 200
    front = server.workers()
    with ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(many.invoke, "stuck", BLOCKING_RECORD)
        pipes.wait_for_prediction()
        answer = stuck.result(DEADLINE)
    assert answer.status == 500
    assert b"SAGEMAKER_MODEL_SERVER_TIMEOUT" in answer.body
    assert (many.names(), server.workers()) == (["good"], front)
    assert many.invoke("good", csv_rows(1)).status == 200
    assert "waiting.py" in server.log, "the log shows where it was stuck"


def test_M05_the_memory_of_a_model_is_free_when_its_delete_is_answered(
    good: MultiModel, multi_model_server: ServerProcess
) -> None:
    before = descendants(multi_model_server.running.pid)
    unpack(good.url("large"), "HELD = b'x' * (64 << 20)\ndef helper(): pass")
    assert good.load("large").status == 200
    (process,) = set(descendants(multi_model_server.running.pid)) - set(before)
    assert good.unload("large").status == 200
    assert not Path(f"/proc/{process}").exists()
    assert "unloaded 'large'" in multi_model_server.log


def test_M05_the_temporary_files_of_a_model_go_with_it(good: MultiModel) -> None:
    unpack(good.url("other"), MAKES_A_FOLDER)
    assert good.load("other").status == 200
    folder = Path(good.invoke("other", b"x").body.decode())
    assert folder.is_dir()
    assert good.unload("other").status == 200
    assert not folder.exists()


def test_M05_what_the_code_of_a_model_has_started_goes_with_it(good: MultiModel) -> None:
    starts = "import subprocess\ndef model_fn(folder): return subprocess.Popen(['sleep', '1000']).pid\n"
    unpack(good.url("other"), starts + "def transform_fn(model, body, content_type, accept): return str(model)")
    assert good.load("other").status == 200
    process = Path("/proc") / good.invoke("other", b"x").body.decode()
    assert (process / "exe").exists()
    assert good.unload("other").status == 200
    until(lambda: not (process / "exe").exists(), "the end of what the code has started")


def test_M06_a_model_that_turns_out_too_large_once_loaded_is_refused(tmp_path: Path) -> None:
    unpack(tmp_path / "small")
    unpack(tmp_path / "large", "HELD = b'x' * (64 << 20)\ndef helper(): pass")
    script = f"""
        from functools import partial
        from serve.many.memory import Memory
        from serve.many.errors import InsufficientMemory
        from serve.many.model_process import ModelProcess
        from serve.many.model_worker import model_main
        from serve.many.models import Models
        from serve.many.fork_server import ForkServer
        from serve.settings import Settings

        fork_server = ForkServer(partial(model_main, Settings(family="tests.toys.mean")))
        models = Models(partial(ModelProcess, fork_server, timeout=30), Memory(60 << 20))
        models.load("small", "{tmp_path}/small")
        try:
            models.load("large", "{tmp_path}/large")
        except InsufficientMemory as error:
            print(error)
        print([model.name for model in models.page(0, 9)[0]], models.answer("small", b"1,2,3", None, None).rows)
    """
    told = subprocess.run(
        [sys.executable, "-c", "\n".join(line[8:] for line in script.splitlines())],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert told.startswith("once loaded, the model takes ")
    assert told.endswith("['small'] 1\n")


@pytest.mark.parametrize("generation", ["front", "fork server"])
def test_V18_a_server_that_loses_a_process_of_its_own_starts_anew_without_models(
    own: ServerProcess, tmp_path: Path, generation: str
) -> None:
    many = with_good(MultiModel(own.endpoint, tmp_path / "models"))
    family = descendants(own.running.pid)
    os.kill(family[["front", "fork server"].index(generation)], signal.SIGKILL)
    if generation == "fork server":
        with pytest.raises(ConnectionError):
            many.load("again", "good")
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "the old processes have ended")
    until(own.healthy, "health")
    assert many.names() == []
    assert many.load("good").status == 200


def test_V17_a_stopped_server_leaves_no_process_and_no_file(own: ServerProcess, tmp_path: Path) -> None:
    many = with_good(MultiModel(own.endpoint, tmp_path / "models"))
    unpack(many.url("other"), MAKES_A_FOLDER)
    assert many.load("other").status == 200
    folder = Path(many.invoke("other", b"x").body.decode())
    family = descendants(own.running.pid)
    assert len(family) == 4
    assert folder.is_dir()
    assert own.stop() == 0
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "all processes have ended")
    assert not folder.exists()
