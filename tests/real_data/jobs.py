"""Training jobs over the data sets, run as the platform runs them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tests.contract import runtime as runtimes
from tests.contract.subject import Subject
from tests.contract.tree import Tree


@dataclass(frozen=True)
class Job:
    """A finished job: its tree, its log and what evaluation.json says."""

    tree: Tree
    log: str
    evaluation: dict[str, Any]

    def metrics(self, channel: str = "validation") -> dict[str, float]:
        found: dict[str, float] = self.evaluation["metrics"][channel]
        return found


def train(
    subject: Subject,
    base: Path,
    channels: Mapping[str, NDArray[Any] | str],
    hyperparameters: Mapping[str, str],
    content_type: str = "text/csv",
    runtime: runtimes.Runtime | None = None,
) -> Job:
    """Trains over matrices or CSV texts, the label in column 0 (none with ``label_size=0`` in ``content_type``)."""
    tree = lay(base, channels, hyperparameters, content_type)
    exit_code, log = runtimes.run(runtime or runtimes.Processes(), ["train"], subject, tree, {})
    assert exit_code == 0, log
    return Job(tree, log, json.loads((tree.output / "data" / "evaluation.json").read_text()))


def lay(
    base: Path, channels: Mapping[str, NDArray[Any] | str], hyperparameters: Mapping[str, str], content_type: str
) -> Tree:
    """The tree of a job that has not run."""
    for folder in ("input/config", "model", "output"):
        (base / folder).mkdir(parents=True)
    for channel, rows in channels.items():
        folder = base / "input" / "data" / channel
        folder.mkdir(parents=True)
        (folder / f"{channel}.csv").write_bytes(rows.encode() if isinstance(rows, str) else body(rows))
    tree = Tree(base)
    tree.write_config("hyperparameters", hyperparameters)
    entry = {"TrainingInputMode": "File", "ContentType": content_type}
    tree.write_config("inputdataconfig", dict.fromkeys(channels, entry))
    return tree


def body(rows: NDArray[Any]) -> bytes:
    """The rows as CSV, the same in channels and in requests."""
    return "".join(",".join(f"{cell:.10g}" for cell in row) + "\n" for row in rows).encode()
