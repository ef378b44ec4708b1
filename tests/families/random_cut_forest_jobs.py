"""Tiny real jobs of the algorithm randomcutforest, and a slow reference for its scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from containers.sklearn.random_cut_forest.algorithm import ALGORITHM, AnomalyModel
from containers.sklearn.random_cut_forest.forest import Forest
from containers.sklearn.random_cut_forest.hyperparameters import RandomCutForestHyperparameters
from contract.context import Context
from contract.hyperparameters import parse
from contract.tables.data import Table
from tests.families import asking


def params(**given: str) -> RandomCutForestHyperparameters:
    return parse(RandomCutForestHyperparameters, {"feature_dim": "3", "num_trees": "50", **given})


def rows(count: int = 400, columns: int = 3, seed: int = 4) -> Any:
    """Two clouds of points."""
    random = np.random.default_rng(seed)
    side = random.integers(0, 2, count)[:, None] * 6 - 3
    return (side + random.normal(size=(count, columns))).astype(np.float32)


def trained(features: Any, **given: str) -> tuple[AnomalyModel, list[str]]:
    """A model, and what the job logged."""
    lines: list[str] = []
    context = replace(Context(), log=lines.append)
    chosen = params(feature_dim=str(features.shape[1]), **given)
    return ALGORITHM.fit(chosen, Table(features), None, context), lines


def respond(body: bytes, content_type: str, accept: str, model: AnomalyModel) -> bytes:
    """Request to answer, as an endpoint goes."""
    return asking.respond(ALGORITHM, model, model.forest.points.shape[1], body, content_type, accept)


def slow_score(forest: Forest, point: Any) -> float:
    """The score of one point, tree by tree and node by node, with boxes made of the points below each node."""
    leaves = dict(zip(np.flatnonzero(forest.left < 0).tolist(), forest.points.astype(float).tolist(), strict=True))
    values = [float(value) for value in point]
    total = sum(_expected(forest, leaves, int(root), values, 0) for root in forest.roots)
    return total / len(forest.roots) * math.log2(forest.sample_size + 1)


def _expected(forest: Forest, leaves: dict[int, list[float]], node: int, point: Sequence[float], depth: int) -> float:
    below = _below(forest, leaves, node)
    old = sum(max(axis) - min(axis) for axis in zip(*below, strict=True))
    new = sum(max(axis) - min(axis) for axis in zip(*below, point, strict=True))
    parted = (new - old) / new if new > old else 0.0
    if forest.left[node] < 0:
        mass = int(forest.mass[node])
        seen = (1 - mass / (2 * forest.sample_size)) / (depth + math.log2(mass + 1))
        return 1 / (depth + 1) if parted else seen
    beyond = point[forest.dimension[node]] > forest.cut[node]
    rest = _expected(forest, leaves, int(forest.left[node]) + int(beyond), point, depth + 1)
    return parted / (depth + 1) + (1 - parted) * rest


def _below(forest: Forest, leaves: dict[int, list[float]], node: int) -> list[list[float]]:
    if forest.left[node] < 0:
        return [leaves[node]]
    left = int(forest.left[node])
    return _below(forest, leaves, left) + _below(forest, leaves, left + 1)


def exact_depth_score(sample: Sequence[tuple[float, ...]], point: tuple[float, ...], depth: int = 0) -> float:
    """The expectation of 1 / (t + 1) over every random cut tree on ``sample`` and ``point``, isolated at depth t.

    By Guha et al. (2016, theorem on insertion) that is what inserting the point into random trees on the sample gives.
    """
    everything = [*sample, point]
    whole = sum(max(axis) - min(axis) for axis in zip(*everything, strict=True))
    expected = 0.0
    for axis in range(len(point)):
        places = sorted({one[axis] for one in everything})
        for low, high in pairwise(places):
            beside = [one for one in sample if (one[axis] <= low) == (point[axis] <= low)]
            rest = exact_depth_score(beside, point, depth + 1) if beside else 1 / (depth + 1)
            expected += (high - low) / whole * rest
    return expected
