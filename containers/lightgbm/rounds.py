"""Boosting round by round: metrics, early stopping and SIGTERM."""

from __future__ import annotations

from collections.abc import Sequence

import lightgbm
import numpy as np
from lightgbm.callback import CallbackEnv

from containers.lightgbm.hyperparameters import LightGBMHyperparameters
from containers.lightgbm.library_log import LibraryLog
from containers.lightgbm.model import dataset
from contract.builtins.problem import Problem
from contract.context import Context
from contract.errors import ChannelError
from contract.process.resources import granted_threads
from contract.rounds import Ending
from contract.scores import Scores
from contract.tables.data import Table

OF_EVERY_CLASS = frozenset({"auc", "average_precision", "auc_mu"})
"""Metrics that say nothing, or are no number, unless there are records of every class."""


class LightGBMCallback:
    """Called by the library after each round; ``trees`` is the size of the model to keep, in rounds."""

    def __init__(self, context: Context, asked: int, patience: int | None) -> None:
        self._context = context
        self._asked = asked
        self._patience = patience
        self._records: list[int] = []
        self._best: float | None = None
        self._best_round = 0
        self._grown = 0
        self.trees = 0

    def __call__(self, env: CallbackEnv) -> None:
        assert isinstance(env.model, lightgbm.Booster), "train calls back with one model"
        results = env.evaluation_result_list or []
        grown = env.model.current_iteration()  # a round that finds no split adds nothing
        if grown > self._grown:
            self._grown = grown
            self._context.log_round(grown - 1, _scores(results))
        self._judge(results[-1], env.iteration)
        waited = env.iteration - self._best_round
        ends = self._patience is not None and waited >= self._patience
        told = not ends and self._context.stopping()
        done = env.iteration + 1
        if told or (self._patience is not None and (ends or done == self._asked)):
            self._context.log(str(Ending(self._asked, done, self._records, self._patience, told)))
        if ends or told:
            raise lightgbm.EarlyStopException(self.trees - 1, results)

    def _judge(self, watched: lightgbm.EvalResult, number: int) -> None:
        """Remembers a round if it is the best one on the validation records; without patience every one is."""
        value = watched.metric_value if watched.maximize else -watched.metric_value
        if self._patience is None or self._best is None or value > self._best:
            self._best, self._best_round, self.trees = value, number, self._grown
            self._records.append(number)


def _scores(results: Sequence[lightgbm.EvalResult]) -> Scores:
    found: dict[str, dict[str, float]] = {}
    for result in results:
        found.setdefault(result.dataset_name, {})[result.metric_name] = float(result.metric_value)
    return found


def boost(params: LightGBMHyperparameters, problem: Problem, train: Table, validation: Table, context: Context) -> str:
    """Trains, and returns the library's text of the model: that of the best round if there is patience, or the last."""
    _check(params, problem, train, validation)
    lightgbm.register_logger(LibraryLog(context.log))
    threads = granted_threads("num_threads", params.num_threads, context.threads, context.log)
    learned = dataset(train)
    rounds = LightGBMCallback(context, params.num_boost_round, params.patience)
    booster = lightgbm.train(
        params.library_settings(problem, threads),
        learned,
        params.num_boost_round,
        valid_sets=[learned, dataset(validation, learned)],
        valid_names=["train", "validation"],
        callbacks=[rounds],
        keep_training_booster=True,
    )
    return str(booster.model_to_string(num_iteration=rounds.trees))


def _check(params: LightGBMHyperparameters, problem: Problem, train: Table, validation: Table) -> None:
    """Raises ``ChannelError`` for records that the library cannot learn from or be watched on."""
    if len(train) < 2:
        raise ChannelError("channel 'train': one record to learn from is too few, LightGBM needs two or more")
    metric = params.metric_of(problem)
    seen = np.unique(np.asarray(validation.label)).size
    if params.patience and metric in OF_EVERY_CLASS and seen < problem.class_count:
        raise ChannelError(
            f"channel 'validation': early stopping cannot follow {metric}, which needs records of every class; add "
            "some, choose another metric or set early_stopping_rounds to 0"
        )
