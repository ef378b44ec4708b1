"""One optimizer step after the other, for all models at once."""

from __future__ import annotations

import numpy as np

from containers.sklearn.linear_learner.hyperparameters import LinearLearnerHyperparameters
from containers.sklearn.linear_learner.losses import Float64
from containers.sklearn.linear_learner.optimizers import optimizer
from containers.sklearn.linear_learner.rows import shuffled
from containers.sklearn.linear_learner.task import Task, quotient
from contract.context import Context
from contract.data import Int64
from contract.hyperparameters import chosen
from contract.tables.data import Table

FALLS = 100
"""``lr_scheduler_step`` = ``auto`` lets the rate fall so many times in the whole training."""
LEFT_AT_THE_END = 0.01
"""``lr_scheduler_factor`` = ``auto`` leaves this share of the rate: late steps average out the noise of batches."""
LOWEST_RATE = 1e-5


def steps_of(params: LinearLearnerHyperparameters, records: int) -> int:
    """The mini batches of the longest possible training."""
    return params.epochs * -(-records // params.mini_batch_size)


class OptimizerSteps:
    """The steps of one training; they are counted, for the learning rate falls with them."""

    def __init__(self, task: Task, records: int) -> None:
        self._task = task
        self._optimizer = optimizer(task.params)
        self._done = 0
        self._all = steps_of(task.params, records)
        self._first_rate, self._wd, self._l1 = _of_every_parameter(task)

    def penalty(self, parameters: Float64) -> Float64:
        """(m,) What the steps minimise besides the mean loss: wd / 2 times the squares and l1 times the sizes."""
        of_squares, of_sizes = self._wd / 2 * parameters**2, self._l1 * np.abs(parameters)
        return np.asarray((of_squares + of_sizes).sum(axis=(0, 2)))

    def epoch(self, parameters: Float64, table: Table, random: np.random.Generator, context: Context) -> Float64:
        """One pass that changes ``parameters`` in place; returns the mean losses (m,) on the way."""
        total = np.zeros((2, parameters.shape[1]))
        for rows in shuffled(table, self._task.params.mini_batch_size, random):
            total += self._step(parameters, table, rows)
            if context.stopping():
                break
        return quotient(total)

    def _step(self, parameters: Float64, table: Table, rows: Int64) -> Float64:
        """Returns the sums (2, m) of weighted losses and of weights."""
        gradient, total = np.zeros_like(parameters), np.zeros((2, parameters.shape[1]))
        for start in range(0, len(rows), self._task.rows_at_once):
            records, label = self._task.records(table, rows[start : start + self._task.rows_at_once])
            value, slope = self._task.loss(self._task.scores(parameters, records), label)
            weights = self._task.weights(label)
            slope *= weights[:, :, None] / len(rows)
            gradient += (records.T @ slope.reshape(len(records), -1)).reshape(gradient.shape)
            total += (value * weights).sum(axis=0), np.broadcast_to(weights, value.shape).sum(axis=0)
        gradient += self._wd * parameters + self._l1 * np.sign(parameters)
        parameters -= self._rate() * self._optimizer.direction(gradient)
        self._done += 1
        return total

    def _rate(self) -> Float64:
        """The learning rates of this step, (width, m, 1)."""
        params, first = self._task.params, self._first_rate
        if not params.use_lr_scheduler:
            return first
        step = chosen(params.lr_scheduler_step, max(1, self._all // FALLS))
        factor = chosen(params.lr_scheduler_factor, LEFT_AT_THE_END ** min(1, step / self._all))
        lowest = np.minimum(first, chosen(params.lr_scheduler_minimum_lr, LOWEST_RATE))
        rate: Float64 = np.maximum(first * factor ** (self._done // step), lowest)
        return rate


def _of_every_parameter(task: Task) -> tuple[Float64, Float64, Float64]:
    """Learning rate, wd and l1 of every weight and, last, of the bias: each (width, m, 1)."""
    params, models = task.params, task.candidates
    rate, wd, l1 = np.ones((3, task.scaling.width, 1, 1))
    if task.scaling.has_bias:
        rate[-1] = chosen(params.bias_lr_mult, 1 if params.centres_data else 10)
        wd[-1] = chosen(params.bias_wd_mult, 0)
        l1[-1] = 0
    return rate * models.learning_rate[:, None], wd * models.wd[:, None], l1 * models.l1[:, None]
