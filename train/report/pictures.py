"""Draws figures, which are data, as pictures."""

from __future__ import annotations

from collections.abc import Mapping

from contract.figures import Bars, Figure, Lines, Matrix, Scatter
from train.report import bars, dots, lines, matrix
from train.report.svg import Picture

WHY_NOT: Mapping[type[Figure], str] = {
    Lines: "none of its points is finite",
    Scatter: "no record has two finite values",
    Bars: "none of its values is finite",
    Matrix: "it counts no record",
}
"""The reason why there is no picture of a figure, by its kind."""


def draw(figure: Figure, key: str) -> Picture | None:
    """The picture of a figure, or None where there is nothing in it to be seen: ``WHY_NOT`` has the reason.

    ``key`` is the picture's name in the page and unique there.
    """
    match figure:
        case Lines():
            return lines.draw(figure, key)
        case Scatter():
            return dots.draw(figure, key)
        case Bars():
            return bars.draw(figure, key)
        case Matrix():
            return matrix.draw(figure, key)
