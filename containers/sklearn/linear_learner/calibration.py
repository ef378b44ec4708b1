"""The choice of the model that is kept, and of the score from which on its answer is 1."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.linear_learner import labels
from containers.sklearn.linear_learner.hyperparameters import LinearLearnerHyperparameters
from containers.sklearn.linear_learner.losses import Float64
from containers.sklearn.linear_learner.model import LinearModel
from containers.sklearn.linear_learner.rows import piece, spread
from containers.sklearn.linear_learner.task import Task, judged
from containers.sklearn.linear_learner.training import Trained
from contract.context import Context
from contract.hyperparameters import chosen
from contract.metrics.arrays import ratio
from contract.metrics.curves import operating_points
from contract.quality_log import line
from contract.tables.data import Table

SAMPLES = 1_000_000
"""``num_calibration_samples`` = ``auto``."""
SCORES_AT_ONCE = 1 << 23
"""Scores of records by models that are in memory together, as float64: 64 MB."""
ROUNDING = 1e-12
"""4 of 5 records are a recall of 0.8, whatever the last bit says."""


@dataclass(frozen=True)
class Criterion:
    """The measure of a threshold; ``target`` is that recall or precision which must be reached."""

    name: str
    beta: float
    target: float

    @classmethod
    def of(cls, params: LinearLearnerHyperparameters) -> Criterion:
        """The criterion that the hyperparameters ask for."""
        is_recall = params.criterion == "precision_at_target_recall"
        return cls(
            params.criterion, params.criterion_beta, params.target_recall if is_recall else params.target_precision
        )

    def values(self, true: Float64, false: Float64) -> Float64:
        """(c,) values of c thresholds with so many true and false positives, the last of which answers 1 to all.

        A threshold that misses the target is worth less than any that reaches it, and the more so the farther off.
        """
        positives, negatives = true[-1], false[-1]
        if self.name == "f_beta":
            share = self.beta**2
            return ratio((1 + share) * true, true + false + share * positives)
        if self.name == "accuracy":
            return np.asarray((true + negatives - false) / (positives + negatives))
        precision, recall = ratio(true, true + false), ratio(true, np.full_like(true, positives))
        wanted, reached = (precision, recall) if self.name == "precision_at_target_recall" else (recall, precision)
        return np.where(reached >= self.target - ROUNDING, wanted, reached - 1)


def best_threshold(
    criterion: Criterion, label: NDArray[Any], score: NDArray[Any], natural: float
) -> tuple[float, float]:
    """The threshold of the highest value, and that value; ``natural`` itself where no other is better.

    A threshold lies half way between two neighbouring scores. Of equally good ones it is the nearest to ``natural``.
    """
    different = np.unique(score.astype(np.float64))[::-1]
    ends = np.nextafter(different[-1], -np.inf)
    thresholds = np.concatenate([different[:1], (different[1:] + different[:-1]) / 2, [ends]])
    values = criterion.values(*operating_points(label, score))
    as_is = values[np.count_nonzero(different > natural)]
    if as_is >= values.max() - ROUNDING:
        return natural, float(as_is)
    good = np.flatnonzero(values >= values.max() - ROUNDING)
    nearest = good[np.abs(thresholds[good] - natural).argmin()]
    return float(thresholds[nearest]), float(values[nearest])


def select(task: Task, trained: Trained, judge: Table) -> int:
    """The number of the model that is kept: of the lowest loss, or the best by a binary classifier's criterion."""
    params = task.params
    is_varied = params.positive_example_weight_mult == "auto"
    if params.predictor_type != "binary_classifier" or (params.criterion == "loss_function" and not is_varied):
        return int(trained.losses.argmin())
    values, losses = np.full(len(trained.losses), -np.inf), trained.losses.copy()
    finite = np.flatnonzero(np.isfinite(losses))
    at_once = max(1, SCORES_AT_ONCE // min(len(judge), samples(params)))
    for start in range(0, len(finite), at_once):
        group = finite[start : start + at_once]
        parts = judged(task, trained.parameters[:, group], judge, samples(params))
        label, scores = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        if is_varied:
            losses[group] = task.loss(scores, label)[0].mean(axis=0)
        values[group] = _values(params, label, scores[:, :, 0])
    return int(np.lexsort((losses, -values))[0])


def _values(params: LinearLearnerHyperparameters, label: Float64, scores: Float64) -> Float64:
    """(m,) How good each model is by the criterion; all alike where that is the loss or there is but one class."""
    count = scores.shape[1]
    if params.criterion == "loss_function" or labels.only_class(label) is not None:
        return np.zeros(count)
    criterion = Criterion.of(params)
    return np.array([best_threshold(criterion, label, scores[:, model], 0.0)[1] for model in range(count)])


def calibrated(params: LinearLearnerHyperparameters, model: LinearModel, judge: Table, context: Context) -> LinearModel:
    """The model with the threshold that suits its own predictions of ``judge`` best.

    One class alone cannot tell where the other begins: the threshold stays as it is then, and the log says why.
    """
    if params.predictor_type != "binary_classifier" or params.criterion == "loss_function":
        return model
    slices = spread(len(judge), samples(params), piece(judge.width))
    label = np.concatenate([judge.labels[rows] for rows in slices])
    if (only := labels.only_class(label)) is not None:
        told = f"the threshold stays at {model.threshold:g}: all {len(label)} records that it is searched on have label"
        context.log(line(f"{told} {only}" + ("; raise num_calibration_samples" if len(label) < len(judge) else "")))
        return model
    scores = np.concatenate([model.predict(Table(judge.dense[rows])) for rows in slices])
    threshold, _ = best_threshold(Criterion.of(params), label, scores, model.loss.natural_threshold)
    return replace(model, threshold=threshold)


def samples(params: LinearLearnerHyperparameters) -> int:
    """The most records that a threshold is searched on."""
    return int(chosen(params.num_calibration_samples, SAMPLES))
