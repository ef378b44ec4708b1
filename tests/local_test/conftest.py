"""Toy `train` and `serve` programs, run for real: what is tested here is the one who stands around them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_test.job import run_job
from local_test.process_runtime import ProcessRuntime
from local_test.request import Channel, TrainingRequest
from local_test.result import JobResult

TOYS = Path(__file__).parent / "toys"
Train = Callable[..., JobResult]


@pytest.fixture
def runtime() -> ProcessRuntime:
    return ProcessRuntime("toy", programs=TOYS)


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    """Two rows, mean 2.0, in a nested folder."""
    folder = tmp_path / "data" / "train"
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "rows.csv").write_text("1,10\n3,30\n")
    return Channel("train", folder, "text/csv")


@pytest.fixture
def train(runtime: ProcessRuntime, channel: Channel, tmp_path: Path) -> Train:
    """Runs the toy training program with a behaviour; further arguments go to the request and to ``run_job``."""

    def run(behaviour: str = "learn", grace: float = 120.0, log: Any = print, **request: Any) -> JobResult:
        fields = {"channels": (channel,), "hyperparameters": {"behaviour": behaviour}, **request}
        return run_job(TrainingRequest(**fields), runtime, tmp_path / "job", log, grace)

    return run


def seen_by(result: JobResult) -> Any:
    """What the toy training program found when it started."""
    return json.loads((result.data / "seen.json").read_text())
