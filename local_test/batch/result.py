"""The result of a batch transform, in the words of DescribeTransformJob and of the service's log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from local_test.batch.request import TransformRequest
from local_test.batch.sending import Refusal

SUMMARY, LOG = "transform.json", "transform.log"
SHOWN = 5
"""Files that failed which are told one by one."""


@dataclass
class FileResult:
    """One input: ``key`` is its path below the data, ``problem`` why it has no output."""

    key: str
    records: int = 0
    requests: int = 0
    problem: Refusal | None = None

    @property
    def output(self) -> str:
        """The path of its output below the output folder."""
        return f"{self.key}.out"

    def lines(self) -> Iterator[str]:
        """The lines that the service logs about its failure."""
        if self.problem is not None:
            yield f"{self.key}: {self.problem.reason}"
            if self.problem.message:
                yield f"{self.key}: Message: {self.problem.message.strip()[:2048]}"


@dataclass(repr=False)
class TransformResult:
    """One batch transform that has ended; ``seconds`` are those of its requests, without the server's start."""

    request: TransformRequest
    output: Path
    seconds: float = 0.0
    inputs: list[FileResult] = field(default_factory=list)

    @property
    def status(self) -> str:
        """``Completed``, or ``Failed`` where one file has no output."""
        return "Failed" if self.failed else "Completed"

    @property
    def failed(self) -> list[FileResult]:
        """The inputs that have no output."""
        return [one for one in self.inputs if one.problem is not None]

    @property
    def failure_reason(self) -> str:
        """As the service words it: the log says more."""
        if not self.failed:
            return ""
        client = all(one.problem is not None and one.problem.client for one in self.failed)
        return f"{'ClientError' if client else 'AlgorithmError'}: See job logs for more information"

    @property
    def files(self) -> list[Path]:
        """The ``.out`` files."""
        return [self.output / one.output for one in self.inputs if one.problem is None]

    @property
    def records(self) -> int:
        """Records in the output; a file that is not split is one."""
        return sum(one.records for one in self.inputs if one.problem is None)

    @property
    def requests(self) -> int:
        """Requests that were answered for the output."""
        return sum(one.requests for one in self.inputs if one.problem is None)

    @property
    def log(self) -> Path:
        """The log of the server and of the platform, each line behind its time."""
        return self.output / LOG

    def ending(self) -> str:
        """Its status and reason, in the service's words."""
        lines = [f"{self._ended}: {self._counts}"]
        if self.failed:
            lines.append(f"FailureReason: {self.failure_reason}")
            lines += [f"  {line}" for one in self.failed[:SHOWN] for line in one.lines()]
        if len(self.failed) > SHOWN:
            lines.append(f"  … and {counted(len(self.failed) - SHOWN, 'more file')}: {self.log}")
        return "\n".join(lines)

    def description(self) -> dict[str, Any]:
        """The content of transform.json."""
        return {
            "TransformJobName": self.request.name,
            "TransformJobStatus": self.status,
            "FailureReason": self.failure_reason,
            "TransformTimeInSeconds": round(self.seconds, 3),
            "Records": self.records,
            "Requests": self.requests,
            "Files": [one.output for one in self.inputs if one.problem is None],
            "Failures": {one.key: list(one.lines()) for one in self.failed},
        }

    def write(self) -> None:
        """Writes transform.json."""
        text = json.dumps(self.description(), indent=2, ensure_ascii=False)
        (self.output / SUMMARY).write_text(text + "\n", encoding="utf-8")

    def __repr__(self) -> str:
        return f"{self._ended}: {self._counts}: {self.output}"

    def _repr_html_(self) -> str:
        """How a notebook shows it."""
        counts = {"files": len(self.files), "records": self.records, "requests": self.requests}
        rows = "".join(f"<tr><td>{name}</td><td>{count}</td></tr>" for name, count in counts.items())
        head = f"<th>{escape(self._ended)}</th><th></th>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    @property
    def _ended(self) -> str:
        return f"{self.status} after {self.seconds:.1f} s"

    @property
    def _counts(self) -> str:
        files = f"{len(self.files)} of {counted(len(self.inputs), 'file')}"
        return f"{files}, {counted(self.records, 'record')} in {counted(self.requests, 'request')}"


def counted(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
