"""The page: self-contained, in order, and harmless whatever the names in it are."""

from __future__ import annotations

import math
from html.parser import HTMLParser

import numpy as np
import pytest

from contract.figures import Bars, Figure, Lines, Matrix, Scatter
from contract.metrics import roc_curve
from train.report import Report, render
from train.report.metric_rows import maximised, without_repetitions

NAN = math.nan
CURVE = Lines(
    "Learning curve", "round", "rmse", {"train": ([0, 1, 2], [5, 4, 3]), "validation": ([0, 1, 2], [6, 5, 5])}
)
DOTS = Scatter("Predicted against actual", "actual", "predicted", [1, 2, 3], [1.1, 2.1, 2.9], diagonal=True)
BARS = Bars("Feature importance", "gain", {"age": 0.75, "height": 0.25})
MATRIX = Matrix("Confusion matrix", "actual", "predicted", ["no", "yes"], [[50, 10], [4, 36]])
REPORT = Report(
    title="bikes-2026",
    algorithm="xgboost 3.2.0",
    task="regression",
    duration="41 s",
    notes=["Stopped early at round 37 of 200."],
    metrics={"train": {"rmse": 53.126, "r2": 0.9912}, "validation": {"rmse": 146.44, "r2": 0.94817}},
    maximised={"r2"},
    learning_curves=[CURVE],
    figures=[DOTS, MATRIX, BARS],
    data={"train": [("rows", "7,008")], "validation": [("rows", "1,752"), ("missing cells", "17")]},
    hyperparameters=[("eta", "0.1", "given"), ("gamma", "0", "default")],
    versions={"python": "3.13.1", "xgboost": "3.2.0"},
)


class Page(HTMLParser):
    """What a browser finds in a page: elements with their attributes, and the texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def count(self, tag: str) -> int:
        return sum(element == tag for element, _ in self.elements)

    def text(self) -> str:
        return " ".join(text for text in self.texts if text)


def of_one_class() -> tuple[list[float], list[float]]:
    """An ROC curve where every label is 1."""
    false, true = roc_curve(np.ones(3), np.arange(3))
    return false.tolist(), true.tolist()


def places(text: str, *parts: str) -> list[int]:
    return [text.index(part) for part in parts]


def test_page_needs_no_network_no_script_and_no_style_attribute() -> None:
    html = render(REPORT)
    page = Page(html)
    names = {name for _, attributes in page.elements for name in attributes}
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "foreignobject", "a", "use"}
    assert not {name for name in names if name.startswith("on")} | (names & {"style", "src", "href", "xlink:href"})
    assert "url(" not in html
    assert "@import" not in html
    assert page.count("style") == 1


def test_page_itself_forbids_the_browser_to_load_or_run_anything() -> None:
    policies = [attributes.get("content") for tag, attributes in Page(render(REPORT)).elements if tag == "meta"]
    assert "default-src 'none'; style-src 'unsafe-inline'" in policies


def test_page_tells_everything_in_the_order_a_reader_asks() -> None:
    text = Page(render(REPORT)).text()
    order = places(
        text, "Duration", "Stopped early at round 37", "146.44"[:5], "Learning curve", "Predicted against actual",
        "Confusion matrix", "Feature importance", "missing cells", "eta", "gamma", "python",
    )  # fmt: skip
    assert order == sorted(order)
    assert "xgboost 3.2.0" in text
    assert "regression" in text


def test_metrics_of_validation_stand_before_those_of_train_with_equal_decimals() -> None:
    text = Page(render(REPORT)).text()
    rmse, r2 = text.index("rmse"), text.index("r2")
    assert text.index("146.4", rmse) < text.index("53.1", rmse) < r2
    assert text.index("0.9482", r2) < text.index("0.9912", r2)


def test_metrics_say_which_direction_is_better() -> None:
    page = Page(render(REPORT))
    told = [attributes["aria-label"] for _, attributes in page.elements if attributes.get("class") == "arrow"]
    assert told == ["smaller is better", "larger is better"]
    other = Report("t", "a", "t", metrics={"test": {"pwll": 1.0}}, maximised={"pwll"})
    assert "larger is better" in render(other)


def test_metrics_beyond_the_first_four_go_into_a_table_and_each_is_shown_once() -> None:
    names = [f"metric-{number}" for number in range(9)]
    text = Page(render(Report("t", "a", "t", metrics={"train": dict.fromkeys(names, 0.5)}))).text()
    assert [text.count(name) for name in names] == [1] * 9


def test_metric_that_is_nowhere_finite_is_left_out_and_a_partial_one_shows_a_dash() -> None:
    metrics = {"train": {"auc": NAN, "mape": math.inf}, "validation": {"auc": 0.75, "mape": NAN}}
    text = Page(render(Report("t", "a", "t", metrics=metrics))).text()
    assert "mape" not in text
    assert "0.7500 on validation · – on train" in text


def test_text_of_the_user_is_text_and_never_markup() -> None:
    evil = """<script>alert(1)</script>"'><img src=x onerror=alert(1)> & </style></svg>"""
    report = Report(
        title=evil, algorithm=evil, task=evil, duration=evil, notes=[evil],
        metrics={evil: {evil: 1.0, **{f"{evil}{number}": 1.0 for number in range(5)}}},
        learning_curves=[Lines(evil, evil, evil, {evil: ([0, 1], [1, 2]), f"{evil}2": ([0], [NAN])})],
        figures=[
            Scatter(evil, evil, evil, [1], [1]), Bars(evil, evil, {evil: 1.0}),
            Matrix(evil, evil, evil, [evil], [[1]]), Bars(evil, evil, {}),
        ],
        data={evil: [(evil, evil)]}, hyperparameters=[(evil, evil, "given"), (evil, evil, "default")],
        versions={evil: evil},
    )  # fmt: skip
    harmless = render(REPORT)
    page = Page(render(report))
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in Page(harmless).elements}
    assert not {name for _, attributes in page.elements for name in attributes if name.startswith("on")}
    assert page.count("style") == 1
    assert page.text().count("<script>alert(1)</script>") >= 20


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        (Lines("Empty", "x", "y", {}), "none of its points is finite"),
        (Lines("Empty", "x", "y", {"validation": ([0, 1], [NAN, math.inf])}), "none of its points is finite"),
        (Lines("Empty", "x", "y", {"a": of_one_class()}), "none of its points is finite"),
        (Scatter("Empty", "x", "y", [], []), "no record has two finite values"),
        (Scatter("Empty", "x", "y", [1, NAN], [NAN, 1]), "no record has two finite values"),
        (Bars("Empty", "x", {}), "none of its values is finite"),
        (Bars("Empty", "x", {"a": NAN}), "none of its values is finite"),
        (Matrix("Empty", "r", "c", [], []), "it counts no record"),
        (Matrix("Empty", "r", "c", ["a", "b"], [[0, 0], [0, 0]]), "it counts no record"),
    ],
)
def test_figure_in_which_nothing_is_to_be_seen_is_left_out_and_the_page_says_why(figure: Figure, reason: str) -> None:
    page = Page(render(Report("t", "a", "t", learning_curves=[figure], figures=[BARS])))
    assert page.count("figure") == 1
    assert f"“Empty” is not drawn: {reason}." in page.text()


