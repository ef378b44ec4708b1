"""A process that neither loads nor answers nor listens to signals is ended all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.server_process import ROOT
from tests.serving.toy_models import unpack

SCRIPT = """
import sys
from functools import partial
from pathlib import Path
from contract.errors import ContainerError
from serve.many.memory import Memory
from serve.many.model_process import ModelProcess
from serve.many.model_worker import model_main
from serve.many.models import Models
from serve.many.fork_server import ForkServer
from serve.settings import Settings

fork_server = ForkServer(partial(model_main, Settings(family="tests.toys.mean")))
memory = Memory(1 << 30)
models = Models(partial(ModelProcess, fork_server, timeout=1, load_timeout=int(sys.argv[2])), memory)
try:
    models.load("stuck", sys.argv[1])
    models.answer("stuck", b"1,2,3", None, None)
except ContainerError as error:
    print(f"{type(error).__name__}: {error}")
models.load("good", sys.argv[3])
print([model.name for model in models.page(0, 9)[0]], models.find("good").size == memory.taken)
"""
STUCK = "import signal, threading\n{}def {}: threading.Event().wait()"
DEAF = "signal.signal(signal.SIGABRT, signal.SIG_IGN)\n"


def outcome(tmp_path: Path, program: str, load_timeout: int) -> tuple[list[str], str]:
    """What became of a stuck model and of another one after it; the log."""
    unpack(tmp_path / "stuck", program)
    unpack(tmp_path / "good")
    command = [sys.executable, "-c", SCRIPT, f"{tmp_path}/stuck", str(load_timeout), f"{tmp_path}/good"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return told.stdout.splitlines(), told.stderr


def test_M02_a_model_that_never_ends_to_load_is_refused_and_its_memory_free(tmp_path: Path) -> None:
    (refused, after), log = outcome(tmp_path, STUCK.format("", "model_fn(model_dir)"), load_timeout=1)
    assert refused == "ArtifactError: the model did not load within 1 s; the log says where"
    assert "in model_fn" in log
    assert after == "['good'] True"


@pytest.mark.parametrize("deaf", ["", DEAF])
def test_V19_a_stuck_process_is_ended_even_where_it_ignores_the_signal(tmp_path: Path, deaf: str) -> None:
    program = STUCK.format(deaf, "transform_fn(model, body, content_type, accept)")
    (refused, after), _ = outcome(tmp_path, program, load_timeout=30)
    assert refused.startswith("AlgorithmError: a prediction has been running for 1 s")
    assert after == "['good'] True"
