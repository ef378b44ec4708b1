"""Decomposition of a symmetric tensor of third order into a sum of rank-one tensors.

Alternating least squares, whose first iterations are orthogonalised: whitened moments are orthogonal but for chance,
and plain alternating least squares often mixes two of their parts for good (Sharan, Valiant: Orthogonalized ALS, ICML
2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
ORTHOGONAL = 10
"""Iterations that keep the factors orthogonal."""


@dataclass(frozen=True)
class Decomposition:
    """``weights`` (r,) and unit ``vectors`` (r, r), one a column; ``error`` is what they leave, as a share."""

    weights: Float64
    vectors: Float64
    error: float
    iterations: int


def decompose(
    tensor: Float64, restarts: int, iterations: int, tolerance: float, stopping: Callable[[], bool]
) -> Decomposition:
    """The best of several random starts of alternating least squares.

    A start ends after ``iterations``, or when a free one gains less than ``tolerance`` of the tensor's square sum. No
    start follows one that leaves less than that, or a wish to stop.
    """
    random = np.random.default_rng(0)
    best = _from_random_start(tensor, iterations, tolerance, random)
    for _ in range(restarts - 1):
        if best.error**2 < tolerance or stopping():
            break
        other = _from_random_start(tensor, iterations, tolerance, random)
        best = min(best, other, key=lambda found: found.error)
    return best


def _from_random_start(
    tensor: Float64, iterations: int, tolerance: float, random: np.random.Generator
) -> Decomposition:
    rank = len(tensor)
    unfolded, whole = tensor.reshape(rank, -1), float((tensor**2).sum())
    factors = [np.linalg.qr(random.normal(size=(rank, rank)))[0] for _ in range(3)]
    weights, left, done = np.ones(rank), np.inf, 0
    while done < iterations:
        done += 1
        before = left
        for place in range(3):
            first, second = factors[place - 1], factors[place - 2]
            if done <= ORTHOGONAL:
                first, second = np.linalg.qr(first)[0], np.linalg.qr(second)[0]
            solved, explained = _least_squares(unfolded, first, second)
            weights, left = np.linalg.norm(solved, axis=0), max(whole - explained, 0)
            factors[place] = solved / np.where(weights > 0, weights, 1)
        if done > ORTHOGONAL and before - left < tolerance * whole:
            break
    return Decomposition(weights, factors[0], float(np.sqrt(left / whole)) if whole else 0.0, done)


def _least_squares(unfolded: Float64, first: Float64, second: Float64) -> tuple[Float64, float]:
    """The best third factor (r, r) for two given ones, and the square sum of the tensor that all three explain."""
    product = unfolded @ (first[:, None] * second[None]).reshape(len(first) ** 2, -1)
    gram = (first.T @ first) * (second.T @ second)
    solved = product @ np.linalg.pinv(gram, hermitian=True)
    return solved, float(2 * (solved * product).sum() - (gram * (solved.T @ solved)).sum())
