"""The training job as the algorithm sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract.scores import Scores


@dataclass(frozen=True)
class Context:
    """The hosts, folders, logs and signals of a job, which ``fit`` may use."""

    hosts: Sequence[str] = ("algo-1",)
    host: str = "algo-1"
    threads: int = 1
    output: Path = Path("/opt/ml/output/data")
    """A folder for files of value beside the model; ``output.tar.gz`` on the platform."""
    checkpoints: Path | None = None
    """The folder to keep and find checkpoints in, or None when the job has none."""
    base_model: Path | None = None
    """The model directory that the job's ``model`` channel brought, for an algorithm that ``continues``."""
    sharded: bool = False
    """True if every host was given other files of the train channel; else all of them have the same."""
    agree: Callable[[Any], Sequence[Any]] = field(default=lambda value: [value])
    """Tells a JSON value to all hosts; returns what each of them told, in the order of ``hosts``. All must call it."""
    log_round: Callable[[int, Scores], None] = field(default=lambda step, scores: None)
    """Call it with the step (from 0) and its scores as soon as they are known."""
    log: Callable[[str], None] = field(default=lambda line: None)
    """Writes one line to the job's log."""
    stopping: Callable[[], bool] = field(default=lambda: False)
    """True once the platform asked the job to stop: return the best model so far, soon."""

    @property
    def rank(self) -> int:
        """The place of this host in ``hosts``."""
        return self.hosts.index(self.host)

    @property
    def leads(self) -> bool:
        """True if this host keeps the model: the first one does."""
        return self.rank == 0
