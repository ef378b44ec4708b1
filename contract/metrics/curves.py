"""Curves over all thresholds of a score: ROC and precision-recall, thinned so that a report stays small.

Operating points may be more than fit into memory. They are looked at in pieces, each of which begins with the last
point of the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import numpy as np

from contract.metrics.arrays import Array, Float64, ratio, weights_of

Points: TypeAlias = tuple[Float64, Float64]
"""(m + 1,) weights of true and of false positives at each of m different scores, highest first, from (0, 0)."""
PIECE = 1 << 17
"""Points that are looked at together."""


def operating_points(label: Array, score: Array, weight: Array | None = None) -> Points:
    """(m + 1,) weights of true and of false positives at each of the m different scores, highest first, from (0, 0).

    ``label`` is 0 or 1, ``score`` grows with class 1. Equal scores are one point: no threshold can part them.
    """
    order = np.argsort(-np.asarray(score), kind="stable")
    ranked, actual = np.asarray(score)[order], np.asarray(label, np.float64)[order]
    weights = weights_of(label, weight)[order]
    last = np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)]
    true, false = np.cumsum(weights * actual)[last], np.cumsum(weights * (1 - actual))[last]
    return np.concatenate([[0.0], true]), np.concatenate([[0.0], false])


def pieces(points: Points) -> Iterator[Points]:
    """Consecutive points, each piece beginning where the one before ends."""
    true, false = points
    for first in range(0, max(1, len(true) - 1), PIECE):
        yield np.array(true[first : first + PIECE + 1]), np.array(false[first : first + PIECE + 1])


def roc_curve(label: Array, score: Array, weight: Array | None = None, points: int = 500) -> tuple[Float64, Float64]:
    """At most ``points`` pairs (false positive rate, true positive rate), from (0, 0) to (1, 1).

    A rate whose class does not occur is nan.
    """
    return roc_curve_of(operating_points(label, score, weight), points)


def roc_curve_of(operating: Points, points: int = 500) -> tuple[Float64, Float64]:
    """``roc_curve`` of operating points."""
    positive, negative = float(operating[0][-1]), float(operating[1][-1])
    return _thinned(
        lambda: ((_share(false, negative), _share(true, positive)) for true, false in pieces(operating)), points
    )


def precision_recall_curve(
    label: Array, score: Array, weight: Array | None = None, points: int = 500
) -> tuple[Float64, Float64]:
    """At most ``points`` pairs (recall, precision), recall growing from 0 to 1.

    At recall 0, where nothing is called positive and precision is not defined, the curve starts with the precision of
    the highest score. Recall is nan where class 1 does not occur.
    """
    return precision_recall_curve_of(operating_points(label, score, weight), points)


def precision_recall_curve_of(operating: Points, points: int = 500) -> tuple[Float64, Float64]:
    """``precision_recall_curve`` of operating points."""
    return _thinned(lambda: _precisions(operating), points)


def thin(x: Array, y: Array, points: int = 500) -> tuple[Float64, Float64]:
    """At most ``points`` of the (n,) pairs in their order, both ends among them, evenly spread along the curve.

    Length is measured in shares of both axes' ranges, so steep parts keep as many points as flat ones.
    """
    return _thinned(lambda: [(np.asarray(x, np.float64), np.asarray(y, np.float64))], points)


def _precisions(operating: Points) -> Iterator[Points]:
    positive = float(operating[0][-1])
    for number, (true, false) in enumerate(pieces(operating)):
        precision = ratio(true, true + false)
        if number == 0:
            precision[0] = precision[min(1, len(precision) - 1)]
        yield _share(true, positive), precision


def _thinned(curve: Callable[[], Iterable[Points]], points: int) -> tuple[Float64, Float64]:
    """``thin`` of a curve in pieces, each beginning with the last pair of the one before."""
    count = 1 + sum(len(x) - 1 for x, _ in curve())
    if count <= points:
        parts = [(x[min(1, number) :], y[min(1, number) :]) for number, (x, y) in enumerate(curve())]
        return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])
    extents = _extent(x for x, _ in curve()), _extent(y for _, y in curve())
    length = 0.0
    for lengths, _, _ in _measured(curve(), extents):
        length = float(lengths[-1])
    wanted = np.linspace(0.0, length, points)[:-1]
    kept: dict[int, tuple[float, float]] = {}
    first, passed = 0, -1.0
    for lengths, x, y in _measured(curve(), extents):
        here = wanted[(wanted > passed) & (wanted <= lengths[-1])]
        kept |= {first + int(at): (float(x[at]), float(y[at])) for at in np.searchsorted(lengths, here)}
        first, passed = first + len(x) - 1, float(lengths[-1])
        end = float(x[-1]), float(y[-1])
    kept[count - 1] = end
    pairs = np.array([kept[place] for place in sorted(kept)])
    return pairs[:, 0], pairs[:, 1]


def _measured(curve: Iterable[Points], extents: tuple[float, float]) -> Iterator[tuple[Float64, Float64, Float64]]:
    """For each piece, the length of the curve up to each of its points, and the points."""
    length = 0.0
    for x, y in curve:
        lengths = np.cumsum(np.append(length, _steps(x, extents[0]) + _steps(y, extents[1])))
        length = float(lengths[-1])
        yield lengths, x, y


def _extent(pieces: Iterable[Float64]) -> float:
    """The range of the finite values; 1 where there is none."""
    low, high = np.inf, -np.inf
    for values in pieces:
        finite = values[np.isfinite(values)]
        low, high = float(finite.min(initial=low)), float(finite.max(initial=high))
    return high - low if high > low else 1.0


def _steps(values: Float64, extent: float) -> Float64:
    """The (n - 1,) distances between neighbours as shares of the range; 0 where one is not finite."""
    return np.nan_to_num(np.abs(np.diff(values)) / extent, posinf=0.0)


def _share(sums: Float64, whole: float) -> Float64:
    """Running sums as shares of the last one; nan where that is 0."""
    return sums / whole if whole else np.full_like(sums, np.nan)
