"""Pictures as data: what an algorithm or an answer wants shown in the training report.

Nothing is drawn here. ``train/report`` turns each kind into a picture, so a new algorithm gets its pictures without
knowing how they are made, and the images carry no drawing code in the serving path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Lines:
    """Curves over a common axis: learning curves, ROC and precision-recall curves, forecasts.

    ``series`` maps a name to its x and y values. ``diagonal`` draws the line of a guess (ROC).
    """

    title: str
    x_label: str
    y_label: str
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]]
    diagonal: bool = False


@dataclass(frozen=True)
class Scatter:
    """One dot a record: predicted against actual, two principal components. ``diagonal`` draws y = x."""

    title: str
    x_label: str
    y_label: str
    x: Sequence[float]
    y: Sequence[float]
    diagonal: bool = False


@dataclass(frozen=True)
class Bars:
    """A value a name, drawn as horizontal bars in the order given: feature importance, cluster sizes."""

    title: str
    x_label: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class Matrix:
    """Counts by row and column, drawn as a shaded grid: a confusion matrix. ``counts[row][column]``."""

    title: str
    row_label: str
    column_label: str
    names: Sequence[str]
    counts: Sequence[Sequence[int]]


Figure: TypeAlias = Lines | Scatter | Bars | Matrix

LARGEST = 25
"""Bars of an importance: more make a picture long and no clearer."""


def importance(title: str, x_label: str, values: Mapping[int, float], names: Sequence[str]) -> Bars:
    """The features of the largest absolute values, by column; ``names`` is empty where the columns have none."""
    top = sorted(values, key=lambda column: -abs(values[column]))[:LARGEST]
    return Bars(title, x_label, {names[column] if names else f"feature {column}": values[column] for column in top})
