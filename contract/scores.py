"""Metric values by channel, and the form in which they appear in the log of a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

Scores: TypeAlias = Mapping[str, Mapping[str, float]]
"""Metric values by channel and metric name: ``{"validation": {"rmse": 0.4}}``."""

PARAMETER = "{parameter}"
"""Stands in the name of a metric where a job puts a value of its own: ``ndcg@{parameter}``."""


class MetricLog(Protocol):
    """The form in which an algorithm's metrics appear in the log, where tuning jobs read them."""

    def lines(self, host: str, step: int | None, scores: Scores) -> Sequence[str]:
        """The log lines that ``host`` writes of one round, or of the final model where ``step`` is None."""

    def definition(self, channel: str, metric: str) -> Mapping[str, str] | None:
        """``Name`` and ``Regex`` as CreateTrainingJob wants them in MetricDefinitions; None where no tuner needs it."""
