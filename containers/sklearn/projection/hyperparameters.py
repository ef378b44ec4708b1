"""The hyperparameters of ``pca``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contract.hyperparameters import Hyperparameters, hyperparameter, rule


@dataclass(frozen=True, kw_only=True)
class PCAHyperparameters(Hyperparameters):
    """The hyperparameters of SageMaker's PCA; it offers none of them to tuning jobs."""

    feature_dim: int = hyperparameter(bounds="[1, inf)", help="feature columns of the data, checked")
    mini_batch_size: int = hyperparameter(
        bounds="[1, inf)", help="rows that are summed up together: a matter of speed and memory, not of the result"
    )
    num_components: int = hyperparameter(bounds="[1, inf)", help="components to keep, at most feature_dim")
    algorithm_mode: str = hyperparameter(
        "regular",
        choices=("regular", "randomized"),
        help="exact, or by a sketch of the data where there are too many features for a square matrix of them",
    )
    extra_components: int = hyperparameter(
        -1,
        bounds="[-1, inf)",
        help="randomized: rows of the sketch beyond num_components; -1 is max(10, num_components)",
    )
    subtract_mean: bool = hyperparameter(True, help="center the data, in training and in requests")
    epochs: int = hyperparameter(
        1, bounds="[1, inf)", help="randomized: each refines the sketch by four more passes over the data"
    )

    @property
    def sketch_size(self) -> int:
        """The rows of the sketch; more than there are features tell nothing new."""
        extra = max(10, self.num_components) if self.extra_components == -1 else self.extra_components
        return min(self.feature_dim, self.num_components + extra)

    @rule("feature_dim", "num_components")
    def _enough_features(self) -> Iterator[str]:
        if self.num_components > self.feature_dim:
            yield f"num_components: {self.num_components} is more than feature_dim, {self.feature_dim}"
