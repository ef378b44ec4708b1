"""Whether a new model is better than the one that serves, by a metric that both have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from launch.declaration import Declared
from launch.description import Job
from launch.description.metrics import of_job
from launch.errors import UsageError

SIGNS = {"Minimize": -1, "Maximize": 1}


@dataclass(frozen=True)
class Measure:
    """A metric, the channel that it is measured on, and which way is better."""

    name: str
    channel: str
    direction: str
    """``Minimize`` or ``Maximize``."""

    def improvement(self, old: float, new: float) -> float:
        """How much better the new value is, in the metric's own unit; less than 0 where it is worse.

        A value that is no number is worse than every number.
        """
        if math.isnan(new) or math.isnan(old):
            return -math.inf if math.isnan(new) else math.inf
        return SIGNS[self.direction] * (new - old)

    def better(self, old: float, new: float, least: float = 0.0) -> bool:
        """Whether the new value is better, and by ``least`` or more."""
        gain = self.improvement(old, new)
        return gain > 0 and (gain >= least or math.isclose(gain, least))


def measures(job: Job, declared: Declared) -> list[Measure]:
    """Every metric by which models of a description can be compared, the most telling one first."""
    goals = {job.tuning.metric: f"{job.tuning.goal.capitalize()}"} if job.tuning and job.tuning.goal else {}
    found = [
        Measure(metric.name, metric.channel, direction)
        for metric in of_job(job, declared)
        if (direction := goals.get(metric.name, metric.direction))
    ]
    wanted = job.tuning.metric if job.tuning else ""
    return sorted(found, key=lambda one: (one.name != wanted, one.channel == "train"))


def chosen(known: list[Measure], asked: str, old: Mapping[str, float], new: Mapping[str, float]) -> Measure | None:
    """The metric that was asked for, or the first one that both models have; None where there is none."""
    usable = [one for one in known if one.name in old and one.name in new and (asked or one.channel != "train")]
    return next((one for one in usable if asked in ("", one.name)), None)


def check(known: list[Measure], asked: str) -> None:
    """Raises ``UsageError`` for a metric that the algorithm does not have, or of which no value is better."""
    if asked and asked not in [one.name for one in known]:
        names = ", ".join(one.name for one in known)
        raise UsageError(f"--metric {asked}: models of this description can be compared by {names or 'no metric'}")


def rows(old: Mapping[str, float], new: Mapping[str, float]) -> list[tuple[str, str, str]]:
    """The table of all metrics that either model has."""
    names = sorted(old.keys() | new.keys())
    return [("metric", "old", "new"), *((name, _shown(old.get(name)), _shown(new.get(name))) for name in names)]


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
