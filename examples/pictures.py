"""Looks at every matplotlib figure of a notebook before it is shown: one that has nothing in it is a fault."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

EMPTY: list[str] = []
"""What was found empty: titles, or numbers of figures."""


def watch(shell: Any) -> None:
    """Looks at the figures that each cell of an IPython shell leaves, before they are shown and closed."""
    shell.events.register("post_execute", look)


def look() -> None:
    """Notes the open figures with an empty part."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    for number in pyplot.get_fignums() if pyplot else ():
        EMPTY.extend(empty_parts(pyplot.figure(number)))


def empty_parts(figure: Any) -> list[str]:
    """The visible axes of a figure that show nothing, by their titles; the figure itself where it has no axes."""
    shown = [axes for axes in figure.axes if axes.get_visible() and (axes.axison or axes.has_data())]
    if not shown:
        return [f"figure {figure.number}"]
    return [axes.get_title() or f"figure {figure.number}" for axes in shown if not _shows_something(axes)]


def _shows_something(axes: Any) -> bool:
    return (
        any(_has_points(line.get_xydata()) for line in axes.lines)
        or any(np.ptp(np.asarray(image.get_array(), float)) > 0 for image in axes.images)
        or any(_has_area(patch) for patch in axes.patches)
        or any(_is_drawn(collection, axes) for collection in axes.collections)
    )


def _has_points(points: Any) -> bool:
    """Whether any of ``points`` (n, 2) has a place."""
    return bool(np.isfinite(np.ma.filled(np.ma.asarray(points, float), np.nan)).all(axis=-1).any())


def _has_area(patch: Any) -> bool:
    corners = patch.get_transform().transform(patch.get_path().vertices)
    return _has_points(corners) and bool(np.ptp(corners, axis=0).all())


def _is_drawn(collection: Any, axes: Any) -> bool:
    """Whether a collection (points, areas, meshes) takes any room in the coordinates of its axes."""
    box = collection.get_datalim(axes.transData)
    hexagons = collection.get_array() is not None and _has_points(collection.get_offsets())
    return hexagons or bool(np.isfinite(box.get_points()).all())
