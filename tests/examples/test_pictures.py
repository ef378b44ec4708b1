"""A picture that shows nothing is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from examples.pictures import empty_parts

mpl.use("agg")


@pytest.fixture
def axes() -> Iterator[Any]:
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


FULL: dict[str, Callable[[Any], object]] = {
    "line": lambda axes: axes.plot([1, 2], [3, 4]),
    "points": lambda axes: axes.scatter([1, 2], [3, 4]),
    "bars": lambda axes: axes.bar(["a", "b"], [1, 2]),
    "histogram": lambda axes: axes.hist([1, 2, 2, 3]),
    "boxes": lambda axes: axes.boxplot([[1, 2, 3], [2, 3, 9]]),
    "image": lambda axes: axes.imshow(np.eye(3)),
    "coloured image": lambda axes: axes.imshow(np.eye(3)[..., None] * [0.0, 0.5, 1.0]),
    "area": lambda axes: axes.fill_between([1, 2], [1, 2], [2, 3]),
    "hexagons": lambda axes: axes.hexbin([1, 2, 3], [1, 2, 3], gridsize=4),
    "image without axes": lambda axes: (axes.axis("off"), axes.imshow(np.eye(3))),
}
EMPTY: dict[str, Callable[[Any], object]] = {
    "nothing": lambda _: None,
    "a title alone": lambda axes: axes.set_ylabel("rentals"),
    "no points": lambda axes: axes.plot([], []),
    "points without a place": lambda axes: axes.plot([1, 2], [np.nan, np.nan]),
    "scattered points without a place": lambda axes: axes.scatter([1, 2], [np.nan, np.nan]),
    "bars of nothing": lambda axes: axes.bar(["a", "b"], [0, 0]),
    "an image of one colour": lambda axes: axes.imshow(np.zeros((3, 3))),
}


@pytest.mark.parametrize("draw", FULL.values(), ids=FULL)
def test_a_picture_with_content_is_full(axes: Any, draw: Callable[[Any], object]) -> None:
    draw(axes)
    assert empty_parts(axes.figure) == []


@pytest.mark.parametrize("draw", EMPTY.values(), ids=EMPTY)
def test_a_picture_without_content_is_named_by_its_title(axes: Any, draw: Callable[[Any], object]) -> None:
    axes.set_title("rentals by hour")
    draw(axes)
    assert empty_parts(axes.figure) == ["rentals by hour"]


def test_a_place_of_a_grid_that_is_switched_off_is_no_picture(axes: Any) -> None:
    axes.plot([1, 2])
    axes.figure.add_subplot(2, 2, 4).axis("off")
    assert empty_parts(axes.figure) == []


def test_a_figure_in_which_everything_is_switched_off_is_empty(axes: Any) -> None:
    axes.axis("off")
    assert len(empty_parts(axes.figure)) == 1
