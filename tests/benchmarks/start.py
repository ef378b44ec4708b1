"""Measures how long ``serve`` takes to its first answer, and its memory, in one environment beside another:

    python -m tests.benchmarks.start FAMILY ALGORITHM[,ALGORITHM] ENVIRONMENT ENVIRONMENT [rounds]

An environment is a folder made by ``python -m venv`` that holds a family's lock and one build of this project. Each
trains the example of an algorithm and serves it, in turns, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from contract.artifact import Manifest
from tests.endpoint import Endpoint, free_port
from tests.server_process import ROOT

WORKERS = "2"
ROUNDS = 7
PAUSE = 0.005
"""Seconds between two requests to a server that does not answer yet."""


def main(family: str, names: str, first: str, second: str, rounds: str = str(ROUNDS)) -> None:
    for name in names.split(","):
        with tempfile.TemporaryDirectory() as folder:
            bases = {path: trained(Path(path), Path(folder) / str(number), family, name)
                     for number, path in enumerate((first, second))}  # fmt: skip
            turns = [{path: served(Path(path), base) for path, base in bases.items()} for _ in range(int(rounds))]
        report(name, turns, first, second)


def trained(environment: Path, base: Path, family: str, name: str) -> Path:
    """The base directory of the algorithm's example job, done by this build."""
    shutil.copytree(ROOT / "containers" / family / "example" / name, base)
    environ = {"SAGEMAKER_BASE_DIR": str(base), "ALGORITHM_FAMILY": family, "ALGORITHM": name}
    subprocess.run([environment / "bin" / "train"], env=environ, cwd=base, check=True, capture_output=True)
    return base


def served(environment: Path, base: Path) -> tuple[float, float]:
    """Seconds from the start of the program to its first answer, and the MB that its processes take by then."""
    port, manifest = free_port(), Manifest.read(base / "model")
    environ = {
        "SAGEMAKER_BASE_DIR": str(base), "ALGORITHM_FAMILY": manifest.family, "SAGEMAKER_BIND_TO_PORT": str(port),
        "SAGEMAKER_MODEL_SERVER_WORKERS": WORKERS,
    }  # fmt: skip
    started = time.perf_counter()
    with subprocess.Popen(
        [environment / "bin" / "serve"], env=environ, cwd=base, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_for_answer(Endpoint(port), manifest, process)
            return time.perf_counter() - started, megabytes(process.pid)
        finally:
            process.terminate()


def wait_for_answer(endpoint: Endpoint, manifest: Manifest, process: subprocess.Popen[bytes]) -> None:
    example = manifest.request()
    assert example is not None
    while process.poll() is None:
        try:
            if endpoint.invoke(example.body, example.content_type, None).status == 200:
                return
        except OSError:
            time.sleep(PAUSE)
    raise RuntimeError(f"serve ended with {process.returncode}")


def megabytes(pid: int) -> float:
    """Proportional set size: what processes share is counted once."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return own / 1000 + sum(megabytes(int(child)) for child in children)


def report(name: str, turns: list[Mapping[str, tuple[float, float]]], first: str, second: str) -> None:
    for place, figure in enumerate(("s to first answer", "MB")):
        one, other = (statistics.median(turn[path][place] for turn in turns) for path in (first, second))
        sys.stdout.write(f"{name:16} {figure:18} {one:8.3f} {other:8.3f}   ratio {other / one:.2f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
