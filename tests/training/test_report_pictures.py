"""Pictures: well-formed, inside their canvas, thinned, and true to the numbers."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from contract.figures import Bars, Figure, Lines, Matrix, Scatter
from train.report.axes import axis
from train.report.numbers import aligned, shown
from train.report.pictures import draw
from train.report.svg import WIDTH, Picture

NAN = math.nan
EXTREMES = [
    [0.0, 1.0], [5.0], [0.0], [-3.0, -3.0], [1e-12, 3e-12], [1e15, 1e15 + 1], [-1e299, 1e299], [1e-320, 3e-320],
    [-0.001, 0.002], [999_999.0, 1_000_001.0], [0.1 + 0.2, 0.3], [3e9, 8e9], [1e20, 9e25], [0, 1, 2], [0, 4321],
]  # fmt: skip


def drawn(figure: Figure) -> tuple[Picture, ET.Element]:
    picture = draw(figure, "key")
    assert picture is not None
    return picture, ET.fromstring(str(picture.svg))


def texts(element: ET.Element) -> list[str]:
    return [node.text or "" for node in element.iter("text")]


def of_class(element: ET.Element, kind: str) -> list[ET.Element]:
    return [node for node in element.iter() if kind in (node.get("class") or "").split()]


def points(element: ET.Element) -> list[tuple[float, float]]:
    """The corners of a path."""
    pairs = (element.get("d") or "").removeprefix("M").split("L")
    return [(float(pair.split()[0]), float(pair.split()[1])) for pair in pairs]


@pytest.mark.parametrize("values", EXTREMES)
@pytest.mark.parametrize("margin", [None, 0.0, 0.03])
def test_axis_covers_its_values_with_a_few_different_labels(values: list[float], margin: float | None) -> None:
    found = axis(np.array(values, np.float64), 5, margin=margin)
    labels = [label for _, label in found.ticks]
    assert found.low <= min(values) <= max(values) <= found.high
    assert (1 if min(values) == max(values) else 2) <= len(labels) <= 12
    assert len(set(labels)) == len(labels)
    assert all(0 <= found.pixel(value) <= 1 for value in values)
    assert all(-1e-6 <= found.pixel(value) <= 1 + 1e-6 for value, _ in found.ticks)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0.5, 1], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ([0, 1], ["0", "1"]),
        ([-20, 20], ["−20", "−10", "0", "10", "20"]),
        ([0, 2], ["0", "1", "2"]),
        ([0, 2e6], ["0.0", "0.5M", "1.0M", "1.5M", "2.0M"]),
        ([1000, 5000], ["1,000", "2,000", "3,000", "4,000", "5,000"]),
    ],
)
def test_ticks_are_round_numbers(values: list[float], expected: list[str]) -> None:
    assert [label for _, label in axis(np.array(values, np.float64), 5).ticks] == expected


def test_numbers_are_shown_as_people_write_them() -> None:
    values = [0, 1234.56789, 0.948174, -2.5, 1.23e-9, 5e12, 3.0, NAN, math.inf]
    assert [shown(value) for value in values] == [
        "0", "1,234.6", "0.94817", "−2.5", "1.23e-09", "5e+12", "3", "–", "–",
    ]  # fmt: skip
    assert aligned([146.44, 53.126, NAN]) == ["146.4", "53.1", "–"]


def test_curve_runs_through_its_values() -> None:
    _, svg = drawn(Lines("t", "round", "rmse", {"train": ([0, 1, 2], [0, 10, 5])}))
    (line,) = of_class(svg, "line")
    (x0, y0), (x1, y1), (x2, y2) = points(line)
    assert (x1 - x0) == pytest.approx(x2 - x1, abs=0.11)
    assert (y0 - y1) == pytest.approx(2 * (y2 - y1), abs=0.21)
    assert texts(svg)[:2] == ["rmse", "round"]


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    _, svg = drawn(Lines("t", "x", "y", {"a": (list(range(9000)), list(range(9000)))}))
    (line,) = of_class(svg, "line")
    corners = points(line)
    assert 2 <= len(corners) <= 500
    assert corners[0][1] == pytest.approx(266, abs=0.1)
    assert corners[-1][0] == pytest.approx(WIDTH - 14, abs=0.1)


def test_curve_of_one_point_is_a_dot() -> None:
    _, svg = drawn(Lines("t", "round", "rmse", {"train": ([0], [3.5])}))
    assert [node.tag for node in of_class(svg, "s2")] == ["circle"]


def test_series_without_a_finite_point_is_named_and_not_drawn() -> None:
    picture, svg = drawn(Lines("t", "x", "y", {"train": ([0, 1], [NAN, NAN]), "validation": ([0, 1], [1, NAN])}))
    assert picture.legend == [("s1", "validation")]
    assert picture.remarks == ["No finite value of train."]
    assert len(of_class(svg, "dot")) == 1


def test_a_channel_has_one_colour_in_every_picture_and_series_differ() -> None:
    def colours(*names: str) -> dict[str, str]:
        picture, _ = drawn(Lines("t", "x", "y", {name: ([0, 1], [0, 1]) for name in names}))
        return {name: colour for colour, name in picture.legend}

    assert colours("train", "validation") == {"train": "s2", "validation": "s1"}
    assert colours("validation")["validation"] == "s1"
    assert colours("p10", "train", "p90") == {"train": "s2", "p10": "s1", "p90": "s3"}
    assert len(set(colours(*"abcdefgh").values())) == 8


def test_line_of_a_guess_runs_from_corner_to_corner() -> None:
    _, svg = drawn(Lines("ROC", "x", "y", {"validation": ([0.2, 0.6], [0.5, 0.9])}, diagonal=True))
    (diagonal,) = of_class(svg, "diagonal")
    (left, bottom), (right, top) = points(diagonal)
    assert (right, top) == (WIDTH - 14, 26)
    assert bottom == 266
    assert left < 60


def test_scatter_draws_a_fixed_random_choice_of_many_records_and_says_so() -> None:
    x = list(range(6132))
    picture, svg = drawn(Scatter("t", "x", "y", x, x))
    again, _ = drawn(Scatter("t", "x", "y", x, x))
    (dots,) = of_class(svg, "dots")
    assert len(list(dots)) == 2000
    assert picture.remarks == ["2,000 of 6,132 records, chosen at random."]
    assert picture == again


def test_scatter_leaves_out_records_that_are_not_finite_and_says_how_many() -> None:
    picture, svg = drawn(Scatter("t", "x", "y", [1, 2, NAN], [1, 2, 3]))
    assert len(list(of_class(svg, "dots")[0])) == 2
    assert picture.remarks == ["1 records without a finite value left out."]


def test_scatter_of_equal_quantities_has_equal_axes() -> None:
    _, svg = drawn(Scatter("t", "actual", "predicted", [0, 100], [40, 60], diagonal=True))
    labels = texts(svg)
    assert labels.count("0") == labels.count("100") == 2


def test_bars_are_as_long_as_their_values_and_in_the_order_given() -> None:
    _, svg = drawn(Bars("t", "gain", {"small": 1.0, "large": 4.0}))
    small, large = (float(node.get("width") or 0) for node in of_class(svg, "bar"))
    assert large == pytest.approx(4 * small, abs=0.5)
    assert texts(svg) == ["gain", "small", "1.00", "large", "4.00"]


def test_bars_below_zero_grow_to_the_left() -> None:
    _, svg = drawn(Bars("t", "coefficient", {"up": 2.0, "down": -1.0}))
    up, down = of_class(svg, "bar")
    zero = float(up.get("x") or 0)
    assert float(down.get("x") or 0) + float(down.get("width") or 0) == pytest.approx(zero, abs=0.1)
    assert "−1.00" in texts(svg)


def test_only_the_first_twenty_bars_are_drawn_and_the_rest_is_told() -> None:
    picture, svg = drawn(Bars("t", "gain", {f"f{number}": 30.0 - number for number in range(30)} | {"bad": NAN}))
    assert len(of_class(svg, "bar")) == 20
    assert picture.remarks == ["The first 20 of 30.", "1 without a finite value left out."]


def test_long_names_are_cut_and_told_in_full() -> None:
    name = "a very long feature name that would not fit"
    _, svg = drawn(Bars("t", "gain", {name: 1.0}))
    assert texts(svg)[1] == "a very long feature n…"
    assert any(name in (node.text or "") for node in svg.iter("title"))


def test_matrix_shows_counts_and_shares_of_rows_and_tells_right_from_wrong() -> None:
    _, svg = drawn(Matrix("t", "actual", "predicted", ["no", "yes"], [[30, 10], [0, 5]]))
    assert texts(svg)[2:] == ["no", "yes", "no", "yes", "30", "75.0%", "10", "25.0%", "0", "0.0%", "5", "100.0%"]
    assert (len(of_class(svg, "right")), len(of_class(svg, "wrong"))) == (2, 2)
    strength = [float(node.get("fill-opacity") or 0) for node in of_class(svg, "cell")]
    assert strength[3] > strength[0] > strength[1] > strength[2]


def test_large_matrix_shows_its_largest_classes_shaded_without_numbers() -> None:
    counts = np.diag(np.arange(1, 101))
    picture, svg = drawn(Matrix("t", "actual", "predicted", [f"c{number}" for number in range(100)], counts.tolist()))
    assert len(of_class(svg, "cell")) == 50
    assert "c99 → c99: 100 (100.0% of the row)" in [node.text for node in svg.iter("title")]
    assert "The 50 largest of 100 classes." in picture.remarks


def test_matrix_of_many_classes_grows_downwards_and_names_rows_and_columns_in_full() -> None:
    names = [f"{number:05d}" for number in range(43)]
    _, svg = drawn(Matrix("t", "actual", "predicted", names, np.eye(43, dtype=int).tolist()))
    cells, height = of_class(svg, "cell"), float((svg.get("viewBox") or "").split()[3])
    assert all(float(cell.get("height") or 0) > 9 for cell in cells)
    assert all(float(cell.get("y") or 0) + float(cell.get("height") or 0) < height - 40 for cell in cells)
    assert set(texts(svg)[2:]) < set(names)
    assert len(texts(svg)[2:]) > 25


def test_counts_that_are_wider_than_their_cells_are_shortened() -> None:
    counts = np.full((12, 12), 1_234_567).tolist()
    _, svg = drawn(Matrix("t", "actual", "predicted", [f"class {number}" for number in range(12)], counts))
    assert "1.2M" in texts(svg)


@pytest.mark.parametrize("values", EXTREMES)
def test_every_picture_of_extreme_numbers_is_well_formed_and_inside_its_canvas(values: list[float]) -> None:
    names = [f"name {number}" for number in range(len(values))]
    figures: list[Figure] = [
        Lines("t", "x", "y", {"validation": (values, values[::-1])}, diagonal=True),
        Scatter("t", "x", "y", values, values, diagonal=True),
        Bars("t", "x", dict(zip(names, values, strict=True))),
    ]
    for figure in figures:
        _, svg = drawn(figure)
        height = float((svg.get("viewBox") or "").split()[3])
        for node in svg.iter():
            assert 0 <= float(node.get("x") or 0) <= WIDTH
            assert 0 <= float(node.get("y") or 0) <= height
            assert "nan" not in (node.get("d") or "")
