"""Features and label as they are learned: centred and scaled, and how that is undone in the finished model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.linear_learner.hyperparameters import LinearLearnerHyperparameters
from containers.sklearn.linear_learner.losses import Float64
from contract.data import PART
from contract.tables.data import Table

ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Scaling:
    """Learned is (value - shift) / scale. ``mean`` and ``spread`` are those of the values, all (d,).

    ``label_mean`` and ``label_spread`` are those of a regression's label; 0 and 1 for classes.
    """

    mean: Float64
    spread: Float64
    shift: Float64
    scale: Float64
    label_shift: float
    label_scale: float
    label_mean: float
    label_spread: float
    has_bias: bool
    idle: NDArray[np.bool_]
    """(d,) the features without information, which are the same in every training record: they get no weight."""

    @property
    def width(self) -> int:
        """Parameters of one output: the features' weights and, last, the bias where there is one."""
        return self.shift.size + self.has_bias

    @property
    def second_moments(self) -> Float64:
        """(d,) mean squares of the features as they are learned."""
        squares = (self.spread**2 + (self.mean - self.shift) ** 2) / self.scale**2
        return np.where(self.idle, 0, squares)

    @property
    def label_centre(self) -> float:
        """The label's mean as it is learned: 0 where the label is centred."""
        return (self.label_mean - self.label_shift) / self.label_scale

    def design(self, features: NDArray[Any]) -> Float64:
        """Rows (n, d) as (n, width) float64, with a one in the last column for the bias."""
        rows = np.ones((len(features), self.width))
        learned = rows[:, : self.shift.size]
        np.subtract(features, self.shift, out=learned)
        learned /= self.scale
        if self.idle.any():
            learned[:, self.idle] = 0
        return rows

    def label(self, label: NDArray[Any]) -> Float64:
        """Labels (n,) as they are learned, float64."""
        return (label.astype(np.float64) - self.label_shift) / self.label_scale

    def undone(self, parameters: Float64) -> tuple[Float64, Float64]:
        """Weights (d, k) and bias (k,) for plain features and label, of parameters (width, k)."""
        weights = parameters[: self.shift.size] / self.scale[:, None]
        bias = parameters[-1] if self.has_bias else np.zeros(parameters.shape[1])
        bias = (bias - self.shift @ weights) * self.label_scale + self.label_shift
        return weights * self.label_scale, bias


def measure(params: LinearLearnerHyperparameters, table: Table) -> Scaling:
    """Means and deviations of up to ``num_point_for_scaler`` records, spread evenly over the table."""
    from sklearn.preprocessing import StandardScaler  # seconds that a server does not spend

    count = min(len(table), params.num_point_for_scaler)
    rows = np.linspace(0, len(table) - 1, count).astype(np.int64)
    features, labels = StandardScaler(), StandardScaler()
    for start in range(0, count, ROWS_AT_ONCE):
        part = table.take(rows[start : start + ROWS_AT_ONCE])
        features.partial_fit(part.dense.astype(np.float64))
        labels.partial_fit(part.labels.astype(np.float64)[:, None])
    is_regression = params.predictor_type == "regressor"
    label_mean, label_spread = (float(labels.mean_[0]), float(labels.scale_[0])) if is_regression else (0.0, 1.0)
    return Scaling(
        mean=features.mean_,
        spread=features.scale_,
        idle=_idle(table, params),
        shift=features.mean_ if params.centres_data else np.zeros(table.width),
        scale=features.scale_ if params.normalize_data else np.ones(table.width),
        label_shift=label_mean if params.centres_label else 0.0,
        label_scale=label_spread if params.scales_label else 1.0,
        label_mean=label_mean,
        label_spread=label_spread,
        has_bias=params.use_bias,
    )


def _idle(table: Table, params: LinearLearnerHyperparameters) -> NDArray[np.bool_]:
    """Returns which features are constant. Without a bias one that is not 0 may be the user's own, and is learned."""
    first = table.dense[0]
    idle = np.ones(table.width, bool) if params.use_bias else first == 0
    for part in table.parts(PART):
        idle &= (part.dense == first).all(axis=0)
        if not idle.any():
            break
    return idle
