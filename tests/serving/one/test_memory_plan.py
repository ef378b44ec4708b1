"""What running servers plan with is what their models take and what the container has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from contract.process.resources import memory_bytes
from serve.http.gate import Overloaded
from serve.one.plan import Footprint, make
from serve.one.server import ModelServer
from serve.settings import MEBIBYTE, Settings
from tests.multi_model import MultiModel
from tests.server_process import ServerProcess
from tests.serving.toy_models import unpack

HOLDS_64_MB = "HELD = b'x' * (64 << 20)\ndef helper(): pass"
MEMORY_MB = memory_bytes() / MEBIBYTE
STARTED_BY_A_LARGE_PROCESS = """
import os, sys
held = b"x" * (400 << 20)
os.execv(sys.executable, [sys.executable, "-m", "serve"])
"""


@contextmanager
def serving(base: Path, environ: Mapping[str, str]) -> Iterator[ServerProcess]:
    """A server that a process with 400 MB has started, which are no memory of the server's."""
    family = {"ALGORITHM_FAMILY": "tests.toys.mean"}
    with ServerProcess(base, base, {**family, **environ}, program=["-c", STARTED_BY_A_LARGE_PROCESS]) as server:
        yield server


def test_the_plan_counts_what_the_model_takes_and_what_the_container_has(tmp_path: Path) -> None:
    unpack(tmp_path / "model", HOLDS_64_MB)
    with serving(tmp_path, {"SAGEMAKER_MODEL_SERVER_WORKERS": "3"}) as server:
        log = server.log
    (figures,) = re.findall(r"memory 3 x \((\d+) MB \+ (\d+) MB for the model\) = (\d+) of (\d+) MB", log)
    base, model, total, limit = map(int, figures)
    assert 64 <= model < 120
    assert 10 < base < 300
    assert total == 3 * (base + model)
    assert limit == round(MEMORY_MB)


def test_many_models_share_what_the_container_has_beside_the_server(tmp_path: Path) -> None:
    with serving(tmp_path, {"SAGEMAKER_MULTI_MODEL": "true"}) as server:
        many = MultiModel(server.endpoint, tmp_path / "models")
        unpack(many.url("large"), HOLDS_64_MB)
        assert many.load("large").status == 200
        log = server.log
    ((taken, capacity),) = re.findall(r"loaded 'large', .* (\d+) of (\d+) MB for models are taken", log)
    assert 64 <= int(taken) < 120
    assert 0.8 * MEMORY_MB - 300 < int(capacity) < 0.8 * MEMORY_MB - 10


@pytest.fixture
def model_server() -> ModelServer:
    """A server that may take 1 s for an answer, with one prediction at a time; it does not run."""
    memory, footprint = 100 * MEBIBYTE, Footprint(base=20 * MEBIBYTE, model=20 * MEBIBYTE)
    return ModelServer(Settings(family="toy", timeout=1), make(1, memory, footprint, 1, 1), {})


def test_a_request_waits_for_half_of_the_time_limit_and_no_longer(model_server: ModelServer) -> None:
    predictions = model_server.gate.predictions
    with predictions, pytest.raises(Overloaded, match=r"busy for 0\.5 s"), predictions:
        pass


def test_a_worker_holds_no_more_bytes_of_bodies_than_planned(model_server: ModelServer) -> None:
    bodies, most = model_server.gate.bodies, 60 * MEBIBYTE // 8
    with bodies.of(most - 1), bodies.of(1):
        pass
    with bodies.of(most), pytest.raises(Overloaded), bodies.of(1):
        pass


def test_a_worker_takes_in_100_requests_and_keeps_threads_for_pings(model_server: ModelServer) -> None:
    requests = model_server.gate.requests
    for _ in range(100):
        requests.__enter__()
    with pytest.raises(Overloaded):
        requests.__enter__()
    assert model_server.cfg.threads > 100
