"""Curves over all thresholds of a score: ROC and precision-recall, thinned so that a report stays small."""

from __future__ import annotations

import numpy as np

from contract.metrics.arrays import Array, Float64, ratio, weights_of


def operating_points(label: Array, score: Array, weight: Array | None = None) -> tuple[Float64, Float64]:
    """(m + 1,) weights of true and of false positives at each of the m different scores, highest first, from (0, 0).

    ``label`` is 0 or 1, ``score`` grows with class 1. Equal scores are one point: no threshold can part them.
    """
    order = np.argsort(-np.asarray(score), kind="stable")
    ranked, actual = np.asarray(score)[order], np.asarray(label, np.float64)[order]
    weights = weights_of(label, weight)[order]
    last = np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)]
    true, false = np.cumsum(weights * actual)[last], np.cumsum(weights * (1 - actual))[last]
    return np.concatenate([[0.0], true]), np.concatenate([[0.0], false])


def roc_curve(label: Array, score: Array, weight: Array | None = None, points: int = 500) -> tuple[Float64, Float64]:
    """At most ``points`` pairs (false positive rate, true positive rate), from (0, 0) to (1, 1).

    A rate whose class does not occur is nan.
    """
    true, false = operating_points(label, score, weight)
    return thin(_share(false), _share(true), points)


def precision_recall_curve(
    label: Array, score: Array, weight: Array | None = None, points: int = 500
) -> tuple[Float64, Float64]:
    """At most ``points`` pairs (recall, precision), recall growing from 0 to 1.

    At recall 0, where nothing is called positive and precision is not defined, the curve starts with the precision of
    the highest score. Recall is nan where class 1 does not occur.
    """
    true, false = operating_points(label, score, weight)
    precision = ratio(true, true + false)
    precision[0] = precision[min(1, len(precision) - 1)]
    return thin(_share(true), precision, points)


def thin(x: Array, y: Array, points: int = 500) -> tuple[Float64, Float64]:
    """At most ``points`` of the (n,) pairs in their order, both ends among them, evenly spread along the curve.

    Length is measured in shares of both axes' ranges, so steep parts keep as many points as flat ones.
    """
    across, up = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if len(across) <= points:
        return across, up
    length = np.concatenate([[0.0], np.cumsum(_steps(across) + _steps(up))])
    wanted = np.linspace(0.0, length[-1], points)
    kept = np.unique(np.append(np.searchsorted(length, wanted[:-1]), len(across) - 1))
    return across[kept], up[kept]


def _steps(values: Float64) -> Float64:
    """The (n - 1,) distances between neighbours as shares of the range; 0 where there is none or it is not finite."""
    finite = values[np.isfinite(values)]
    extent = float(np.ptp(finite)) if len(finite) else 0.0
    return np.nan_to_num(np.abs(np.diff(values)) / (extent or 1.0), posinf=0.0)


def _share(sums: Float64) -> Float64:
    """Running sums as shares of the last one; nan where that is 0."""
    return sums / sums[-1] if sums[-1] else np.full_like(sums, np.nan)
