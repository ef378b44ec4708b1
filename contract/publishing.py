"""Puts a model directory into its place, so that whoever is killed leaves a whole model or one that is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

from contract.artifact import MANIFEST, PARTIAL


def begin(directory: Path) -> Path:
    """Makes the folder in which a model is written before it is published; returns it."""
    partial = directory / PARTIAL
    partial.mkdir()
    return partial


def discard(directory: Path) -> None:
    """Removes a model that was begun and not published."""
    _remove(directory / PARTIAL)


def publish(partial: Path, directory: Path) -> None:
    """Moves a finished model into place, the manifest last: before that the directory holds no model.

    Whoever is killed meanwhile leaves a whole model or one that is refused.
    """
    (directory / MANIFEST).unlink(missing_ok=True)
    names = sorted((path.name for path in partial.iterdir()), key=lambda name: (name == MANIFEST, name))
    for name in names:
        (partial / name).replace(directory / name)
    partial.rmdir()


def clear(directory: Path) -> None:
    """Empties a model directory, which may be a mount that cannot be removed itself.

    Meanwhile it is marked as one that holds no whole model: some files of one may look like a smaller one.
    """
    mark = directory / PARTIAL
    others = [path for path in directory.iterdir() if path != mark] if directory.is_dir() else []
    if others:
        mark.mkdir(exist_ok=True)
        for path in sorted(others, key=lambda path: path.name != MANIFEST):
            _remove(path)
    discard(directory)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
