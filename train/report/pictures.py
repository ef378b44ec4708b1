"""From figures, which are data, to pictures."""

from __future__ import annotations

from containers.figures import Bars, Figure, Lines, Matrix, Scatter
from train.report import bars, dots, lines, matrix
from train.report.svg import Picture


def draw(figure: Figure, key: str) -> Picture | None:
    """The picture of a figure, or None where no finite point, value or record is in it.

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
