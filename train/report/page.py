"""One self-contained page: no network, no script, nothing but inline styles and pictures."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from contract.figures import Figure
from train.report.numbers import aligned
from train.report.pictures import WHY_NOT, draw
from train.report.svg import Picture

MOST_TILES = 4
_CHANNEL_ORDER = ("validation", "test")


@dataclass(frozen=True)
class Report:
    """The content of the page, in its order. Every text may hold anything: it is escaped."""

    title: str
    """The heading: the name of the job, or of the algorithm."""
    algorithm: str
    """Name and version: ``xgboost 3.2.0``."""
    task: str
    """``regression``, ``binary classification`` … and what is predicted, if known."""
    duration: str = ""
    """``41 s``, or empty where it is not known."""
    notes: Sequence[str] = ()
    """Sentences that the reader should know first: ``Stopped early at round 37 of 200.``"""
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Values by channel and metric, the most important metric first; values that are not finite are left out."""
    maximised: Collection[str] = ()
    """Names of the metrics of which more is better."""
    learning_curves: Sequence[Figure] = ()
    figures: Sequence[Figure] = ()
    """The answers (predicted against actual, confusion matrix, ROC …), then the model (importance …)."""
    data: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """By channel: labels and texts that describe its data."""
    hyperparameters: Sequence[tuple[str, str, Literal["given", "default"]]] = ()
    """Names, values, and where each value comes from."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions by name of what made the model."""


@dataclass(frozen=True)
class MetricRow:
    """A metric's row: its texts by channel, with a dash where a channel has no finite value."""

    name: str
    larger_is_better: bool
    values: Mapping[str, str]


def render(report: Report) -> str:
    """The page as HTML text."""
    channels = _ordered(report.metrics)
    pictures, empty = _pictures([*report.learning_curves, *report.figures])
    return _template().render(
        report=report,
        channels=channels,
        metrics=_metrics(report, channels),
        tiles=MOST_TILES,
        pictures=pictures,
        empty=empty,
        summary=_summary(report.data),
        given=[(name, value) for name, value, origin in report.hyperparameters if origin == "given"],
        defaults=[(name, value) for name, value, origin in report.hyperparameters if origin == "default"],
    )


@cache
def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.jinja")


def _ordered(metrics: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Channels that a model was not trained on come first: they tell how good it is."""
    first = [name for name in _CHANNEL_ORDER if name in metrics]
    return first + [name for name in metrics if name not in first]


def _metrics(report: Report, channels: Sequence[str]) -> list[MetricRow]:
    """A row for every metric that is finite on some channel."""
    names = dict.fromkeys(name for channel in channels for name in report.metrics[channel])
    rows = []
    for name in names:
        values = [report.metrics[channel].get(name, math.nan) for channel in channels]
        if any(map(math.isfinite, values)):
            texts = dict(zip(channels, aligned(values), strict=True))
            rows.append(MetricRow(name, name in report.maximised, texts))
    return rows


def _pictures(figures: Sequence[Figure]) -> tuple[list[Picture], list[str]]:
    """The pictures, and a sentence for each figure in which nothing is to be seen."""
    pictures, empty = [], []
    for number, figure in enumerate(figures, start=1):
        if picture := draw(figure, f"picture-{number}"):
            pictures.append(picture)
        else:
            empty.append(f"“{figure.title}” is not drawn: {WHY_NOT[type(figure)]}.")
    return pictures, empty


def _summary(data: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, dict[str, str]]:
    """Returns the texts by label, then by channel."""
    table: dict[str, dict[str, str]] = {}
    for channel, rows in data.items():
        for label, text in rows:
            table.setdefault(label, {})[channel] = text
    return table
