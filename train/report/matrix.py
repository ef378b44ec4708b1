"""Counts by row and column, as a shaded grid."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from contract.figures import Matrix
from train.report import svg
from train.report.axes import Float64
from train.report.numbers import shown
from train.report.svg import CHARACTER, HEIGHT, WIDTH, Picture

MOST_CLASSES = 50
MOST_NUMBERED = 12
_MOST_WITH_SHARES = 4
_LONGEST_NAME = 14
_GAP, _NARROW_GAP = 2.0, 0.5
_LOWEST_ROW = 10
"""Pixels: the picture grows downwards where many classes would make rows lower."""
_DARK = 0.4
_TOP, _BOTTOM, _RIGHT = 26, 44, 2
_CELL = Markup(
    "<g><title>{}</title>"
    '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill-opacity="{:.2f}"/>{}</g>'
)


def draw(figure: Matrix, key: str) -> Picture | None:
    """The grid of the ``MOST_CLASSES`` largest classes; None where it counts nothing.

    A cell is shaded by its share of its row: what became of the records of one class, however rare the class is.
    """
    counts = np.asarray(figure.counts, np.float64).reshape(len(figure.names), len(figure.names))
    total = counts.sum()
    if not total > 0:
        return None
    chosen = np.sort(np.argsort(-(counts.sum(axis=0) + counts.sum(axis=1)), kind="stable")[:MOST_CLASSES])
    grid = _Grid([str(figure.names[index]) for index in chosen])
    content = [
        svg.text(grid.left, 12, "name", figure.row_label),
        svg.text(WIDTH - _RIGHT, grid.bottom + _BOTTOM - 6, "name end", figure.column_label),
        *grid.names_of_rows(),
        *grid.names_of_columns(),
        *grid.cells(counts[np.ix_(chosen, chosen)], counts[chosen].sum(axis=1)),
    ]
    described = f"{np.trace(counts) / total:.1%} of {total:,.0f} records lie on the diagonal."
    described = f"{figure.row_label} by {figure.column_label}: {described}"
    picture = svg.canvas(key, figure.title, described, content, grid.bottom + _BOTTOM)
    left_out = [f"The {len(chosen)} largest of {len(counts)} classes."] if len(chosen) < len(counts) else []
    return Picture(figure.title, picture, remarks=["Shaded by the share of its row.", *left_out])


@dataclass(frozen=True)
class _Grid:
    """The places of the cells of k classes, the first row on top."""

    names: list[str]

    @property
    def left(self) -> float:
        return 14 + CHARACTER * max(len(svg.shortened(name, _LONGEST_NAME)) for name in self.names)

    @property
    def width(self) -> float:
        """The width of a cell, its gap included."""
        return (WIDTH - _RIGHT - self.left) / len(self.names)

    @property
    def height(self) -> float:
        """The height of a cell, its gap included."""
        return max((HEIGHT - _TOP - _BOTTOM) / len(self.names), _LOWEST_ROW)

    @property
    def bottom(self) -> float:
        """The lower edge of the last row."""
        return _TOP + self.height * len(self.names)

    def names_of_rows(self) -> list[Markup]:
        """The names on the left, only every second or third where rows are low."""
        every = math.ceil(12 / self.height)
        return [
            svg.text(self.left - 8, self._middle_of_row(row) + 4, "tick end", svg.shortened(name, _LONGEST_NAME))
            for row, name in list(enumerate(self.names))[::every]
        ]

    def names_of_columns(self) -> list[Markup]:
        """The names below: cut to their columns, or of many narrow columns as many whole ones as there is room for."""
        longest = max(len(svg.shortened(name, _LONGEST_NAME)) for name in self.names)
        shown = longest + 1 if len(self.names) > MOST_NUMBERED else 3
        every = math.ceil(shown * CHARACTER / self.width)
        room = min(int(every * self.width / CHARACTER), _LONGEST_NAME)
        return [
            svg.text(self._middle_of_column(column), self.bottom + 17, "tick mid", svg.shortened(name, room))
            for column, name in list(enumerate(self.names))[::every]
            if self._middle_of_column(column) + min(len(name), room) * CHARACTER / 2 <= WIDTH
        ]

    def cells(self, counts: Float64, totals: Float64) -> list[Markup]:
        """Draws all cells of a small grid, and those of a large one that count something."""
        numbered = len(self.names) <= MOST_NUMBERED
        places = np.argwhere(counts > -1 if numbered else counts > 0).tolist()
        return [self._cell(row, column, float(counts[row, column]), float(totals[row])) for row, column in places]

    def _middle_of_row(self, row: int) -> float:
        return _TOP + (row + 0.5) * self.height

    def _middle_of_column(self, column: int) -> float:
        return self.left + (column + 0.5) * self.width

    def _cell(self, row: int, column: int, count: float, total: float) -> Markup:
        share = count / total if total else 0.0
        gap = _GAP if len(self.names) <= MOST_NUMBERED else _NARROW_GAP
        width, height = self.width - gap, self.height - gap
        x, y = self._middle_of_column(column), self._middle_of_row(row)
        told = f"{self.names[row]} → {self.names[column]}: {shown(count)} ({share:.1%} of the row)"
        kind = "cell right" if row == column else "cell wrong"
        # The root lets small shares be seen: among many right answers a few errors are what one looks for.
        opacity = 0.05 + 0.95 * share**0.7
        texts = self._texts(x, y, count, share)
        return _CELL.format(told, kind, x - width / 2, y - height / 2, width, height, opacity, texts)

    def _texts(self, x: float, y: float, count: float, share: float) -> Markup:
        """The count, and its share of the row below it where there is room."""
        colour = "on" if share > _DARK else "count"
        if len(self.names) > MOST_NUMBERED:
            return Markup("")
        if len(self.names) > _MOST_WITH_SHARES:
            return svg.text(x, y + 4, f"{colour} mid", self._fitting(count))
        number = svg.text(x, y - 1, f"{colour} large mid", self._fitting(count))
        return number + svg.text(x, y + 16, f"{colour} mid", f"{share:.1%}")

    def _fitting(self, count: float) -> str:
        """The count, in thousands or millions where it would be wider than its cell."""
        full = shown(count)
        if len(full) * CHARACTER < self.width - 4 or count < 1e3:
            return full
        return f"{count / 1e6:.2g}M" if count >= 1e6 else f"{count / 1e3:.3g}k"