def test_pictures_are_named_for_those_who_cannot_see_them() -> None:
    page = Page(render(REPORT))
    pictures = [attributes for tag, attributes in page.elements if tag == "svg" and attributes.get("role") == "img"]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(pictures) == 4
    assert len(set(ids)) == len(ids)
    for attributes in pictures:
        assert set((attributes["aria-labelledby"] or "").split()) <= set(ids)
    assert "train ends at 3; validation ends at 5" in page.text()
    assert "86.0% of 100 records lie on the diagonal" in page.text()


def test_sections_that_have_nothing_to_tell_are_absent() -> None:
    page = Page(render(Report("t", "a", "t")))
    assert page.count("h1") == 1
    assert page.count("section") == 0


def test_page_of_a_large_job_stays_under_a_megabyte_and_is_the_same_every_time() -> None:
    rng = np.random.default_rng(0)
    values = rng.random(100_000).tolist()
    curves = {channel: (list(range(4000)), values[:4000]) for channel in ("train", "validation")}
    counts = rng.integers(1, 9, (200, 200)).tolist()
    report = Report(
        "large", "a", "t",
        learning_curves=[Lines(f"curve {number}", "round", "m", curves) for number in range(4)],
        figures=[
            Scatter("dots", "x", "y", values, values[::-1], diagonal=True),
            Matrix("matrix", "r", "c", [f"class {number}" for number in range(200)], counts),
            Bars("bars", "x", {f"feature {number}": 1.0 for number in range(5000)}),
        ],
    )  # fmt: skip
    html = render(report)
    assert len(html.encode()) < 1_000_000
    assert html == render(report)


def test_the_better_side_is_the_algorithms_own_and_only_else_the_usual_one() -> None:
    declared = {"roc_auc_score": "Maximize", "binary_f_{parameter}": "Maximize", "F": "Maximize", "oddity": "Maximize"}
    names = ["roc_auc_score", "binary_f_1.000", "F:beta=2", "oddity", "ndcg@3", "rmse"]
    assert maximised(names, declared) == {*names} - {"rmse"}
    assert maximised(["accuracy"], {"accuracy": "Minimize"}) == set()


def test_a_number_that_a_library_told_in_another_spelling_is_shown_once() -> None:
    declared = {"AUC": "Maximize", "RMSE": "Minimize"}
    told = {"test": {"AUC": 0.75, "auc": 0.7500001, "RMSE": 1.0, "rmse": 2.0, "r2": 0.5}}
    assert list(without_repetitions(told, declared)["test"]) == ["AUC", "RMSE", "rmse", "r2"]
