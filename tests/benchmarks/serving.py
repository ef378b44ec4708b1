"""Measures ``serve`` beside its floors in one run: python -m tests.benchmarks.serving [seconds a measurement]

Only the ratios count. The servers take turns, so that whatever else the machine does falls on all of them.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import numpy as np

from contract import artifact
from contract.artifact import ModelManifest
from contract.context import Context
from contract.families import find
from contract.hyperparameters import parse
from contract.tables.data import Table
from tests.endpoint import free_port
from tests.server_process import ROOT, ServerProcess

WORKERS = 2
FEATURES = 12
ROUNDS = 5
HEADERS = {"Content-Type": "text/csv", "Accept": "text/csv"}
LOADS = (
    ("1 row, 1 client", 1, 1),
    ("1 row, 8 clients", 1, 8),
    ("100 rows, 4 clients", 100, 4),
    ("5 MB, 2 clients", 43_865, 2),
)
FLOOR = "floor-flask-predict"
FLOORS = {FLOOR: "flask_predict", "floor-wsgi-const": "constant"}


@dataclass
class Server:
    """Where a server listens and which processes it consists of."""

    name: str
    port: int
    pid: int


@dataclass
class Samples:
    """Seconds of each request, and processor seconds of the server for all of them."""

    times: list[float] = field(default_factory=list)
    cpu: float = 0.0
    elapsed: float = 0.0

    def figures(self) -> Mapping[str, float]:
        ordered = sorted(self.times)
        return {
            "p50 us": statistics.median(ordered) * 1e6,
            "p99 us": ordered[int(len(ordered) * 0.99)] * 1e6,
            "req/s": len(ordered) / self.elapsed,
            "CPU us": self.cpu / len(ordered) * 1e6,
        }


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        base = Path(folder)
        write_model(base / "model")
        servers = [stack.enter_context(ours(base)), *(stack.enter_context(floor(base, name)) for name in FLOORS)]
        for title, rows, clients in LOADS:
            report(title, measure(servers, body_of(rows), clients, seconds))


def write_model(directory: Path) -> None:
    """A regression of 100 trees of depth 6 on 12 features."""
    random = np.random.default_rng(0)
    features = random.normal(size=(4000, FEATURES)).astype(np.float32)
    data = Table(features, label=(features @ random.normal(size=FEATURES)).astype(np.float32))
    algorithm = find("xgboost", None)
    model = algorithm.fit(parse(algorithm.Hyperparameters, {"num_round": "100"}), data, None, Context())
    directory.mkdir()
    algorithm.save(model, directory)
    ModelManifest(
        family="xgboost", algorithm=algorithm.name, task="regression", signature=algorithm.input.signature(data),
        example=artifact.example_json(algorithm.input.example(data)),
    ).write(directory)  # fmt: skip


def body_of(rows: int) -> bytes:
    cells = np.random.default_rng(1).normal(size=(rows, FEATURES)).astype(np.float32)
    return b"".join(b",".join(b"%.6f" % cell for cell in row) + b"\n" for row in cells.tolist())


@contextmanager
def ours(base: Path) -> Iterator[Server]:
    environ = {"ALGORITHM_FAMILY": "xgboost", "SAGEMAKER_MODEL_SERVER_WORKERS": str(WORKERS)}
    with ServerProcess(base, base, {**environ, "OMP_NUM_THREADS": "1"}) as running:
        yield Server("ours", running.port, running.running.pid)


@contextmanager
def floor(base: Path, name: str) -> Iterator[Server]:
    port = free_port()
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "GUNICORN_MODEL": str(base / "model" / "xgboost-model")}
    options = f"-w {WORKERS} -k gthread --threads 8 --keep-alive 75 --no-control-socket -b 127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", *options.split(), f"tests.benchmarks.floors:{FLOORS[name]}()"]
    with (base / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        wait_for(port, process)
        yield Server(name, port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            invoke(HTTPConnection("127.0.0.1", port, timeout=10), body_of(1))
            return
        except OSError:
            threading.Event().wait(0.05)
    raise SystemExit("the floor server did not start")


def measure(servers: list[Server], body: bytes, clients: int, seconds: float) -> Mapping[str, Samples]:
    found = {server.name: Samples() for server in servers}
    for turn in range(ROUNDS):
        for server in servers[turn % len(servers) :] + servers[: turn % len(servers)]:
            load(server, body, clients, seconds / ROUNDS, found[server.name])
    return found


def load(server: Server, body: bytes, clients: int, seconds: float, samples: Samples) -> None:
    """Sends the body again and again on kept-alive connections, one a client."""
    threads = [threading.Thread(target=client, args=(server, body, seconds, samples.times)) for _ in range(clients)]
    cpu, began = cpu_seconds(server.pid), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    samples.elapsed += time.perf_counter() - began
    samples.cpu += cpu_seconds(server.pid) - cpu


def client(server: Server, body: bytes, seconds: float, times: list[float]) -> None:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    invoke(connection, body)
    deadline = time.perf_counter() + seconds
    while (began := time.perf_counter()) < deadline:
        invoke(connection, body)
        times.append(time.perf_counter() - began)
    connection.close()


def invoke(connection: HTTPConnection, body: bytes) -> None:
    connection.request("POST", "/invocations", body, HEADERS)
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise SystemExit(f"status {response.status}: {content!r}")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ticks = 0
    for process in [str(pid), *children]:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def report(title: str, found: Mapping[str, Samples]) -> None:
    floor_figures = found[FLOOR].figures()
    print(title)
    for name, samples in found.items():
        figures = samples.figures()
        cells = [f"{key} {value:9,.0f} ({value / floor_figures[key]:.2f}x)" for key, value in figures.items()]
        print(f"  {name:22}" + "  ".join(cells), flush=True)


if __name__ == "__main__":
    main()
