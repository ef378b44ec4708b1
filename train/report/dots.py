"""A scatter plot: one dot a record."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from contract.figures import Scatter
from train.report import svg
from train.report.axes import Float64, axis, finite
from train.report.svg import Picture

MOST_DOTS = 2000
_MARGIN = 0.03
_DOT = Markup('<path d="M{:.1f} {:.1f}h0"/>')


def draw(figure: Scatter, key: str) -> Picture | None:
    """At most ``MOST_DOTS`` of the finite records, the same ones every time; None where no record is finite."""
    across, up = np.asarray(figure.x, np.float64), np.asarray(figure.y, np.float64)
    kept = finite(across, up)
    x_values, y_values = across[kept], up[kept]
    if not len(x_values):
        return None
    both = np.concatenate([x_values, y_values])
    x = axis(both if figure.diagonal else x_values, 5, margin=_MARGIN)
    y = axis(both if figure.diagonal else y_values, 5, margin=_MARGIN)
    x, y = svg.framed(x, y)
    content = svg.frame(x, y, figure.x_label, figure.y_label) + [svg.diagonal(x, y)] * figure.diagonal
    chosen = _sample(len(x_values))
    content.append(_dots(x.pixels(x_values[chosen]), y.pixels(y_values[chosen])))
    description = f"{figure.y_label} over {figure.x_label} of {len(chosen):,} records."
    picture = svg.canvas(key, figure.title, description, content)
    return Picture(figure.title, picture, remarks=_remarks(len(chosen), len(x_values), len(across)))


def _sample(count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Chooses the records to draw at random, for they may repeat in a rhythm, and with a fixed seed."""
    if count <= MOST_DOTS:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, MOST_DOTS, replace=False))


def _dots(x: Float64, y: Float64) -> Markup:
    """A path for each dot: within one path dots that overlap would not grow darker, and crowds not show."""
    dots = Markup("").join(_DOT.format(across, down) for across, down in zip(x, y, strict=True))
    return Markup('<g class="dots">{}</g>').format(dots)


def _remarks(drawn: int, drawable: int, given: int) -> list[str]:
    remarks = [f"{drawn:,} of {drawable:,} records, chosen at random."] if drawn < drawable else []
    return remarks + ([f"{given - drawable:,} records without a finite value left out."] if drawable < given else [])
