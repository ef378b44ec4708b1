"""Channels that lightgbm and catboost find memory-mapped: the model is that of the same records in memory."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contract.context import Context
from contract.families import find
from contract.hyperparameters import parse
from contract.source import Source
from contract.tables import spool

SETTINGS = {
    "lightgbm": {"num_boost_round": "8", "learning_rate": "0.3", "verbosity": "-1"},
    "catboost": {"iterations": "8", "learning_rate": "0.3", "depth": "3"},
}
COLOURS = ("blue", "green", "red")


def records(rows: int, seed: int) -> list[str]:
    """Label, number, colour, number with gaps."""
    random = np.random.default_rng(seed)
    found = []
    for row in range(rows):
        first, second, colour = random.normal(), random.normal(), int(random.integers(3))
        cell = "" if row % 7 == 0 else f"{second:.3f}"
        found.append(f"{first + 3 * colour - second:.3f},{first:.3f},{COLOURS[colour]},{cell}\n")
    return found


def channel(folder: Path, name: str, rows: int, seed: int) -> Source:
    """Three files, the second packed."""
    lines = records(rows, seed)
    (folder / name).mkdir()
    parts = ["".join(lines[start::3]).encode() for start in range(3)]
    parts[1] = gzip.compress(parts[1])
    paths = [folder / name / file for file in ("a.csv", "b.csv.gz", "c.csv")]
    for path, part in zip(paths, parts, strict=True):
        path.write_bytes(part)
    return Source(name, folder / name, tuple(paths), "text/csv")


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Source]:
    found = {"train": channel(tmp_path, "train", 600, 1), "validation": channel(tmp_path, "validation", 200, 2)}
    (tmp_path / "train" / "categorical_index.json").write_text('{"cat_index_list": [2]}')
    return found


def trained(family: str, sources: dict[str, Source], folder: Path, mapped: bool) -> tuple[bytes, list[str]]:
    """The model file and the log of a job on these channels."""
    algorithm = find(family, None)
    params = parse(algorithm.Hyperparameters, SETTINGS[family])
    train = algorithm.input.read(sources["train"], params, None)
    held_out = algorithm.input.read(sources["validation"], params, train) if "validation" in sources else None
    for table in (train, held_out):
        assert table is None or isinstance(table.features, np.memmap) is mapped
    lines: list[str] = []
    model = algorithm.fit(params, train, held_out, replace(Context(), log=lines.append))
    folder.mkdir()
    algorithm.save(model, folder)
    (file,) = folder.iterdir()
    return file.read_bytes(), lines


@pytest.mark.parametrize("family", list(SETTINGS))
@pytest.mark.parametrize("validation", [True, False], ids=["validation channel", "hold-out"])
def test_mapped_channels_of_several_files_give_the_model_that_the_records_in_memory_give(
    family: str, validation: bool, sources: dict[str, Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not validation:
        del sources["validation"]
    in_memory, quiet = trained(family, sources, tmp_path / "memory", mapped=False)
    monkeypatch.setattr(spool, "memory_bytes", lambda: 1000)
    mapped, told = trained(family, sources, tmp_path / "mapped", mapped=True)
    assert mapped == in_memory
    assert not any("in memory" in line for line in quiet)
    assert any("in memory" in line for line in told)
