"""The files of a model directory that another program wrote, where a family looks for its library's own."""

from __future__ import annotations

from pathlib import Path

DEPTH = 3
"""So many folders may lie around a model, as in ``artifacts/model``."""


def native_files(directory: Path) -> list[Path]:
    """The visible files of a directory, by name; where it holds but one folder, those of that folder.

    MLflow keeps a model in the folder ``model`` of a run, and packing a folder packs its name.
    """
    visible = _visible(directory)
    for _ in range(DEPTH):
        if len(visible) == 1 and visible[0].is_dir():
            visible = _visible(visible[0])
    return [path for path in visible if path.is_file()]


def begins_with(path: Path, magic: bytes) -> bool:
    """Returns whether the first bytes of a file are these."""
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _visible(directory: Path) -> list[Path]:
    return sorted(path for path in directory.iterdir() if not path.name.startswith("."))
