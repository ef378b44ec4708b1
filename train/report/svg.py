"""The parts of every picture: a named canvas, texts, and a frame of two axes.

A picture has no colours of its own: its classes (``s1`` … ``s8`` for series, ``rule``, ``tick`` …) get theirs from the
style sheet of the page, for light, dark and print. ``Markup.format`` escapes every text. Sizes are in pixels of a
picture that is ``WIDTH`` wide; the page scales it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from train.report.axes import Axis, Float64

WIDTH, HEIGHT = 440, 310
CHARACTER = 6.8
"""The width of an average character of a tick's or a bar's text."""

_TOP, _RIGHT, _BOTTOM = 26, 14, 44
_CANVAS = Markup(
    '<svg viewBox="0 0 {width} {height:g}" role="img" aria-labelledby="{key}-title {key}-desc">'
    '<title id="{key}-title">{title}</title><desc id="{key}-desc">{description}</desc>{content}</svg>'
)
_TEXT = Markup('<text x="{:.1f}" y="{:.1f}" class="{}">{}</text>')
_RULE = Markup('<path class="{}" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>')


@dataclass(frozen=True)
class Picture:
    """A drawn figure: ``legend`` pairs a colour class with a name, ``remarks`` are sentences to stand below it."""

    title: str
    svg: Markup
    legend: Sequence[tuple[str, str]] = ()
    remarks: Sequence[str] = ()


def canvas(key: str, title: str, description: str, content: Iterable[Markup], height: float = HEIGHT) -> Markup:
    """An ``svg`` element that screen readers announce by title and description; ``key`` is unique in the page."""
    drawn = Markup("").join(content)
    return _CANVAS.format(key=key, title=title, description=description, content=drawn, width=WIDTH, height=height)


def text(x: float, y: float, kind: str, content: str) -> Markup:
    """A text whose anchor and size its class decides."""
    return _TEXT.format(x, y, kind, content)


def rule(kind: str, start: tuple[float, float], end: tuple[float, float]) -> Markup:
    """A straight line between two points."""
    return _RULE.format(kind, *start, *end)


def polyline(x: Float64, y: Float64) -> str:
    """The ``d`` of a path through (n,) points."""
    return "M" + "L".join(f"{across:.1f} {down:.1f}" for across, down in zip(x, y, strict=True))


def shortened(name: str, characters: int) -> str:
    """The name, cut where it would not fit."""
    return name if len(name) <= characters else name[: characters - 1].rstrip() + "…"


def framed(x: Axis, y: Axis) -> tuple[Axis, Axis]:
    """Both axes laid over the plot area: as wide as the texts of the vertical axis leave it."""
    left = 14 + CHARACTER * max(len(label) for _, label in y.ticks)
    return x.over(left, WIDTH - _RIGHT), y.over(HEIGHT - _BOTTOM, _TOP)


def frame(x: Axis, y: Axis, x_label: str, y_label: str) -> list[Markup]:
    """Grid lines, ticks and the names of both axes."""
    parts = [text(x.start, 12, "name", y_label), text(x.end, HEIGHT - 6, "name end", x_label)]
    for value, label in y.ticks:
        height = y.pixel(value)
        parts += [rule("rule", (x.start, height), (x.end, height)), text(x.start - 8, height + 4, "tick end", label)]
    parts.append(rule("base", (x.start, y.start), (x.end, y.start)))
    for value, label in x.ticks:
        place = x.pixel(value)
        parts += [rule("base", (place, y.start), (place, y.start + 4)), text(place, y.start + 18, "tick mid", label)]
    return parts


def diagonal(x: Axis, y: Axis) -> Markup:
    """The line on which both values are equal, as far as both axes reach."""
    low, high = max(x.low, y.low), min(x.high, y.high)
    ends = np.array([low, high])
    return Markup('<path class="diagonal" d="{}"/>').format(polyline(x.pixels(ends), y.pixels(ends)))
