"""The hyperparameters of the algorithm ``lda``."""

from __future__ import annotations

from dataclasses import dataclass

from contract.hyperparameters import Hyperparameters, hyperparameter


@dataclass(frozen=True, kw_only=True)
class LDAHyperparameters(Hyperparameters):
    """The names of SageMaker's LDA."""

    num_topics: int = hyperparameter(bounds="[1, inf)", tunable=(1, 150), help="number of topics")
    feature_dim: int = hyperparameter(bounds="[1, inf)", help="size of the vocabulary")
    mini_batch_size: int = hyperparameter(
        bounds="[1, inf)", help="the number of training documents; all are used, whatever it says"
    )
    alpha0: float = hyperparameter(
        1.0,
        bounds="(0, inf)",
        tunable=(0.1, 10),
        help="sum of the Dirichlet prior: small where a document has few topics",
    )
    max_restarts: int = hyperparameter(10, bounds="[1, inf)", help="random starts of the tensor decomposition")
    max_iterations: int = hyperparameter(1000, bounds="[1, inf)", help="most iterations of each start")
    tol: float = hyperparameter(
        1e-8, bounds="(0, inf)", help="a start ends when an iteration gains less, as a share of the tensor"
    )
