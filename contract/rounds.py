"""Why the rounds of a booster ended and how far they came: one line of the job's log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ending:
    """The end of a training; rounds are counted from 0, as in the log.

    ``records`` are the rounds that were better than all before them, the last one is the best; none where no round is
    judged. ``patience`` is the number of rounds without progress that end a training, None where nothing does.
    """

    asked: int
    done: int
    records: Sequence[int]
    patience: int | None
    told: bool = False

    def __str__(self) -> str:
        if not self.records:
            return f"told to stop after {self.done} of {self.asked} rounds"
        best = self.records[-1]
        waited = self.done - 1 - best
        kept = f"round {best} is the best"
        if self.told:
            return f"told to stop after {self.done} of {self.asked} rounds: {kept}"
        if self.patience is not None and waited >= self.patience and self.done < self.asked:
            hint = "; it was still improving before, a larger early_stopping_rounds may find a better one"
            text = f"early stopping after {self.done} of {self.asked} rounds: {kept}, then {waited} without progress"
            return text + (hint if self._was_improving(best) else "")
        hint = "; it was still improving, more rounds may find a better one"
        return f"all {self.done} rounds are done: {kept}{hint if waited == 0 else ''}"

    def _was_improving(self, best: int) -> bool:
        """Returns whether half of the rounds up to the best one, as many as the patience, were records."""
        window = min(self.patience or 0, best)
        recent = sum(best - window < record <= best for record in self.records)
        return window > 0 and 2 * recent >= window
