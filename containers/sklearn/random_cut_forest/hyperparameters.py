"""The hyperparameters of the algorithm ``randomcutforest``."""

from __future__ import annotations

from dataclasses import dataclass

from containers.hyperparameters import Hyperparameters, hyperparameter

METRICS = ("accuracy", "precision_recall_fscore")


@dataclass(frozen=True, kw_only=True)
class RandomCutForestHyperparameters(Hyperparameters):
    """The names of SageMaker's Random Cut Forest."""

    feature_dim: int = hyperparameter(bounds="[1, 10000]", help="number of features of a record")
    num_trees: int = hyperparameter(100, bounds="[50, 1000]", tunable=(50, 1000), help="trees of the forest")
    num_samples_per_tree: int = hyperparameter(
        256,
        bounds="[1, 2048]",
        tunable=(1, 2048),
        help="most records a tree is grown on; 1 / this should be near the share of anomalies",
    )
    eval_metrics: tuple[str, ...] = hyperparameter(
        METRICS, choices=METRICS, help="what is measured on the test channel", shown="both"
    )
    mini_batch_size: int = hyperparameter(1000, bounds="[1000, 1000]", help="sent by the SDK, without effect")
