"""One algorithm, tried without a job around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from contract.algorithm import Algorithm
from contract.context import Context
from contract.hyperparameters import Hyperparameters
from contract.tables.data import Table
from tests.families.job_log import Log

Trials: TypeAlias = tuple[Callable[..., Any], Callable[..., tuple[Any, Log]], Callable[[Any, Path], Any]]


def trials(algorithm: Algorithm[Any, Any, Any]) -> Trials:
    """Three functions: train; train and return the log too; send a model through its files."""

    def fit(
        given: Hyperparameters, train: Table, validation: Table | None = None, context: Context | None = None
    ) -> Any:
        return algorithm.fit(given, train, validation, context or Context())

    def logged(given: Hyperparameters, train: Table, validation: Table | None = None) -> tuple[Any, Log]:
        log = Log()
        return fit(given, train, validation, log.context()), log

    def reloaded(model: Any, folder: Path) -> Any:
        folder.mkdir(exist_ok=True)
        algorithm.save(model, folder)
        return algorithm.load(folder)

    return fit, logged, reloaded
