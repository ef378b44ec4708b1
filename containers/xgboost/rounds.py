"""Boosting round by round: metrics, early stopping and SIGTERM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import xgboost
from numpy.typing import NDArray
from xgboost.callback import EarlyStopping, TrainingCallback

from containers import metrics
from containers.algorithm import Context
from containers.errors import Stopped
from containers.xgboost import metric_names
from containers.xgboost.answers import probability
from containers.xgboost.hyperparameters import XGBoostHyperparameters

OwnMetrics = Callable[[NDArray[Any], xgboost.DMatrix], list[tuple[str, float]]]


class Rounds(TrainingCallback):
    """After each round: logs the metrics, remembers the best model, and listens for a request to stop."""

    def __init__(self, context: Context, keep_best: bool) -> None:
        self._context = context
        self._keep_best = keep_best
        self.best: bytearray | None = None
        self.stopped = False

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        scores = {
            channel: {metric_names.logged_name(name): float(values[-1]) for name, values in history.items()}
            for channel, history in evals_log.items()
        }
        self._context.log_round(epoch, scores)
        if self._keep_best and model.attr("best_iteration") == str(epoch):
            self.best = model.save_raw()
        self.stopped = self._context.stopping()
        return self.stopped


def boost(
    params: XGBoostHyperparameters, train: xgboost.DMatrix, validation: xgboost.DMatrix | None, context: Context
) -> xgboost.Booster:
    """Trains one booster; with early stopping it is cut back to its best round."""
    evals = [(train, "train")] + ([(validation, "validation")] if validation is not None else [])
    stopping_early = params.early_stopping_rounds is not None
    # Later rounds change what a linear model or a dart learned before: only trees can be cut back afterwards.
    keep_best = stopping_early and params.booster != "gbtree"
    rounds = Rounds(context, keep_best)
    booster = xgboost.train(
        settings(params, context.threads),
        train,
        params.num_round,
        evals=evals,
        custom_metric=own_metrics(params),
        callbacks=[*_early_stopping(params), rounds],
        verbose_eval=False,
    )
    if rounds.stopped and not params.save_model_on_termination:
        raise Stopped("SIGTERM during training; set save_model_on_termination to keep the model of the last round")
    if not stopping_early:
        return booster
    if keep_best:
        return xgboost.Booster(model_file=rounds.best) if rounds.best else booster
    return booster[: booster.best_iteration + 1]


def settings(params: XGBoostHyperparameters, threads: int) -> dict[str, Any]:
    """The library's parameters, with the metrics that the library computes itself."""
    values = params.library_settings(threads)
    names = [name for name in params.metrics if name not in metric_names.OURS]
    if names:
        values["eval_metric"] = [metric_names.library_name(name, params.tweedie_variance_power) for name in names]
    elif params.metrics:
        values["disable_default_eval_metric"] = True
    return values


def own_metrics(params: XGBoostHyperparameters) -> OwnMetrics | None:
    """A function that computes the metrics that the library does not have, or None where none is wanted."""
    names = [name for name in params.metrics if name in metric_names.OURS]
    if not names:
        return None

    def compute(predictions: NDArray[Any], data: xgboost.DMatrix) -> list[tuple[str, float]]:
        weight = data.get_weight()
        return _compute(names, params.objective, predictions, data.get_label(), weight if weight.size else None)

    return compute


def _compute(
    names: Sequence[str], objective: str, predictions: NDArray[Any], label: NDArray[Any], weight: NDArray[Any] | None
) -> list[tuple[str, float]]:
    kind = metrics.REGRESSION
    if objective == "multi:softprob":
        kind = metrics.MULTICLASS
    elif objective in ("multi:softmax", "binary:hinge"):
        kind = metrics.CLASSES
    elif objective.startswith("binary:"):
        kind, predictions = metrics.BINARY, probability(objective, predictions)
    kinds = {name: metrics.REGRESSION if name in metric_names.REGRESSION else kind for name in names}
    return [(name, float(kinds[name][name](label, predictions, weight))) for name in names]


def _early_stopping(params: XGBoostHyperparameters) -> list[TrainingCallback]:
    if params.early_stopping_rounds is None:
        return []
    watched = params.metrics[-1] if params.metrics else None
    return [
        EarlyStopping(
            rounds=params.early_stopping_rounds,
            metric_name=metric_names.library_name(watched, params.tweedie_variance_power) if watched else None,
            data_name="validation",
            maximize=watched.partition("@")[0] in metrics.MAXIMISE if watched else None,
        )
    ]
