"""The hyperparameters of ``kmeans``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contract.hyperparameters import Hyperparameters, chosen, hyperparameter, rule

INIT_METHODS = ("random", "kmeans++")
EVAL_METRICS = ("msd", "ssd")


@dataclass(frozen=True, kw_only=True)
class KMeansHyperparameters(Hyperparameters):
    """The hyperparameters of SageMaker's K-Means, by the names that its SDK sends."""

    k: int = hyperparameter(bounds="[1, inf)", help="clusters to find")
    feature_dim: int = hyperparameter(bounds="[1, inf)", help="feature columns of the data, checked")
    mini_batch_size: int = hyperparameter(
        5000, bounds="[1, inf)", tunable=(3000, 15000), help="rows that move the centers together"
    )
    epochs: int = hyperparameter(1, bounds="[1, inf)", tunable=(1, 10), help="passes over the data")
    init_method: str = hyperparameter(
        "random", choices=INIT_METHODS, tunable=INIT_METHODS, help="how the centers of the stream are chosen"
    )
    extra_center_factor: int | str = hyperparameter(
        "auto",
        bounds="[1, inf)",
        words=("auto",),
        tunable=(4, 10),
        help="the stream has k times as many centers, never more than there are different rows; auto is 10",
    )
    half_life_time_size: int = hyperparameter(
        0, bounds="[0, inf)", help="rows after which what a center saw counts half; 0 means that it is never forgotten"
    )
    local_lloyd_init_method: str = hyperparameter(
        "kmeans++", choices=INIT_METHODS, help="how the k centers are chosen among those of the stream"
    )
    local_lloyd_max_iter: int = hyperparameter(
        300, bounds="[1, inf)", help="most iterations of an attempt at k centers"
    )
    local_lloyd_num_trials: int | str = hyperparameter(
        "auto", bounds="[1, inf)", words=("auto",), help="attempts, of which the best is kept; auto is 10"
    )
    local_lloyd_tol: float = hyperparameter(
        0.0001, bounds="[0, inf)", help="an attempt ends when its centers move less, relative to the variance"
    )
    eval_metrics: tuple[str, ...] = hyperparameter(
        ("msd",), choices=EVAL_METRICS, help="mean and sum of the squared distances to the closest center"
    )

    @property
    def stream_centers(self) -> int:
        """The centers of the stream, where there are enough different rows."""
        return self.k * chosen(self.extra_center_factor, 10)

    @property
    def trials(self) -> int:
        return chosen(self.local_lloyd_num_trials, 10)

    @rule("eval_metrics")
    def _some_metric(self) -> Iterator[str]:
        if not self.eval_metrics:
            yield 'eval_metrics: the list is empty, choose from ["msd", "ssd"]'
