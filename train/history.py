"""The metrics of a job as they come: printed for tuning jobs, kept for the learning curves."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping

from contract.scores import MetricLog, Scores


class History:
    """Prints each round in the algorithm's own form, and remembers it.

    Only one of several hosts is not ``quiet``: a tuner must not find the metrics of a round twice.
    """

    def __init__(self, metric_log: MetricLog, host: str, quiet: bool = False) -> None:
        self._metric_log = metric_log
        self._host = host
        self._quiet = quiet
        self.rounds: list[tuple[int, Scores]] = []
        self.names: dict[tuple[str, str], None] = {}

    def add(self, step: int, scores: Scores) -> None:
        """Records one round, and prints it at once, for tuners and people who watch the log."""
        self.rounds.append((step, scores))
        self._print(step, scores)

    def finish(self, best_iteration: int | None, scores: Scores) -> Scores:
        """Prints and returns the final model's metrics, completed by what the library computed in its round."""
        recorded = next((seen for step, seen in self.rounds if step == best_iteration), {})
        merged = _finite({name: {**recorded.get(name, {}), **scores.get(name, {})} for name in {**recorded, **scores}})
        self._print(best_iteration, merged)
        return merged

    def curves(self) -> dict[str, dict[str, tuple[list[float], list[float]]]]:
        """Returns the steps and the values by metric, then by channel."""
        found: dict[str, dict[str, tuple[list[float], list[float]]]] = {}
        for step, scores in sorted(self.rounds, key=lambda seen: seen[0]):
            for channel, values in scores.items():
                for metric, value in values.items():
                    steps, curve = found.setdefault(metric, {}).setdefault(channel, ([], []))
                    steps.append(step)
                    curve.append(value)
        return found

    def definitions(self) -> list[Mapping[str, str]]:
        """Returns the MetricDefinitions of everything that was printed."""
        found = (self._metric_log.definition(channel, metric) for channel, metric in self.names)
        return [definition for definition in found if definition is not None]

    def _print(self, step: int | None, scores: Scores) -> None:
        finite = _finite(scores)
        for line in () if self._quiet else self._metric_log.lines(self._host, step, finite):
            write_line(line)
        self.names.update(((channel, name), None) for channel, values in finite.items() for name in values)


def write_line(line: str) -> None:
    """Writes one line of the log, as it is and at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _finite(scores: Scores) -> Scores:
    """Leaves out metrics that are not finite, which neither a tuner nor JSON knows; makes the others plain floats."""
    return {
        channel: {name: float(value) for name, value in values.items() if math.isfinite(value)}
        for channel, values in scores.items()
    }
