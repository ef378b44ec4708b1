"""Toy `train` and `serve` programs, run for real: what is tested here is the one who stands around them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_test.job import run_job
from local_test.process_runtime import ProcessRuntime
from local_test.request import LocalChannel, TrainingRequest
from local_test.result import JobResult

ROOT = Path(__file__).parents[2]
TOYS = Path(__file__).parent / "toys"
Train = Callable[..., JobResult]


@pytest.fixture
def runtime() -> ProcessRuntime:
    return ProcessRuntime("toy", programs=TOYS)


@pytest.fixture
def channel(tmp_path: Path) -> LocalChannel:
    """Two rows, mean 2.0, in a nested folder."""
    folder = tmp_path / "data" / "train"
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "rows.csv").write_text("1,10\n3,30\n")
    return LocalChannel("train", folder, "text/csv")


@pytest.fixture
def train(runtime: ProcessRuntime, channel: LocalChannel, tmp_path: Path) -> Train:
    """Runs the toy training program with a behaviour; further arguments go to the request and to ``run_job``."""

    def run(behaviour: str = "learn", grace: float = 120.0, log: Any = print, **request: Any) -> JobResult:
        fields = {"channels": (channel,), "hyperparameters": {"behaviour": behaviour}, **request}
        return run_job(TrainingRequest(**fields), runtime, tmp_path / "job", log, grace)

    return run


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A Python with the toy programs beside it, as in the bin folder of a virtual environment."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, target in (("python", Path(sys.executable)), ("train", TOYS / "train"), ("serve", TOYS / "serve")):
        (folder / name).symlink_to(target)
    return folder / "python"


def seen_by(result: JobResult) -> Any:
    """What the toy training program found when it started."""
    return json.loads((result.data / "seen.json").read_text())
