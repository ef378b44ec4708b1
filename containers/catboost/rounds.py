"""Boosting round by round: metrics, early stopping and SIGTERM."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from catboost import CatBoost, CatBoostError
from numpy.typing import NDArray

from containers.catboost import library_errors, metric_names, pools
from containers.catboost.hyperparameters import CatBoostHyperparameters
from containers.catboost.model import LEVELS, Model
from contract.builtins.problem import Problem
from contract.context import Context
from contract.errors import ChannelError, HyperparameterError
from contract.metrics.notation import decimal
from contract.process.resources import granted_threads
from contract.rounds import Ending
from contract.tables.data import Table

_NOTHING_TO_LEARN = (
    "channel 'train': the labels of all records that are learned from are equal, so there is nothing to learn; "
    "add records with other labels"
)
_CONSTANT_FEATURES = "channel 'train': no feature column holds two different values, so there is nothing to learn from"


class CatBoostCallback:
    """Logs the metrics of each round after it, and listens for a request to stop."""

    def __init__(self, params: CatBoostHyperparameters, problem: Problem, context: Context) -> None:
        self._context = context
        self._every = params.verbose
        self._loss = metric_names.LOSSES[problem.kind]
        self._metric = params.metric(problem.kind)
        self._scores: list[dict[str, dict[str, float]]] = []
        self._asked = params.iterations
        self._patience = params.early_stopping_rounds if params.early_stopping_rounds > 0 else None
        self._told = False
        self.fault: BaseException | None = None

    @property
    def started(self) -> bool:
        """True if there is a first tree."""
        return bool(self._scores)

    def after_iteration(self, info: Any) -> bool:
        """Called by the library, which turns exceptions into one of its own: they are kept and raised behind it."""
        try:
            self._scores.append(self._latest(info.metrics))
            if self._is_shown(len(self._scores) - 1):
                self._context.log_round(len(self._scores) - 1, self._scores[-1])
            self._told = self._context.stopping()
            return not self._told
        except BaseException as error:
            self.fault = error
            return False

    def finish(self, best: int) -> None:
        """Logs the line that tuning jobs read, and the best round where it was not shown."""
        if not self._is_shown(best):
            self._context.log_round(best, self._scores[best])
        history = [scores["validation"][metric_names.base(self._metric)] for scores in self._scores]
        self._context.log(f"bestTest = {decimal(history[best])}")
        self._context.log(f"bestIteration = {best}")
        self._context.log(str(Ending(self._asked, len(history), _records(history, best), self._patience, self._told)))

    def _is_shown(self, step: int) -> bool:
        return step % self._every == 0

    def _latest(self, metrics: Mapping[str, Mapping[str, list[float]]]) -> dict[str, dict[str, float]]:
        channels = {"learn": "train", "validation": "validation"}
        return {channels[channel]: self._named(values) for channel, values in metrics.items()}

    def _named(self, values: Mapping[str, list[float]]) -> dict[str, float]:
        """The eval_metric first, by its own name; beside it the loss by that of the evaluation."""
        watched = next((key for key in values if key != self._loss), None)
        if watched is None:
            is_watched = metric_names.base(self._metric) == self._loss
            name = self._loss if is_watched else metric_names.CURVES[self._loss]
            return {name: values[self._loss][-1]}
        found = {metric_names.base(self._metric): values[watched][-1]}
        return found | {metric_names.CURVES[self._loss]: values[self._loss][-1]}


def _records(history: Sequence[float], best: int) -> list[int]:
    """The rounds up to the best one that were better than all before them."""
    sign = 1 if history[best] >= history[0] else -1
    highest = np.maximum.accumulate(sign * np.array(history[: best + 1]))
    records = [0, *(np.flatnonzero(np.diff(highest) > 0) + 1).tolist()]
    return records if records[-1] == best else [*records, best]


class _Lines:
    """A stream that turns what the library writes into lines of the job's log."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def write(self, text: str) -> None:
        for line in text.splitlines():
            if line.strip():
                self._context.log(f"catboost: {line}")

    def flush(self) -> None:
        """Nothing is kept back."""


def boost(
    params: CatBoostHyperparameters, problem: Problem, train: Table, validation: Table, context: Context
) -> Model:
    """Trains one booster, cut back to the round in which eval_metric was best on the validation data."""
    threads = granted_threads("thread_count", params.thread_count, context.threads, context.log)
    settings = params.library_settings(problem.kind, threads)
    if problem.kind == "multiclass_classification":
        settings["classes_count"] = problem.class_count  # the records that are learned from may lack a class
    booster, rounds = CatBoost(settings), CatBoostCallback(params, problem, context)
    try:
        seen, held_out = pools.training_pool(train, problem), pools.training_pool(validation, problem)
        lines = _Lines(context)
        booster.fit(seen, eval_set=held_out, callbacks=[rounds], log_cout=lines, log_cerr=lines)
    except CatBoostError as error:
        if rounds.started and not library_errors.is_invalid_float(error):
            raise
        raise _explained(error, params, train) from error
    if rounds.fault is not None:
        raise rounds.fault
    rounds.finish(int(booster.tree_count_) - 1)
    _label(booster, train)
    return Model(booster, problem)


def _label(booster: CatBoost, train: Table) -> None:
    """Puts the levels of the categories into the file, and takes out what makes two files of one job differ."""
    metadata = booster.get_metadata()
    for name in ("model_guid", "train_finish_time"):
        del metadata[name]
    if train.levels:
        metadata[LEVELS] = json.dumps({str(column): levels for column, levels in sorted(train.levels.items())})


def _explained(error: CatBoostError, params: CatBoostHyperparameters, train: Table) -> Exception:
    """Returns the error of a refusal before the first round: the data tell if they or the settings are at fault."""
    cause = metric_names.reason(error)
    if library_errors.is_invalid_float(error):
        return HyperparameterError(
            "CatBoost keeps 32-bit floats, and a number grew beyond them: "
            f"scale_pos_weight {params.scale_pos_weight:g}, another hyperparameter or the weights are too large"
        )
    if library_errors.is_out_of_memory(error):
        return MemoryError(cause)
    if not _differs(train.dense).any():
        return ChannelError(f"{_CONSTANT_FEATURES} (CatBoost: {cause})")
    if not _differs(train.labels).any():
        return ChannelError(f"{_NOTHING_TO_LEARN} (CatBoost: {cause})")
    return HyperparameterError(f"CatBoost cannot learn from these data with these hyperparameters: {cause}")


def _differs(cells: NDArray[Any]) -> NDArray[np.bool_]:
    """Returns which columns of a matrix, or whether a list, hold two different values; a missing one is a value too."""
    first = cells[0]
    return np.asarray(((cells != first) & ~(np.isnan(cells) & np.isnan(first))).any(axis=0))
