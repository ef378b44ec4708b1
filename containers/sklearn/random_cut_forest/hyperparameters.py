"""The hyperparameters of the algorithm ``randomcutforest``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contract.hyperparameters import Hyperparameters, hyperparameter, rule

METRICS = ("accuracy", "precision_recall_fscore")
LEAST_RECORDS = 2
"""The fewest records of a tree. The score in a tree on one record does not depend on how far another is from it."""


@dataclass(frozen=True, kw_only=True)
class RandomCutForestHyperparameters(Hyperparameters):
    """The names of SageMaker's Random Cut Forest."""

    feature_dim: int = hyperparameter(bounds="[1, inf)", help="number of features of a record")
    num_trees: int = hyperparameter(100, bounds="[1, inf)", tunable=(50, 1000), help="trees of the forest")
    num_samples_per_tree: int = hyperparameter(
        256,
        bounds="[1, inf)",
        tunable=(1, 2048),
        help="most records a tree is grown on, 2 at least; 1 / this should be near the share of anomalies",
    )
    eval_metrics: tuple[str, ...] = hyperparameter(
        METRICS, choices=METRICS, help="what is measured on the test channel", shown="both"
    )
    mini_batch_size: int = hyperparameter(1000, bounds="[1, inf)", help="sent by the SDK, without effect")

    @rule("num_samples_per_tree")
    def _more_than_one_record(self) -> Iterator[str]:
        if self.num_samples_per_tree < LEAST_RECORDS:
            yield f"num_samples_per_tree: trees on 1 record score everything alike, set it to {LEAST_RECORDS} or more"

    @rule("eval_metrics")
    def _some_metric(self) -> Iterator[str]:
        if not self.eval_metrics:
            yield 'eval_metrics: the list is empty, choose from ["accuracy", "precision_recall_fscore"]'
