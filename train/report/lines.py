"""Curves over a common axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from markupsafe import Markup

from contract.figures import Lines
from contract.metrics import thin
from train.report import svg
from train.report.axes import Float64, axis, finite
from train.report.numbers import shown
from train.report.svg import Picture

MOST_POINTS = 500
COLOURS = 8
_OWN_COLOUR = {"validation": "s1", "train": "s2"}

_Curves = Mapping[str, tuple[Float64, Float64]]


def draw(figure: Lines, key: str) -> Picture | None:
    """Every series with a finite point, thinned to ``MOST_POINTS``; None where there is no such series."""
    curves = {name: _drawable(*series) for name, series in figure.series.items()}
    seen = {name: curve for name, curve in curves.items() if len(curve[0])}
    if not seen:
        return None
    corners = np.array([0.0, 1.0] if figure.diagonal else [])
    x = axis(np.concatenate([corners, *(curve[0] for curve in seen.values())]), 6, margin=0)
    y = axis(np.concatenate([corners, *(curve[1] for curve in seen.values())]), 5)
    x, y = svg.framed(x, y)
    content = svg.frame(x, y, figure.x_label, figure.y_label) + [svg.diagonal(x, y)] * figure.diagonal
    colours = _colours(seen)
    # The series named first lies on top.
    content += [_path(colours[name], x.pixels(seen[name][0]), y.pixels(seen[name][1])) for name in reversed(seen)]
    return Picture(
        figure.title,
        svg.canvas(key, figure.title, _description(figure, seen), content),
        [(colours[name], name) for name in seen],
        [f"No finite value of {name}." for name in curves if name not in seen],
    )


def _drawable(x: object, y: object) -> tuple[Float64, Float64]:
    across, up = np.asarray(x, np.float64), np.asarray(y, np.float64)
    kept = finite(across, up)
    return thin(across[kept], up[kept], MOST_POINTS)


def _colours(names: Iterable[str]) -> dict[str, str]:
    """A channel has the same colour in every picture of a page; other series take the next free ones in turn."""
    chosen = {name: _OWN_COLOUR[name] for name in names if name in _OWN_COLOUR}
    free = [colour for colour in (f"s{number}" for number in range(1, COLOURS + 1)) if colour not in chosen.values()]
    others = [name for name in names if name not in chosen]
    return chosen | {name: free[index % len(free)] for index, name in enumerate(others)}


def _path(colour: str, x: Float64, y: Float64) -> Markup:
    if len(x) == 1:
        return Markup('<circle class="{} dot" cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(colour, x[0], y[0])
    return Markup('<path class="{} line" d="{}"/>').format(colour, svg.polyline(x, y))


def _description(figure: Lines, curves: _Curves) -> str:
    ends = "; ".join(f"{name} ends at {shown(y[-1])}" for name, (_, y) in curves.items())
    first = min(x.min() for x, _ in curves.values())
    last = max(x.max() for x, _ in curves.values())
    return f"{figure.y_label} over {figure.x_label} from {shown(first)} to {shown(last)}: {ends}."
