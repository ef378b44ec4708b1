"""Metric definitions as in CreateTrainingJob, applied to a job's log line by line as the service does."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

DEFINITIONS_FILE = "metric_definitions.json"
_LIMITS = {"Name": 255, "Regex": 500}


@dataclass
class LoggedMetric:
    """One metric of a job: ``values`` in the order of the log, each with the time of its line."""

    name: str
    regex: re.Pattern[str]
    values: list[float] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    unreadable: str = ""

    def take(self, time: datetime, line: str) -> None:
        """Keeps the number that the first group of the regex finds in a line."""
        found = self.regex.search(line)
        if found is None:
            return
        text = found.group(1) or ""
        try:
            self.values.append(float(text))
        except ValueError:
            self.unreadable = text
            return
        self.times.append(time)

    @property
    def final(self) -> float | None:
        """The last value, which is the one that the service reports."""
        return self.values[-1] if self.values else None

    def problem(self) -> str:
        """The reason why a tuning job could not use the metric; empty if it can."""
        if self.unreadable:
            return f"metric {self.name}: the regex captures {self.unreadable[:40]!r}, which is not a number"
        if self.final is None:
            return f"metric {self.name}: no log line matches {self.regex.pattern}"
        if not math.isfinite(self.final):
            return f"metric {self.name}: the last value is {self.final}, which a tuning job cannot use"
        return ""

    def final_form(self) -> dict[str, Any]:
        """An entry of ``FinalMetricDataList`` in DescribeTrainingJob; JSON has no word for nan, so it is null."""
        assert self.final is not None
        value = self.final if math.isfinite(self.final) else None
        return {"MetricName": self.name, "Value": value, "Timestamp": self.times[-1].isoformat()}


def read_definitions(path: Path) -> tuple[list[LoggedMetric], list[str]]:
    """Reads a list of ``{"Name", "Regex"}``; gives back the metrics, without values, and the problems found.

    A job without the file has no metrics, which is no problem.
    """
    if not path.is_file():
        return [], []
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        pairs = [(str(entry["Name"]), str(entry["Regex"])) for entry in entries]
    except (ValueError, KeyError, TypeError) as error:
        return [], [f'{path.name} is not a list of {{"Name", "Regex"}}: {error!r}']
    problems = [f"{path.name} has {len(pairs)} metrics; the service takes 40"] if len(pairs) > 40 else []
    metrics = []
    for name, regex in pairs:
        problem = _problem_of(name, regex)
        if problem:
            problems.append(f"metric {name}: {problem}")
        else:
            metrics.append(LoggedMetric(name, re.compile(regex)))
    return metrics, problems


def _problem_of(name: str, regex: str) -> str:
    for part, text in (("Name", name), ("Regex", regex)):
        if len(text) > _LIMITS[part]:
            return f"its {part} is longer than {_LIMITS[part]} characters"
    try:
        groups = re.compile(regex).groups
    except re.error as error:
        return f"its regex cannot be read: {error}"
    return "" if groups else "its regex has no group to capture the number"


def scan(lines: Iterable[tuple[datetime, str]], metrics: list[LoggedMetric]) -> None:
    """Applies every metric's regex to every line."""
    for time, line in lines:
        for metric in metrics:
            metric.take(time, line)


def read_log(path: Path) -> Iterator[tuple[datetime, str]]:
    """The lines of a log file as ``stamped`` wrote them."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            time, _, text = line.rstrip("\n").partition(" ")
            yield datetime.fromisoformat(time), text


def stamped(time: datetime, line: str) -> str:
    """A line of a log file: the time, as CloudWatch keeps it beside the line, one blank, the line."""
    return f"{time.isoformat(timespec='milliseconds')} {line}\n"
