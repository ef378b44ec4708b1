"""Boosting round by round: metrics, early stopping and SIGTERM."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xgboost
from numpy.typing import NDArray
from xgboost.callback import EarlyStopping, TrainingCallback

from containers.xgboost import metric_names
from containers.xgboost.answers import probability
from containers.xgboost.hyperparameters import XGBoostHyperparameters
from contract import metrics
from contract.context import Context
from contract.errors import ChannelError, Stopped
from contract.rounds import Ending

OwnMetrics = Callable[[NDArray[Any], xgboost.DMatrix], list[tuple[str, float]]]


class Log(TrainingCallback):
    """Logs the metrics of each round. The first callback, for those behind one that ends the training are not asked."""

    def __init__(self, params: XGBoostHyperparameters, context: Context) -> None:
        self._names = _library_names(params)
        self._context = context
        is_watched = bool(params.early_stopping_rounds or params.tuning_objective_metric)
        self._watched = params.metrics[-1] if params.metrics and is_watched else ""

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        scores = {channel: self._latest(history) for channel, history in evals_log.items()}
        if epoch == 0 and not math.isfinite(scores.get("validation", {}).get(self._watched, 0)):
            raise ChannelError(
                f"channel 'validation': the metric {self._watched} is not a number there, so neither early stopping "
                "nor a tuner can follow it (auc needs both classes); choose another metric or other records"
            )
        self._context.log_round(epoch, scores)
        return False

    def _latest(self, history: Mapping[str, Sequence[float]]) -> dict[str, float]:
        names = self._names or {metric_names.logged_name(name): name for name in history}
        return {asked: float(history[name][-1]) for asked, name in names.items()}


class XGBoostCallback(TrainingCallback):
    """Remembers the best model after each round, and listens for a request to stop."""

    def __init__(self, context: Context, keep_best: bool) -> None:
        self._context = context
        self._keep_best = keep_best
        self.best: bytearray | None = None
        self.records: list[int] = []
        self.stopped = False

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        if model.attr("best_iteration") == str(epoch):
            self.records.append(epoch)
            self.best = model.save_raw() if self._keep_best else None
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
    rounds = XGBoostCallback(context, keep_best)
    booster = xgboost.train(
        settings(params, context.threads),
        train,
        params.num_round,
        evals=evals,
        custom_metric=own_metrics(params),
        callbacks=[Log(params, context), *_early_stopping(params), rounds],
        verbose_eval=False,
    )
    if rounds.stopped and not params.save_model_on_termination:
        raise Stopped("SIGTERM during training; set save_model_on_termination to keep the model of the last round")
    if rounds.stopped or stopping_early:
        done = booster.num_boosted_rounds()
        context.log(str(Ending(params.num_round, done, rounds.records, params.early_stopping_rounds, rounds.stopped)))
    if not stopping_early:
        return booster
    if keep_best:
        return xgboost.Booster(model_file=rounds.best) if rounds.best else booster
    return booster[: booster.best_iteration + 1]


def settings(params: XGBoostHyperparameters, threads: int) -> dict[str, Any]:
    """The library's parameters, with the metrics that the library computes itself."""
    values = params.library_settings(threads)
    names = [library for name, library in _library_names(params).items() if name not in metric_names.OURS]
    if names:
        values["eval_metric"] = list(dict.fromkeys(names))
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
    elif objective == "multi:softmax":
        kind = metrics.CLASSES
    elif objective == "binary:hinge":
        kind = metrics.BINARY
    elif objective.startswith("binary:"):
        kind, predictions = metrics.BINARY, probability(objective, predictions)
    kinds = {name: metrics.REGRESSION if name in metric_names.REGRESSION else kind for name in names}
    return [(name, float(kinds[name][name](label, predictions, weight))) for name in names]


def _library_names(params: XGBoostHyperparameters) -> dict[str, str]:
    """The metrics as they were asked for, each once, and the library's names for them."""
    return {name: metric_names.library_name(name, params.tweedie_variance_power) for name in params.metrics}


def _early_stopping(params: XGBoostHyperparameters) -> list[TrainingCallback]:
    if params.early_stopping_rounds is None:
        return []
    watched = params.metrics[-1] if params.metrics else None
    return [
        EarlyStopping(
            rounds=params.early_stopping_rounds,
            metric_name=_library_names(params)[watched] if watched else None,
            data_name="validation",
            maximize=watched.partition("@")[0] in metrics.MAXIMISE if watched else None,
        )
    ]
