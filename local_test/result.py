"""The result of a training job, in the words of DescribeTrainingJob."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from local_test.metrics import LoggedMetric
from local_test.request import TrainingRequest

FAILURE_REASON_LIMIT = 1024
OUT_OF_MEMORY = (
    "exit code 137 is SIGKILL, most often because memory ran out: use less data, fewer threads or a larger machine"
)


@dataclass(frozen=True)
class ExitStatus:
    """The exit of a program: ``stopped`` is empty, or the reason why it was stopped from outside."""

    exit_code: int
    seconds: float
    stopped: str = ""


@dataclass(repr=False)
class JobResult:
    """One job that has ended; ``output`` is its folder, and what it left lies there."""

    request: TrainingRequest
    runtime: str
    output: Path
    ending: ExitStatus
    failure_reason: str = ""
    metrics: list[LoggedMetric] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """``Completed``, ``Failed`` or ``Stopped``. How a stopped program exits does not matter, as on the service."""
        if self.failure_reason:
            return "Failed"
        return "Stopped" if self.ending.stopped else "Completed"

    @property
    def model(self) -> Path:
        """model.tar.gz; it exists when the job did not fail and the program left a model."""
        return self.output / "model.tar.gz"

    @property
    def data(self) -> Path:
        """The folder with what the program wrote to ``/opt/ml/output/data``, unpacked."""
        return self.output / "output"

    @property
    def log(self) -> Path:
        """The log, each line behind its time."""
        return self.output / "training.log"

    @property
    def scores(self) -> dict[str, float]:
        """The final value of every metric, by its name."""
        return {metric.name: metric.final for metric in self.metrics if metric.final is not None}

    @property
    def history(self) -> dict[str, list[float]]:
        """Every value that the log holds of each metric, in its order; the final model's is usually the last."""
        return {metric.name: list(metric.values) for metric in self.metrics}

    @property
    def evaluation(self) -> dict[str, Any]:
        """The content of ``evaluation.json``; empty where there is none."""
        file = self.data / "evaluation.json"
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        return content

    @property
    def curves(self) -> dict[str, list[float]]:
        """Learning curves: the value of ``channel:metric`` in each round, where the algorithm tells of its rounds."""
        told = self.evaluation.get("curves", {})
        return {
            f"{channel}:{metric}": curve["value"]
            for channel, curves in told.items()
            for metric, curve in curves.items()
        }

    def final_metrics(self) -> list[dict[str, Any]]:
        """``FinalMetricDataList``: the last value of every metric that the log holds."""
        return [metric.final_form() for metric in self.metrics if metric.values]

    def description(self) -> dict[str, Any]:
        """The content of job.json; fields of this folder's own are the exit code, the runtime and the warnings."""
        return {
            "TrainingJobName": self.request.name,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.ending.stopped or self.status,
            "FailureReason": self.failure_reason,
            "TrainingTimeInSeconds": round(self.ending.seconds, 3),
            "ExitCode": self.ending.exit_code,
            "Runtime": self.runtime,
            "HyperParameters": dict(self.request.hyperparameters),
            "Channels": {channel.name: str(channel.path) for channel in self.request.channels},
            "Artifacts": {name: str(path.resolve()) for name, path in self._artifacts().items() if path.exists()},
            "FinalMetricDataList": self.final_metrics(),
            "Warnings": self.warnings,
        }

    def __repr__(self) -> str:
        return f"{self.status} after {self.ending.seconds:.1f} s ({self.runtime}): {self.output}"

    def _repr_html_(self) -> str:
        """How a notebook shows it: how the job ended, and its final metrics."""
        rows = "".join(f"<tr><td>{escape(name)}</td><td>{value:.6g}</td></tr>" for name, value in self.scores.items())
        ended = f"{self.status} after {self.ending.seconds:.1f} s ({self.runtime})"
        return f"<table><thead><tr><th>{ended}</th><th>final</th></tr></thead><tbody>{rows}</tbody></table>"

    def write(self) -> None:
        """Writes job.json and metrics.json; the latter holds every value, null where it is not a finite number."""
        values = {
            metric.name: [value if math.isfinite(value) else None for value in metric.values] for metric in self.metrics
        }
        _write_json(self.output / "job.json", self.description())
        _write_json(self.output / "metrics.json", {"FinalMetricDataList": self.final_metrics(), "Values": values})

    def _artifacts(self) -> dict[str, Path]:
        output = self.output / "output.tar.gz"
        return {"model": self.model, "output": output, "output_unpacked": self.data, "log": self.log}


def failure_reason(file: Path, exit_code: int) -> str:
    """``FailureReason`` as the service words it: the program's own text first, 1024 characters in all."""
    text = file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else ""
    if not text:
        return f"AlgorithmError: Exit Code: {exit_code}"
    end = f", exit code: {exit_code}"
    return f"AlgorithmError: {text}"[: FAILURE_REASON_LIMIT - len(end)] + end


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
