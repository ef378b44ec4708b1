"""The metrics as they appear in the log, where tuning jobs read them: MXNet's form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from contract.scores import Scores


class ImageClassificationLog:
    """``Epoch[0] Train-accuracy=0.375000``: a line a metric, with nothing behind the value.

    Epochs count from 0. The lines of the final model are of the epoch that it stands at.
    """

    def lines(self, host: str, step: int | None, scores: Scores) -> Sequence[str]:
        return [
            f"Epoch[{step or 0}] {_title(channel)}-{metric}={value:.6f}"
            for channel, values in scores.items()
            for metric, value in values.items()
        ]

    def definition(self, channel: str, metric: str) -> Mapping[str, str] | None:
        return {"Name": f"{channel}:{metric}", "Regex": rf"Epoch\S* {_title(channel)}-{re.escape(metric)}=(\S*)"}


def _title(channel: str) -> str:
    return channel[:1].upper() + channel[1:]
