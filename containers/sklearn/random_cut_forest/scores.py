"""Anomaly scores: how early random cuts part a point from the sample, expected over its random insertion.

On its way from the root (depth t = 0) to the leaf that the cuts lead to, a point p meets nodes with the bounding boxes
B. Inserting p into the tree (Guha et al. 2016, algorithm 1) would part it from B with the probability

    P(p, B) = (how far p lies outside of B) / (that + the sum of the side lengths of B)

where distances are summed over the features. A point parted at depth t would hang there, so early means unusual. In a
tree on m points that meeting scores

    parted from a box or leaf at depth t                    1 / (t + 1)
    equal to the point of a leaf of mass c at depth t       (1 - c / 2m) / (t + log2(c + 1))

weighted with the probability of each, and multiplied by log2(m + 1), which makes forests of different sample sizes
comparable. The score of a point is the mean over the trees. The weighting is that of the displacement score in AWS's
open random-cut-forest libraries; its scale is no promise. Ordinary points score about 0.5 to 1.5; log2(m + 1) is the
largest score.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.random_cut_forest.forest import Forest
from contract.data import Float32, Int64

CELLS = 1 << 17
"""Numbers that are worked on together: more would leave the processor's cache."""


def highest_score(records: int) -> float:
    """The score that nothing exceeds in a forest whose trees hold so many records each."""
    return float(np.log2(records + 1))


def score(forest: Forest, points: Float32) -> Float32:
    """The scores (n,) of points (n, d), each independent of the others."""
    together = max(1, CELLS // points.shape[1])
    trees = min(len(forest.roots), together)
    queries = max(1, together // trees)
    found = [_mean_score(forest, points[first : first + queries], trees) for first in range(0, len(points), queries)]
    return np.concatenate(found).astype(np.float32) if found else np.empty(0, np.float32)


def _mean_score(forest: Forest, points: Float32, trees: int) -> NDArray[np.float64]:
    shares = [forest.roots[first : first + trees] for first in range(0, len(forest.roots), trees)]
    every = np.concatenate([_tree_scores(forest, roots, points) for roots in shares], axis=1)
    return np.asarray(every.mean(axis=1) * highest_score(forest.sample_size))


def _tree_scores(forest: Forest, roots: Int64, points: Float32) -> NDArray[np.float64]:
    """The scores (n, trees) before they are scaled: every point goes down every tree, a level at a time."""
    node = np.tile(roots, len(points))
    point = np.repeat(np.arange(len(points)), len(roots))
    pair = np.arange(len(node))
    reach = np.ones(len(node))
    scores = np.zeros(len(node))
    depth = 0
    while len(pair):
        parted = _probability_of_parting(forest, node, points[point])
        leaf = forest.left[node] < 0
        here = np.where(leaf, _leaf_score(forest, node, parted, depth), parted / (depth + 1))
        scores[pair] += reach * here
        reach *= 1 - parted
        inner = ~leaf
        pair, point, reach, node = pair[inner], point[inner], reach[inner], node[inner]
        node = forest.left[node] + (points[point, forest.dimension[node]] > forest.cut[node])
        depth += 1
    return scores.reshape(len(points), len(roots))


def _probability_of_parting(forest: Forest, node: Int64, points: Float32) -> NDArray[np.float64]:
    """P(p, B) of pairs of node and point: 0 inside the box, 1 outside of a box that is a single point."""
    boxes, wide = forest.boxes, points.astype(np.float64)
    low, high = boxes.corners[boxes.low[node]], boxes.corners[boxes.high[node]]
    outside = np.maximum(np.maximum(low - wide, wide - high), 0).sum(axis=1)
    whole = outside + boxes.perimeters[node]
    return np.asarray(np.divide(outside, whole, out=np.zeros(len(node)), where=outside > 0))


def _leaf_score(forest: Forest, node: Int64, parted: NDArray[np.float64], depth: int) -> NDArray[np.float64]:
    mass = forest.mass[node]
    seen = (1 - mass / (2 * forest.sample_size)) / (depth + np.log2(mass + 1))
    return np.where(parted > 0, 1 / (depth + 1), seen)
