"""The metrics of mlp as they appear in the log, where tuning jobs read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract.builtins.problem import PROBLEM_METRICS
from contract.metrics import Direction, directions
from contract.metrics.notation import decimal
from contract.scores import Scores

DIRECTIONS: Mapping[str, Direction] = directions(("loss", *PROBLEM_METRICS))
"""The better side of each metric."""


class MLPLog:
    """``Epoch 3: train_loss=0.41 validation_loss=0.44``; once more, with all metrics, for the epoch that is kept.

    So the last value that a tuning job finds is that of the model. The losses of that line are repeated from the epoch
    that is kept: ``validation_loss`` is that of the model, ``train_loss`` was gathered while it learned.
    """

    def lines(self, host: str, step: int | None, scores: Scores) -> Sequence[str]:
        fields = [
            f"{channel}_{name}={decimal(value)}" for channel, values in scores.items() for name, value in values.items()
        ]
        return [" ".join([f"Epoch {step or 0}:", *fields])] if fields else []

    def definition(self, channel: str, metric: str) -> Mapping[str, str] | None:
        # The blank keeps a channel from matching in another whose name ends alike.
        return {"Name": f"{channel}:{metric}", "Regex": rf" {channel}_{metric}=(\S+)"}
