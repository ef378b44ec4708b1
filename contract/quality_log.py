"""The log lines of SageMaker's first-party algorithms, where its tuner reads their metrics.

    [11/23/2026 09:15:02 INFO 139872] #quality_metric: host=algo-1, epoch=3, train mse_objective <loss>=0.52
    [11/23/2026 09:15:02 INFO 139872] #quality_metric: host=algo-1, test msd <loss>=12.5
    [11/23/2026 09:15:02 INFO 139872] #progress_metric: host=algo-1, completed 100.0 % of epochs

Lines with ``epoch=`` come while the model is trained, those without it are of the final model.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from contract.context import Context
from contract.metrics import Direction
from contract.scores import Scores


@dataclass(frozen=True)
class QualityLog:
    """Writes the quality metrics. ``losses`` are those marked ``<loss>`` (less is better), all others are ``<score>``.

    ``tokens`` are the words of the log for metrics that a tuner knows by another name, as in
    ``{"binary_f_beta": "binary_f_1.000"}``; where one depends on a hyperparameter, the algorithm names its metric like
    the token and ``names`` maps the token's beginning to the tuner's name: ``{"binary_f_": "binary_f_beta"}``.
    ``quiet`` metrics are logged without being advertised.
    """

    losses: Collection[str] = frozenset()
    tokens: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    quiet: Collection[str] = frozenset()

    @classmethod
    def of(cls, metrics: Mapping[str, Direction | None]) -> QualityLog:
        """Returns the log of these metrics: a loss is what is to be minimised."""
        return cls(losses=frozenset(name for name, direction in metrics.items() if direction == "Minimize"))

    def lines(self, host: str, step: int | None, scores: Scores) -> Sequence[str]:
        epoch = "" if step is None else f" epoch={step},"
        lines = [
            line(f"#quality_metric: host={host},{epoch} {channel} {self._marked(metric)}={value!r}")
            for channel, values in scores.items()
            for metric, value in values.items()
        ]
        if step is not None:
            return lines
        if "test" not in scores:
            return [*lines, line("Test data is not provided.")]
        old_form = (f"#test_score ({host}) : {(self._token(name), value)}" for name, value in scores["test"].items())
        return [*lines, *map(line, old_form)]

    def definition(self, channel: str, metric: str) -> Mapping[str, str] | None:
        if metric in self.quiet:
            return None
        name = next((name for start, name in self.names.items() if metric.startswith(start)), metric)
        marked = re.escape(self._marked(metric)).replace(r"\ ", " ")
        regex = rf"#quality_metric: host=\S+, {channel} {marked}=(\S+)"
        return {"Name": f"{channel}:{name}", "Regex": regex}

    def _marked(self, metric: str) -> str:
        return f"{self._token(metric)} <{'loss' if metric in self.losses else 'score'}>"

    def _token(self, metric: str) -> str:
        return self.tokens.get(metric, metric)


class ProgressLog:
    """Logs after every epoch how far the training is and how many records it sees a second."""

    def __init__(self, context: Context, epochs: int) -> None:
        self._context = context
        self._epochs = epochs
        self._done = 0
        self._since = time.monotonic()

    def epoch_done(self, records: int) -> None:
        """Logs the end of an epoch; ``records`` is the number of its records."""
        self._done += 1
        now, since = time.monotonic(), self._since
        self._since = now
        host, rate = self._context.host, records / max(now - since, 1e-9)
        self._context.log(
            line(f"#progress_metric: host={host}, completed {100 * self._done / self._epochs:.1f} % of epochs")
        )
        self._context.log(line(f"#throughput_metric: host={host}, train throughput={rate:.1f} records/second"))


def line(text: str) -> str:
    """Returns the text with date, level and thread in front of it."""
    return f"[{time.strftime('%m/%d/%Y %H:%M:%S')} INFO {threading.get_native_id()}] {text}"
