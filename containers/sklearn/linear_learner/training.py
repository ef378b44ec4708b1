"""Gradient descent on all models at once, epoch by epoch, until none gets better."""

from __future__ import annotations

import numpy as np

from containers.sklearn.linear_learner.losses import Float64
from containers.sklearn.linear_learner.steps import OptimizerSteps
from containers.sklearn.linear_learner.task import Task, mean_losses
from contract.context import Context
from contract.errors import HyperparameterError
from contract.quality_log import ProgressLog, line
from contract.tables.data import Table

SEED = 0
SAMPLE = 100_000
"""Training records that the models are compared on after every epoch where there is no validation channel."""


class Trained:
    """The best parameters (width, m, k) of every model so far, and their losses (m,)."""

    def __init__(self, parameters: Float64) -> None:
        self.parameters = parameters.copy()
        self.losses = np.full(parameters.shape[1], np.inf)
        self._reference = self.losses.copy()
        self._last_gain = 0

    def see(self, epoch: int, parameters: Float64, losses: Float64, tolerance: float) -> None:
        """Keeps what is better than before. It counts as a gain from the share ``tolerance`` of the loss on."""
        better = losses < self.losses
        self.parameters[:, better] = parameters[:, better]
        self.losses[better] = losses[better]
        gained = better & (np.isinf(self._reference) | (losses < self._reference * (1 - tolerance)))
        self._reference[gained] = losses[gained]
        self._last_gain = epoch if gained.any() else self._last_gain

    def waited(self, epoch: int) -> int:
        """Epochs since any model gained."""
        return epoch - self._last_gain


def train(task: Task, table: Table, validation: Table | None, context: Context) -> Trained:
    """Trains until no model has gained for ``early_stopping_patience`` epochs.

    Losses are those on the validation channel, else on a sample of the training records together with the penalty of
    wd and l1, without which they would always favour a model that is not regularised. Raises ``HyperparameterError``
    where no model has a finite loss.
    """
    params, random = task.params, np.random.default_rng(SEED)
    parameters = _initial(task, random)
    trained = Trained(parameters)
    steps, progress = OptimizerSteps(task, len(table)), ProgressLog(context, params.epochs)
    with np.errstate(over="ignore", invalid="ignore"):  # a rate that is too high costs its model, not the job
        for epoch in range(params.epochs):
            seen = steps.epoch(parameters, table, random, context)
            if validation is None:
                seen, held_out = mean_losses(task, parameters, table, SAMPLE), None
                losses = np.nan_to_num(seen + steps.penalty(parameters), nan=np.inf, posinf=np.inf)
            else:
                losses = held_out = mean_losses(task, parameters, validation, len(validation))
            trained.see(epoch, parameters, losses, params.early_stopping_tolerance)
            _log(task, context, epoch, losses, seen, held_out)
            progress.epoch_done(len(table))
            if _ends(task, context, epoch, trained):
                break
    if not np.isfinite(trained.losses).any():
        raise HyperparameterError(
            "learning_rate: every model diverged; choose a lower rate or auto, and leave normalize_data and "
            "normalize_label on"
        )
    return trained


def _initial(task: Task, random: np.random.Generator) -> Float64:
    params = task.params
    if params.init_method == "uniform":
        parameters = random.uniform(-params.init_scale, params.init_scale, task.shape)
    else:
        parameters = random.normal(0, params.init_sigma, task.shape)
    parameters[: task.scaling.idle.size][task.scaling.idle] = 0  # nothing would ever change them
    if task.scaling.has_bias:
        parameters[-1] = params.init_bias or task.scaling.label_centre  # steps are far too short to get there
    return parameters


def _log(task: Task, context: Context, epoch: int, losses: Float64, seen: Float64, held_out: Float64 | None) -> None:
    """Logs the mean losses on both channels of the model that is the best one, by ``losses``, after this epoch."""
    best, name = int(losses.argmin()), task.loss.objective
    scores = {"train": {name: float(seen[best])}}
    if held_out is not None:
        scores["validation"] = {name: float(held_out[best])}
    context.log_round(epoch, scores)


def _ends(task: Task, context: Context, epoch: int, trained: Trained) -> bool:
    patience = task.params.early_stopping_patience
    if context.stopping():
        context.log(line(f"asked to stop: training ends with epoch {epoch}, the best model so far is kept"))
    elif trained.waited(epoch) >= patience and epoch + 1 < task.params.epochs:
        context.log(line(f"training ends with epoch {epoch}: no model became better for {patience} epochs"))
    else:
        return False
    return True
