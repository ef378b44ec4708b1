"""The options of a training run, and the findings of its epochs: the best one, and whether to go on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from contract.scores import Scores

Mode = Literal["min", "max"]


@dataclass(frozen=True)
class EarlyStopping:
    """Early stopping: training ends when ``patience`` epochs in a row were no better than the best one before them.

    ``metric`` is of the validation channel, or of train where there is none. An epoch is better when it is so by more
    than ``tolerance``, a share of the best value if ``relative``. At least ``min_epochs`` are run.
    """

    metric: str
    mode: Mode
    patience: int
    min_epochs: int = 0
    tolerance: float = 0.0
    relative: bool = False


@dataclass(frozen=True)
class TrainingOptions:
    """The options of a training run.

    ``rate`` gives the learning rate of an epoch (from 0). ``best_by`` keeps the weights of the epoch that was best by
    this metric of the validation channel (of train where there is none); without it those of the last one are kept.
    ``configuration`` is a text that says what a checkpoint depends on: checkpoints of another one are not taken.
    ``keep_every`` asks for the weights of every n-th epoch beside.
    """

    epochs: int
    rate: Callable[[int], float]
    early_stopping: EarlyStopping | None = None
    best_by: tuple[str, Mode] | None = None
    configuration: str = ""
    keep_every: int | None = None


@dataclass
class TrainingProgress:
    """The scores of the epochs so far, and what follows from them alone: a resumed run decides as an unbroken one."""

    options: TrainingOptions
    history: list[Scores] = field(default_factory=list)
    best: int = -1
    """The epoch whose weights are kept, from 0; -1 before the first one is complete."""
    _best_value: float = math.nan
    _watched: int = 0
    _watched_value: float = math.nan

    def add(self, scores: Scores) -> None:
        """Takes the scores of the next epoch."""
        epoch = len(self.history)
        self.history.append(scores)
        if self.options.best_by is None:
            self.best = epoch
        elif _better(value := _value(scores, self.options.best_by[0]), self._best_value, self.options.best_by[1]):
            self.best, self._best_value = epoch, value
        self.best = max(self.best, 0)  # a metric may have no value yet; that the weights are numbers is seen to before
        stopping = self.options.early_stopping
        if stopping is not None:
            value = _value(scores, stopping.metric)
            margin = stopping.tolerance * (abs(self._watched_value) if stopping.relative else 1.0)
            if _better(value, self._watched_value, stopping.mode, margin):
                self._watched, self._watched_value = epoch, value

    @property
    def epochs(self) -> int:
        """The number of complete epochs."""
        return len(self.history)

    @property
    def waited(self) -> int:
        """The number of epochs since the best one of early stopping."""
        return self.epochs - 1 - self._watched

    @property
    def ended(self) -> bool:
        """True if there is no further epoch to run."""
        return self.epochs >= self.options.epochs or self.out_of_patience

    @property
    def out_of_patience(self) -> bool:
        """True if early stopping ends the run."""
        stopping = self.options.early_stopping
        return stopping is not None and self.epochs >= max(stopping.min_epochs, 1) and self.waited >= stopping.patience


def _value(scores: Scores, metric: str) -> float:
    return scores["validation" if "validation" in scores else "train"][metric]


def _better(value: float, best: float, mode: Mode, margin: float = 0.0) -> bool:
    """Returns whether a value beats the best one so far by more than a margin; anything beats NaN, NaN nothing."""
    if math.isnan(best) or math.isnan(value):
        return not math.isnan(value)
    return value < best - margin if mode == "min" else value > best + margin
