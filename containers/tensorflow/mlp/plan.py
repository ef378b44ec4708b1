"""The layers of a network and the meaning of its answers: all of a model but the weights."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from containers.tensorflow.mlp.columns import ColumnEncoding
from contract.builtins.problem import Problem


@dataclass(frozen=True)
class NetworkPlan:
    """``hidden`` are the units of each hidden layer; ``label_mean`` and ``label_deviation`` turn what the last layer of
    a regression says into labels, and are 0 and 1 where these were not normalised.
    """

    problem: Problem
    columns: ColumnEncoding
    hidden: tuple[int, ...]
    activation: str
    batch_norm: bool
    label_mean: float = 0.0
    label_deviation: float = 1.0

    @property
    def outputs(self) -> int:
        """The number of outputs of the last layer for a record."""
        return self.problem.class_count if self.problem.class_count > 2 else 1

    @property
    def weights(self) -> int:
        """The number of weights that the network learns, about: without those of batch normalisation."""
        width = self.columns.width + sum(category.width for category in self.columns.categories)
        sizes = (width, *self.hidden, self.outputs)
        tables = sum(category.size * category.width for category in self.columns.categories)
        return tables + sum((before + 1) * after for before, after in itertools.pairwise(sizes))
