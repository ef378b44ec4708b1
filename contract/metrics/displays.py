"""Pictures of how good predictions are, from records that come part by part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from contract.figures import Figure, Lines, Matrix, Scatter
from contract.metrics.arrays import Array
from contract.metrics.classes import confusion_matrix
from contract.metrics.curves import precision_recall_curve_of, roc_curve_of
from contract.metrics.ranking import Ranking

DOTS = 2000
"""More dots than these make a picture heavy and no clearer."""
MATRIX_CLASSES = 50
"""A confusion matrix of more classes is left out: nobody can read it."""


class RecordSample:
    """The records that are drawn as dots, of so many: all of a few, else the same random ones every time."""

    def __init__(self, records: int, most: int = DOTS) -> None:
        self._records = records
        if records <= most:
            self._rows = np.arange(records)
        else:
            self._rows = np.sort(np.random.default_rng(0).choice(records, most, replace=False))
        self._seen = 0

    def next(self, records: int) -> Array:
        """Returns which of the next so many records are drawn, counted from the first of them."""
        first, last = np.searchsorted(self._rows, [self._seen, self._seen + records])
        rows = self._rows[first:last] - self._seen
        self._seen += records
        return np.asarray(rows)

    @property
    def note(self) -> str:
        """The remark on the sample in a title; empty where all records are drawn."""
        drawn = len(self._rows)
        return "" if drawn == self._records else f" ({drawn:,} of {self._records:,} records)"


class PredictionErrors:
    """Predicted values against actual ones, and what is left over."""

    def __init__(self, records: int) -> None:
        self._sample = RecordSample(records)
        self._actual: list[float] = []
        self._predicted: list[float] = []
        self._residual: list[float] = []

    def add(self, label: Array, prediction: Array) -> None:
        """Adds the values (n,) of the next records."""
        drawn = self._sample.next(len(label))
        self._actual += floats(label[drawn])
        self._predicted += floats(prediction[drawn])
        self._residual += floats(label[drawn] - prediction[drawn])

    def figures(self) -> Sequence[Figure]:
        """Two clouds of dots."""
        note, actual, predicted = self._sample.note, self._actual, self._predicted
        return (
            Scatter(f"Predicted against actual{note}", "actual", "predicted", actual, predicted, diagonal=True),
            Scatter(f"Residuals{note}", "predicted", "actual − predicted", predicted, self._residual),
        )


class Confusion:
    """The numbers of records of each class that are predicted as each class, whatever their weights."""

    def __init__(self, names: Sequence[Any]) -> None:
        self._names = names
        self._counts = np.zeros((len(names), len(names)), np.int64) if len(names) <= MATRIX_CLASSES else None

    def add(self, label: Array, predicted: Array) -> None:
        """Adds the class numbers (n,) of the next records."""
        if self._counts is not None:
            self._counts += confusion_matrix(label, predicted, len(self._names))

    def figures(self) -> Sequence[Figure]:
        """One matrix, unless there are more classes than anybody can read."""
        return () if self._counts is None else matrices(self._counts, self._names)


def matrices(counts: Array, names: Sequence[Any]) -> Sequence[Figure]:
    """A confusion matrix (k, k), unless there are more classes than anybody can read."""
    if len(names) > MATRIX_CLASSES:
        return ()
    rows = counts.astype(int).tolist()
    return (Matrix("Confusion matrix", "actual", "predicted", [str(name) for name in names], rows),)


def threshold_curves(ranking: Ranking) -> Sequence[Figure]:
    """The curves of all thresholds; none where a class lacks."""
    if not ranking.has_both_classes:
        return ()
    points = ranking.points
    return (
        _line("ROC", "false positive rate", "true positive rate", roc_curve_of(points), diagonal=True),
        _line("Precision and recall", "recall", "precision", precision_recall_curve_of(points)),
    )


def floats(values: Array) -> list[float]:
    """The values as Python's numbers."""
    found: list[float] = values.astype(np.float64).tolist()
    return found


def _line(title: str, x_label: str, y_label: str, curve: Iterable[Array], diagonal: bool = False) -> Lines:
    x, y = curve
    return Lines(title, x_label, y_label, {"model": (floats(x), floats(y))}, diagonal=diagonal)
