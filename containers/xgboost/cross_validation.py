"""K-fold training inside one job: a model for each fold, and predictions for every row by models that never saw it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from containers.xgboost.answers import predicted_label
from containers.xgboost.hyperparameters import XGBoostHyperparameters
from containers.xgboost.model import VOTING, Model, dmatrix, vote
from containers.xgboost.rounds import boost
from contract.context import Context
from contract.errors import ChannelError, Stopped
from contract.scores import Scores
from contract.tables.data import Table


def cross_validate(params: XGBoostHyperparameters, table: Table, context: Context) -> Model:
    """Trains ``_kfold`` x ``_num_cv_round`` boosters, logs their mean scores and writes ``predictions.csv``."""
    if len(table) < (params.kfold or 0):
        raise ChannelError(f"_kfold is {params.kfold}, but there are only {len(table)} records")
    everything = dmatrix(table, params.objective, context.threads)
    boosters, finals, unseen = [], [], []
    for train_rows, held_out in folds(params, table):
        scores: dict[int, Scores] = {}
        fold = replace(context, log_round=scores.__setitem__)
        held_out_data = everything.slice(held_out)
        booster = boost(params, everything.slice(train_rows), held_out_data, fold)
        if context.stopping():
            raise Stopped("the job was told to stop, and models of some folds alone would answer wrongly")
        boosters.append(booster)
        finals.append(scores[booster.num_boosted_rounds() - 1])
        unseen.append((held_out, booster.predict(held_out_data)))
    context.log_round(max(booster.num_boosted_rounds() for booster in boosters) - 1, _mean(finals))
    _write_predictions(params, table, unseen, context)
    return Model(tuple(boosters))


def folds(params: XGBoostHyperparameters, table: Table) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Row numbers to learn from and to hold out. Every fold of a classification has about the classes of the whole."""
    random = np.random.default_rng((params.seed or 0) % 2**64)  # numpy takes no negative seed, the library does
    count = params.kfold or 0
    is_classification = params.objective.startswith(("binary:", "multi:"))
    for _ in range(params.num_cv_round):
        order = random.permutation(len(table))
        if is_classification and table.label is not None:
            order = order[np.argsort(table.label[order], kind="stable")]
        for fold in range(count):
            held_out = np.sort(order[fold::count])
            yield np.setdiff1d(np.arange(len(table)), held_out), held_out


def _mean(finals: list[Scores]) -> Scores:
    return {
        channel: {name: float(np.mean([scores[channel][name] for scores in finals])) for name in values}
        for channel, values in finals[0].items()
    }


def _write_predictions(
    params: XGBoostHyperparameters,
    table: Table,
    unseen: list[tuple[NDArray[np.int64], NDArray[np.float32]]],
    context: Context,
) -> None:
    """True value and mean prediction of the models that did not see the row; for classes also the label voted for."""
    every = np.empty((params.num_cv_round, len(table), *unseen[0][1].shape[1:]), np.float32)
    for number, (rows, predictions) in enumerate(unseen):
        every[number // (params.kfold or 1), rows] = predictions
    mean = every.mean(axis=0, dtype=np.float64).astype(np.float32)
    columns = [np.asarray(table.label), mean.max(axis=1) if mean.ndim > 1 else mean]
    if params.objective.startswith(("binary:", "multi:")):
        voted = vote(every) if params.objective in VOTING else predicted_label(params.objective, mean)
        columns.append(voted)
    context.output.mkdir(parents=True, exist_ok=True)
    np.savetxt(context.output / "predictions.csv", np.column_stack(columns), delimiter=",", fmt="%.9g")
