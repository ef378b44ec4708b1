"""A bar chart: one horizontal bar a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

from contract.figures import Bars
from train.report import svg
from train.report.axes import Axis, finite
from train.report.numbers import aligned, shown
from train.report.svg import CHARACTER, WIDTH, Picture

MOST_BARS = 20
_ROW, _THICK, _TOP = 22, 13, 24
_LONGEST_NAME = 22
_SPOKEN = 5
_BAR = Markup('<g><title>{}: {}</title><rect class="bar" x="{:.1f}" y="{}" width="{:.1f}" height="{}" rx="2"/>{}{}</g>')


def draw(figure: Bars, key: str) -> Picture | None:
    """The first ``MOST_BARS`` finite values in the order given; None where no value is finite."""
    values = {name: float(value) for name, value in figure.values.items() if finite(np.array([float(value)]))[0]}
    if not values:
        return None
    rows = dict(list(values.items())[:MOST_BARS])
    texts = aligned(rows.values(), 3)
    scale = _scale(rows, texts)
    content = [svg.text(scale.pixel(0), 12, "name", figure.x_label)]
    for row, ((name, value), text) in enumerate(zip(rows.items(), texts, strict=True)):
        content.append(_bar(scale, _TOP + row * _ROW, name, value, text))
    spoken = ", ".join(f"{name} {text}" for name, text in list(zip(rows, texts, strict=True))[:_SPOKEN])
    description = f"{figure.x_label} of {len(rows)} names; first {spoken}."
    picture = svg.canvas(key, figure.title, description, content, _TOP + _ROW * len(rows) + 4)
    return Picture(figure.title, picture, remarks=_remarks(len(rows), len(values), len(figure.values)))


def _scale(rows: Mapping[str, float], texts: Sequence[str]) -> Axis:
    """Zero is always part of it; names stand on its left, values beyond the end of their bars."""
    low, high = min(0.0, *rows.values()), max(0.0, *rows.values())
    names = CHARACTER * max(len(svg.shortened(name, _LONGEST_NAME)) for name in rows)
    numbers = CHARACTER * max(map(len, texts))
    start = 10 + names + (numbers + 6 if low < 0 else 0)
    return Axis(low, high if high > low else low + 1.0, ()).over(start, WIDTH - 10 - numbers)


def _bar(scale: Axis, top: float, name: str, value: float, text: str) -> Markup:
    start, end = sorted((scale.pixel(0), scale.pixel(value)))
    base = top + 11
    number = svg.text(end + 6, base, "tick", text) if value >= 0 else svg.text(start - 6, base, "tick end", text)
    label = svg.text(0, base, "tick", svg.shortened(name, _LONGEST_NAME))
    return _BAR.format(name, shown(value), start, top, max(1.0, end - start), _THICK, label, number)


def _remarks(drawn: int, drawable: int, given: int) -> list[str]:
    remarks = [f"The first {drawn} of {drawable:,}."] if drawn < drawable else []
    return remarks + ([f"{given - drawable:,} without a finite value left out."] if drawable < given else [])
