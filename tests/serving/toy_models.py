"""Model directories of the toy families, trained by calling their interface."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from contract import artifact
from contract.artifact import ModelManifest
from contract.context import Context
from contract.families import find
from contract.tables.data import Table

FEATURES = 3


def training_table(rows: int = 40) -> Table:
    random = np.random.default_rng(1)
    features = random.normal(10, 4, (rows, FEATURES)).astype(np.float32)
    return Table(features, label=(2 * features.mean(axis=1) + 1).astype(np.float32))


def write_model(directory: Path, toy: str = "mean", **manifest: Any) -> Path:
    """Trains a toy and writes its model directory; ``manifest`` are fields that differ from what training writes."""
    family = f"tests.toys.{toy}"
    algorithm, data = find(family, None), training_table()
    model = algorithm.fit(algorithm.Hyperparameters(), data, None, Context())
    directory.mkdir(parents=True)
    algorithm.save(model, directory)
    written = ModelManifest(
        family=family,
        algorithm=algorithm.name,
        task=algorithm.output(model).task,
        signature=algorithm.input.signature(data),
        versions=artifact.versions(algorithm),
        example=artifact.example_json(algorithm.input.example(data)),
    )
    replace(written, **manifest).write(directory)
    return directory


def unpack(directory: str | Path, program: str | None = None, toy: str = "mean") -> None:
    """Writes a model as the platform unpacks one of many, with a user's ``inference.py`` where there is one."""
    model = write_model(Path(directory), toy)
    if program is not None:
        (model / "code").mkdir()
        (model / "code" / "inference.py").write_text(textwrap.dedent(program))


def csv_rows(count: int, start: int = 0) -> bytes:
    """Records that get predictions different from each other: record ``i`` has the mean ``i + 1``."""
    return b"".join(b"%d,%d,%d\n" % (row, row + 1, row + 2) for row in range(start, start + count))
