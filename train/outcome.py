"""What a job knows at its stages: before training, after judging the model, at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.algorithm import Algorithm, Output
from contract.artifact import ModelManifest
from contract.hyperparameters import Hyperparameters
from contract.metrics.evaluation import Evaluation
from contract.scores import Scores
from train.history import History


@dataclass(frozen=True)
class Prepared:
    """A job whose settings and data were read and checked: nothing that the user got wrong is left to find."""

    algorithm: Algorithm[Any, Any, Any]
    params: Hyperparameters
    data: Mapping[str, Any]
    base_model: Path | None = None
    """The model directory that training goes on from."""
    sharded: bool = False
    """Whether the train channel is parted among the hosts."""


@dataclass(frozen=True)
class Judged:
    """The reloaded model on every channel. ``metrics`` hold also what only the library could compute."""

    metrics: Scores
    evaluations: Mapping[str, Evaluation]
    predictions: Mapping[str, Any]
    """The first ones of the channels whose answers are told."""
    records: Mapping[str, int]
    """How many records of each channel were judged."""


@dataclass(frozen=True)
class Outcome:
    """A finished training: ``model`` is the one that was reloaded from its files, ``output`` what it answers."""

    model: Any
    output: Output[Any]
    manifest: ModelManifest
    judged: Judged
    history: History
    seconds: float
    job_name: str
