"""What an algorithm tells while it learns, kept for a test to look at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from contract.context import Context
from contract.scores import Scores


@dataclass
class Log:
    """The rounds and the lines of one job."""

    rounds: list[tuple[int, Scores]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def context(self, **others: Any) -> Context:
        """What ``fit`` gets, so that it tells them here."""
        told = Context(log_round=lambda step, scores: self.rounds.append((step, scores)), log=self.lines.append)
        return replace(told, **others)

    def history(self, metric: str, channel: str = "validation") -> list[float]:
        """A metric, round by round."""
        return [scores[channel][metric] for _, scores in self.rounds]

    def found(self, text: str) -> list[str]:
        """The lines that hold a text."""
        return [line for line in self.lines if text in line]
