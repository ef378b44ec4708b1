"""The learning task of all models side by side, and their scores for the records of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from containers.sklearn.linear_learner.candidates import Candidates
from containers.sklearn.linear_learner.hyperparameters import LinearLearnerHyperparameters
from containers.sklearn.linear_learner.losses import Float64, Loss
from containers.sklearn.linear_learner.rows import piece, spread
from containers.sklearn.linear_learner.scaling import Scaling
from contract.data import Int64
from contract.tables.data import Table

INTERMEDIATES = 4
"""Arrays as large as the scores that a loss makes on the way."""


@dataclass(frozen=True)
class Task:
    """``class_weights`` is (classes, m), and empty where every record counts the same."""

    params: LinearLearnerHyperparameters
    loss: Loss
    scaling: Scaling
    candidates: Candidates
    class_weights: Float64

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of the parameters: weights and bias, models, outputs."""
        return self.scaling.width, len(self.candidates), self.params.outputs

    @property
    def rows_at_once(self) -> int:
        """Rows whose numbers and scores are held in memory together."""
        width, models, outputs = self.shape
        return piece(width + INTERMEDIATES * models * outputs)

    def records(self, table: Table, rows: Int64 | slice) -> tuple[Float64, Float64]:
        """Rows of a table as they are learned: features with the bias's one (n, width), labels (n,)."""
        return self.scaling.design(table.dense[rows]), self.scaling.label(table.labels[rows])

    def scores(self, parameters: Float64, records: Float64) -> Float64:
        """(n, m, k) of records (n, width) by parameters (width, m, k) of all models or some of them."""
        return (records @ parameters.reshape(len(parameters), -1)).reshape(len(records), *parameters.shape[1:])

    def weights(self, label: Float64) -> Float64:
        """The weights of the records in the loss: (n, m), or (n, 1) ones."""
        return self.class_weights[label.astype(np.int64)] if self.class_weights.size else np.ones((len(label), 1))


def judged(task: Task, parameters: Float64, table: Table, most: int) -> Iterator[tuple[Float64, Float64]]:
    """Labels as learned (n,) and scores (n, m, k) of about ``most`` rows, spread over the table, piece by piece."""
    for rows in spread(len(table), most, task.rows_at_once):
        records, label = task.records(table, rows)
        yield label, task.scores(parameters, records)


def mean_losses(task: Task, parameters: Float64, table: Table, most: int) -> Float64:
    """The weighted mean loss (m,) of every model over about ``most`` rows; inf where it is not finite."""
    total = np.zeros((2, parameters.shape[1]))
    for label, scores in judged(task, parameters, table, most):
        value, _ = task.loss(scores, label)
        weights = np.broadcast_to(task.weights(label), value.shape)
        total += (value * weights).sum(axis=0), weights.sum(axis=0)
    means = quotient(total)
    return np.where(np.isfinite(means), means, np.inf)


def quotient(total: Float64) -> Float64:
    """Sums (2, m) of weighted losses and of weights as means (m,); 0 where nothing has weight."""
    mean: Float64 = total[0] / np.maximum(total[1], np.finfo(float).tiny)
    return mean
