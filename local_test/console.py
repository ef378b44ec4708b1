"""Output for people: short, aligned, without colours, one fact per line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from local_test.result import OUT_OF_MEMORY, JobResult
from local_test.runtime import Log

_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


def say(text: str = "") -> None:
    """Prints at once, also into a pipe."""
    print(text, flush=True)


def log_line(line: str) -> None:
    """Shows a line of a program's log apart from our own words."""
    say(f"  | {line}")


def thinning(log: Log) -> Log:
    """Passes a log on, but of lines that differ in their numbers only the first, second, fourth, eighth and so on."""
    seen: Counter[str] = Counter()

    def write(line: str) -> None:
        shape = _NUMBER.sub("0", line)
        seen[shape] += 1
        if seen[shape] & (seen[shape] - 1) == 0:  # a power of two
            log(line)

    return write


def table(rows: Iterable[Sequence[str]], indent: str = "  ") -> str:
    """Rows of cells as aligned columns."""
    cells = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in cells]
    return "\n".join((indent + "  ".join(row)).rstrip() for row in padded)


def metrics_table(result: JobResult) -> str:
    """The final metrics; a line is never missing without a word why."""
    if not result.metrics:
        return "  none: the program wrote no metric definitions"
    return table((metric.name, "no value" if metric.final is None else f"{metric.final:.6g}")
                 for metric in result.metrics)  # fmt: skip


def ending(result: JobResult) -> str:
    """The status of the job and its reason, in the service's words."""
    lines = [f"{result.status} after {result.ending.seconds:.1f} s"]
    if result.ending.stopped:
        lines[0] += f" ({result.ending.stopped})"
    if result.failure_reason:
        lines.append(f"FailureReason: {result.failure_reason}")
    if result.status == "Failed" and result.ending.exit_code == 137:
        lines.append(OUT_OF_MEMORY)
    return "\n".join(lines + [f"warning: {warning}" for warning in result.warnings])


def places(result: JobResult) -> str:
    """A table of the paths of the job's files."""
    files = {"model": result.model, "metrics": result.output / "metrics.json", "report": result.data / "report.html",
             "output": result.data, "log": result.log, "summary": result.output / "job.json"}  # fmt: skip
    return table((name, str(path)) for name, path in files.items() if path.exists())
