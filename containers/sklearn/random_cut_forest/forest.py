"""A grown forest of random cut trees, as flat arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.model_fields import Fields
from contract.data import Float32, Int64
from contract.errors import ArtifactError

CELLS = 1 << 22
"""Numbers that are worked on together."""


@dataclass(frozen=True)
class Boxes:
    """``corners`` (c, d) holds the lowest values of the box of node i in row ``low[i]``, the highest in ``high[i]``.

    Both are the same row for a leaf: its point is there once only.
    """

    corners: Float32
    low: Int64
    high: Int64

    @cached_property
    def perimeters(self) -> NDArray[np.float64]:
        """(q,): the sum of the side lengths of every box."""
        step = max(1, CELLS // self.corners.shape[1])
        parts = (slice(at, at + step) for at in range(0, len(self.low), step))
        return np.concatenate([self._sides(part).sum(axis=1) for part in parts])

    def _sides(self, nodes: slice) -> NDArray[np.float64]:
        return np.subtract(self.corners[self.high[nodes]], self.corners[self.low[nodes]], dtype=np.float64)


ARRAYS: Mapping[str, tuple[type[np.generic], *tuple[str, ...]]] = {
    "points": (np.float32, "leaves", "d"),
    "roots": (np.int64, "trees"),
    "left": (np.int64, "nodes"),
    "dimension": (np.int64, "nodes"),
    "cut": (np.float64, "nodes"),
    "mass": (np.int64, "nodes"),
}
"""The types and axes of the arrays of a forest."""


@dataclass(frozen=True)
class Forest:
    """All trees in one numbering of q nodes; children have larger numbers than their parent and stand side by side.

    A leaf holds one point of the sample, or several equal ones.
    """

    points: Float32
    """(leaves, d): the point of every leaf, in the order of their node numbers."""
    roots: Int64
    """(trees,): the node that each tree begins at."""
    left: Int64
    """(q,): the node on the side up to the cut; the next number is the one beyond. -1 for a leaf."""
    dimension: Int64
    """(q,): the feature that is cut. -1 for a leaf."""
    cut: NDArray[np.float64]
    """(q,): where it is cut. 0 for a leaf."""
    mass: Int64
    """(q,): how many points of the sample are below the node."""

    @classmethod
    def of(cls, model: Fields) -> Forest:
        """The forest of a model file. Raises ``ArtifactError`` where its arrays do not fit together."""
        forest = cls(**{name: model.array(name, *kind) for name, kind in ARRAYS.items()})
        if not forest.is_whole:
            raise ArtifactError("the arrays of the random cut forest do not fit together: upload the archive again")
        return forest

    @property
    def is_whole(self) -> bool:
        """True if every number of a node, leaf or feature is one that there is, and children come after parents."""
        inner, count = np.flatnonzero(~self.is_leaf), len(self.left)
        left, dimension = self.left[inner], self.dimension[inner]
        fits = self.is_leaf.sum() == len(self.points) and ((self.roots >= 0) & (self.roots < count)).all()
        known = ((dimension >= 0) & (dimension < self.points.shape[1])).all()
        return bool(
            len(self.roots) and fits and known and ((inner < left) & (left + 1 < count)).all() and (self.mass > 0).all()
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays of the forest by name."""
        return {name: getattr(self, name) for name in ARRAYS}

    @property
    def is_leaf(self) -> NDArray[np.bool_]:
        return self.left < 0

    @property
    def sample_size(self) -> int:
        """The number of points that every tree was grown on."""
        return int(self.mass[self.roots[0]])

    @cached_property
    def boxes(self) -> Boxes:
        """The bounding boxes of the points below every node: they follow from the points, and are not stored."""
        inner, leaves = np.flatnonzero(~self.is_leaf), np.flatnonzero(self.is_leaf)
        low, high = np.empty((2, len(self.left)), np.int64)
        low[inner], high[inner] = np.arange(2 * len(inner)).reshape(2, -1)
        low[leaves] = high[leaves] = 2 * len(inner) + np.arange(len(leaves))
        corners = np.empty((2 * len(inner) + len(leaves), self.points.shape[1]), np.float32)
        corners[2 * len(inner) :] = self.points
        for nodes in reversed(self._inner_levels()):
            left = self.left[nodes]
            corners[low[nodes]] = np.minimum(corners[low[left]], corners[low[left + 1]])
            corners[high[nodes]] = np.maximum(corners[high[left]], corners[high[left + 1]])
        return Boxes(corners, low, high)

    def _inner_levels(self) -> list[Int64]:
        """The nodes with a cut, level by level from the roots."""
        levels = []
        nodes = self.roots
        while len(nodes := nodes[self.left[nodes] >= 0]):
            levels.append(nodes)
            nodes = np.concatenate([self.left[nodes], self.left[nodes] + 1])
        return levels
