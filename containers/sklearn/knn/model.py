"""A model: an index of vectors, their labels, and what is made of a record before and after the search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.knn.reduction import Reduction
from contract.data import Float32

if TYPE_CHECKING:
    from containers.sklearn.knn.index import Index

_ROWS = 1 << 22
"""Numbers that are made into vectors at a time."""

TOO_LARGE = "its values are too large for distances in single precision; scale the features"
"""The fault of a record of which no vector can be made."""


class TooLarge(ValueError):
    """The record at position ``row`` has values whose distances to others would be infinite."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


@dataclass(frozen=True)
class Embedding:
    """Makes records vectors of an index that is ``width`` wide: reduced, of length one, padded with zeros."""

    reduction: Reduction | None
    normalize: bool
    width: int

    def vectors(self, features: NDArray[Any]) -> Float32:
        """(n, d) records as (n, width) vectors. Raises ``TooLarge``."""
        vectors = np.zeros((len(features), self.width), np.float32)
        step = max(1, _ROWS // features.shape[1])
        for at in range(0, len(features), step):
            rows = self._rows(features[at : at + step].astype(np.float64), at)
            vectors[at : at + step, : rows.shape[1]] = rows
        return vectors

    def _rows(self, rows: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        if self.reduction:
            rows = self.reduction.apply(rows)
        if self.normalize:
            length = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
            rows = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
        too_large = np.abs(rows).max(axis=1) > self._largest
        if too_large.any():
            raise TooLarge(first + int(too_large.argmax()))
        return rows

    @property
    def _largest(self) -> float:
        """No sum of ``width`` squared differences below it is beyond single precision, in which faiss searches."""
        return float(np.sqrt(np.finfo(np.float32).max / self.width) / 4)


@dataclass(frozen=True)
class NeighbourModel:
    """``labels`` (m,) are those of the m vectors of ``index``, in their order; ``feature_dim`` the width of a record.

    ``k`` may be more than m: then all vectors answer.
    """

    index: Index
    labels: Float32
    k: int
    predictor_type: str
    feature_dim: int
    embedding: Embedding

    def neighbours(self, features: NDArray[Any]) -> NDArray[np.float32]:
        """(n, 2, min(k, m)): the distances of each record's neighbours, ascending, and their labels.

        Distances are squared Euclidean (L2), minus the inner product, or one minus the cosine. Raises ``TooLarge``.
        """
        from containers.sklearn.knn.index import is_euclidean, search  # with faiss, which no other algorithm needs

        queries = self.embedding.vectors(features)
        distances, numbers = search(self.index, queries, min(self.k, len(self.labels)))
        if self.embedding.normalize and not is_euclidean(self.index):
            distances = np.maximum(1 + distances, 0)
        return np.stack([distances.astype(np.float32), self.labels[numbers]], axis=1)
