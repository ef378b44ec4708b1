"""Records of a binary classification in the order of their scores: what areas under curves are computed from.

Up to a share of the memory, labels, scores and weights are kept as they are. Beyond it they are sorted and written to a
file run by run; in the end the runs are merged into a file of operating points, a block at a time. Equal scores are
added up early, so that a block holds all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from contract.metrics.arrays import Array, Float64, weights_of
from contract.metrics.curves import Points, operating_points
from contract.metrics.storage import NumberFile, most_bytes

BLOCK = 1 << 15
"""About how many rows of all runs are merged at once."""


class Ranking:
    """Labels 0 and 1 by their scores, which grow with class 1."""

    def __init__(self) -> None:
        self._parts: list[tuple[Array, Array, Array | None]] = []
        self._bytes = 0
        self._file: NumberFile | None = None
        self._runs: list[tuple[int, int]] = []
        self._points: Points | None = None
        self._records, self._positive = 0, 0.0

    def add(self, label: Array, score: Array, weight: Array | None) -> None:
        """Adds the next n records."""
        if not len(label):
            return
        part = np.array(label), np.array(score), None if weight is None else np.array(weight)
        self._parts.append(part)
        self._points = None
        self._records += len(label)
        self._positive += float(label.sum(dtype=np.float64))
        self._bytes += sum(column.nbytes for column in part if column is not None)
        if self._bytes > most_bytes():
            self._store()

    @property
    def has_both_classes(self) -> bool:
        """True if records of both classes were added."""
        return 0 < self._positive < self._records

    @property
    def points(self) -> Points:
        """The operating points of all records, a mapped array where they are many."""
        if self._points is None:
            if self._file is not None and self._parts:
                self._store()
            self._points = self._merged() if self._file is not None else operating_points(*self._columns())
        return self._points

    def _columns(self) -> tuple[Array, Array, Array | None]:
        """Labels, scores and weights of the parts that are kept."""
        if not self._parts:
            return np.empty(0), np.empty(0), None
        labels, scores, weights = zip(*self._parts, strict=True)
        if all(weight is None for weight in weights):
            return np.concatenate(labels), np.concatenate(scores), None
        known = [weights_of(label, weight) for label, weight in zip(labels, weights, strict=True)]
        return np.concatenate(labels), np.concatenate(scores), np.concatenate(known)

    def _store(self) -> None:
        """Moves the parts into the file as one run: (3, m) of minus the score and the weights of both classes."""
        label, score, weight = self._columns()
        actual, weights = np.asarray(label, np.float64), weights_of(label, weight)
        rows = np.stack([-np.asarray(score, np.float64), weights * actual, weights * (1 - actual)])
        self._file = self._file or NumberFile(np.dtype(np.float64))
        self._runs.append(self._file.append(_added_up(rows)))
        self._parts, self._bytes = [], 0

    def _merged(self) -> Points:
        assert self._file is not None
        numbers = self._file.mapped()
        runs = [numbers[begin:end].reshape(3, -1) for begin, end in self._runs]
        points = NumberFile(np.dtype(np.float64))
        points.append(np.zeros((1, 2)))
        reached = np.zeros((2, 1))
        for block in _blocks(runs):
            sums = np.cumsum(np.concatenate([reached, _added_up(block)[1:]], axis=1), axis=1)
            points.append(sums[:, 1:].T)
            reached = sums[:, -1:]
        true, false = points.mapped().reshape(-1, 2).T
        return true, false


def _blocks(runs: Sequence[Float64]) -> Iterator[Float64]:
    """The rows of all runs in the order of their keys, (3, about ``BLOCK``) at a time; a key is in one block alone."""
    stride = max(1, BLOCK // len(runs))
    sampled = np.sort(np.concatenate([run[0, ::stride] for run in runs]))
    bounds = np.unique(sampled[len(runs) :: len(runs)])
    ends = [np.append(np.searchsorted(run[0], bounds, "right"), run.shape[1]) for run in runs]
    for begin, end in zip([[0] * len(runs), *zip(*ends, strict=True)], zip(*ends, strict=True), strict=False):
        block = np.concatenate([run[:, first:last] for run, first, last in zip(runs, begin, end, strict=True)], axis=1)
        if block.size:
            yield block


def _added_up(rows: Float64) -> Float64:
    """Rows (3, n) in the order of their keys, those of one key added up, (3, m)."""
    rows = rows[:, np.argsort(rows[0], kind="stable")]
    first = np.flatnonzero(np.append(True, rows[0, 1:] != rows[0, :-1]))
    return np.stack([rows[0, first], *np.add.reduceat(rows[1:], first, axis=1)])
