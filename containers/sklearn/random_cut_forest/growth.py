"""The growth of random cut trees.

A node that holds different points is cut: the feature is drawn in proportion to the side lengths of the points'
bounding box, the place uniformly along that side (Guha, Mishra, Roy, Schrijvers: Robust Random Cut Forest Based Anomaly
Detection on Streams, ICML 2016, definition 1). Equal points stay together in one leaf.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.random_cut_forest.forest import Forest
from contract.data import Float32, Int64

CELLS = 1 << 23
"""Numbers of the sample that are looked at together while trees grow."""


def sample_size(records: int, trees: int, per_tree: int) -> int:
    """The number of records of each tree: none is in two trees, and no tree has more than another."""
    return min(records, trees * per_tree) // trees


def grow(sample: Float32, trees: int, random: np.random.Generator) -> Forest:
    """Grows ``trees`` trees on equal shares of ``sample``, (trees × m, d), in its order."""
    size = len(sample) // trees
    group = max(1, CELLS // max(1, size * sample.shape[1]))
    grown = []
    for first in range(0, trees, group):
        count = min(group, trees - first)
        grown.append(_grow_together(sample[first * size : (first + count) * size], count, random))
    return _join(grown)


@dataclass(frozen=True)
class _Level:
    """The nodes of one level of all trees: ``rows`` of the sample, node after node, each beginning at ``starts``."""

    rows: Int64
    starts: Int64

    @property
    def counts(self) -> Int64:
        return np.diff(self.starts, append=len(self.rows))


@dataclass(frozen=True)
class _Cuts:
    """The nodes of a level that are cut, and the places; the other nodes hold -1 and 0."""

    dimension: Int64
    cut: NDArray[np.float64]

    @property
    def inner(self) -> NDArray[np.bool_]:
        return self.dimension >= 0


def _grow_together(sample: Float32, trees: int, random: np.random.Generator) -> Forest:
    level = _Level(np.arange(len(sample)), np.arange(trees) * (len(sample) // trees))
    levels, cuts, leaves = [], [], []
    while len(level.starts):
        values = sample[level.rows]
        found = _draw(values, level.starts, random)
        levels.append(level)
        cuts.append(found)
        leaves.append(level.rows[level.starts[~found.inner]])
        level = _split(level, values, found)
    inner = np.concatenate([found.inner for found in cuts])
    return Forest(
        points=sample[np.concatenate(leaves)],
        roots=np.arange(trees),
        left=np.where(inner, trees + 2 * (np.cumsum(inner) - 1), -1),
        dimension=np.concatenate([found.dimension for found in cuts]),
        cut=np.concatenate([found.cut for found in cuts]),
        mass=np.concatenate([level.counts for level in levels]),
    )


def _draw(values: Float32, starts: Int64, random: np.random.Generator) -> _Cuts:
    """Draws the cuts of a level; ``values`` (rows, d) are the points of its nodes, node after node."""
    low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    ends = np.cumsum(np.subtract(high, low, dtype=np.float64), axis=1)
    inner = np.flatnonzero(ends[:, -1] > 0)
    dimension, cut = np.full(len(starts), -1), np.zeros(len(starts))
    draws = random.random((2, len(inner)))
    place = np.minimum(draws[0] * ends[inner, -1], np.nextafter(ends[inner, -1], 0))
    chosen = np.argmax(ends[inner] > place[:, None], axis=1)
    least, most = low[inner, chosen].astype(np.float64), high[inner, chosen].astype(np.float64)
    drawn = least + draws[1] * (most - least)
    dimension[inner], cut[inner] = chosen, np.where(drawn < most, drawn, least)
    return _Cuts(dimension, cut)


def _split(level: _Level, values: Float32, cuts: _Cuts) -> _Level:
    """The level below: of every cut node the points up to the cut, then those beyond."""
    number = np.cumsum(cuts.inner) - 1
    node = np.repeat(np.arange(len(level.starts)), level.counts)
    moving = np.flatnonzero(cuts.inner[node])
    node = node[moving]
    beyond = values[moving, cuts.dimension[node]] > cuts.cut[node]
    child = 2 * number[node] + beyond
    order = np.argsort(child, kind="stable")
    counts = np.bincount(child, minlength=0)
    return _Level(level.rows[moving[order]], np.cumsum(counts) - counts)


def _join(forests: list[Forest]) -> Forest:
    """One forest of all trees, in order."""
    offsets = np.cumsum([0, *(len(forest.left) for forest in forests)])
    pairs = list(zip(forests, offsets, strict=False))
    return Forest(
        points=np.concatenate([forest.points for forest in forests]),
        roots=np.concatenate([forest.roots + offset for forest, offset in pairs]),
        left=np.concatenate([np.where(forest.is_leaf, -1, forest.left + offset) for forest, offset in pairs]),
        dimension=np.concatenate([forest.dimension for forest in forests]),
        cut=np.concatenate([forest.cut for forest in forests]),
        mass=np.concatenate([forest.mass for forest in forests]),
    )
