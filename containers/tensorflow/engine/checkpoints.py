"""The state of a training run after an epoch, kept in files so that an interrupted job goes on from there.

One file an epoch, ``checkpoint-<configuration>-<epoch>.npz``: arrays, and their description as JSON. It appears by a
rename, so that no half of one is seen, and is checked by the checksums of its members. Weights that go into the model's
artifact beside the best ones have files of their own, ``weights-…``, that are written once. Other files are left alone:
the folder is shared with the platform's own marks and with jobs of other configurations.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from contract.scores import Scores

LATEST = 3
"""So many checkpoints are there at a time: an older one serves where the newest is damaged."""
UNFINISHED = ".sagemaker-ignore"
"""Ends the name of a file that is being written; the platform does not upload such files."""
Weights: TypeAlias = list[NDArray[Any]]


@dataclass(frozen=True)
class TrainingState:
    """A run after its last complete epoch; training goes on from it as if it had never been interrupted."""

    history: Sequence[Scores]
    """The scores of all epochs, from which the best one and early stopping follow."""
    variables: Weights
    """The variables of the network, its random generators and its optimizer."""
    best: Weights
    """The weights that would be kept if training ended now."""
    kept: Mapping[int, Weights]
    """Weights by epoch, for the artifact."""

    @property
    def epoch(self) -> int:
        """The last complete one, from 0."""
        return len(self.history) - 1

    def fits(self, other: TrainingState, epochs: int) -> bool:
        """Returns whether a run of so many epochs, whose variables are like those of ``other``, can go on from here."""
        return len(self.history) <= epochs and all(
            _shapes(mine) == _shapes(theirs)
            for mine, theirs in ((self.variables, other.variables), (self.best, other.best))
        )


def _shapes(arrays: Weights) -> list[tuple[tuple[int, ...], str]]:
    return [(array.shape, array.dtype.str) for array in arrays]


class Checkpoints:
    """The checkpoints of one configuration in a folder. Written by one host only: hosts may share the folder."""

    def __init__(self, folder: Path, configuration: str, log: Callable[[str], None]) -> None:
        self._folder = folder
        self._configuration = hashlib.sha256(configuration.encode()).hexdigest()[:16]
        self._log = log

    def write(self, state: TrainingState) -> None:
        """Keeps the state; what cannot be written is reported, and training goes on without."""
        try:
            self._clear_unfinished()
            if state.epoch in state.kept:
                self._write(self._weights(state.epoch), {"kept": state.kept[state.epoch]}, {})
            about = {"history": state.history, "kept": sorted(state.kept)}
            self._write(self._checkpoint(state.epoch), {"variables": state.variables, "best": state.best}, about)
            for path in self._complete(state.epoch)[LATEST:]:
                path.unlink()
        except OSError as error:
            self._log(f"the checkpoint of epoch {state.epoch} could not be written: {error}")

    def newest(self, like: TrainingState, epochs: int) -> TrainingState | None:
        """The newest state that is whole and fits; None where there is none, and training starts afresh."""
        self._report_others()
        for path in self._complete():
            try:
                state = self._read(path)
            except Exception as error:  # a damaged file fails in many ways, none of which may end the job
                self._log(f"{path.name} is damaged and not used: {type(error).__name__}: {error}")
                continue
            if state.fits(like, epochs):
                self._log(f"resuming from {path.name}: {len(state.history)} of {epochs} epochs are done")
                return state
            self._log(f"{path.name} is of another network or of a longer training and not used")
        return None

    def _complete(self, epoch: int = 999_999) -> list[Path]:
        """The checkpoints of this configuration up to an epoch, newest first. Longer runs may have left later ones."""
        pattern = re.compile(rf"checkpoint-{self._configuration}-[0-9]{{6}}\.npz")
        found = (path for path in self._folder.iterdir() if pattern.fullmatch(path.name))
        return sorted((path for path in found if path.name <= self._checkpoint(epoch).name), reverse=True)

    def _report_others(self) -> None:
        pattern = re.compile(r"checkpoint-(?P<configuration>[0-9a-f]{16})-[0-9]{6}\.npz")
        found = [pattern.fullmatch(path.name) for path in self._folder.iterdir()]
        others = [match for match in found if match and match["configuration"] != self._configuration]
        if others:
            self._log(f"{len(others)} checkpoints of other hyperparameters or data are not used")

    def _clear_unfinished(self) -> None:
        for path in self._folder.glob(f"*-{self._configuration}-*.npz{UNFINISHED}"):
            path.unlink()

    def _checkpoint(self, epoch: int) -> Path:
        return self._folder / f"checkpoint-{self._configuration}-{epoch:06d}.npz"

    def _weights(self, epoch: int) -> Path:
        return self._folder / f"weights-{self._configuration}-{epoch:06d}.npz"

    def _write(self, path: Path, lists: Mapping[str, Weights], about: Mapping[str, Any]) -> None:
        members = {f"{name}-{place}": array for name, arrays in lists.items() for place, array in enumerate(arrays)}
        counts = {name: len(arrays) for name, arrays in lists.items()}
        text = json.dumps({**about, "counts": counts}).encode()
        unfinished = path.with_name(path.name + UNFINISHED)
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, about=np.frombuffer(text, np.uint8), **members)
        unfinished.replace(path)

    def _read(self, path: Path) -> TrainingState:
        lists, about = _load(path)
        kept = {epoch: _load(self._weights(int(epoch)))[0]["kept"] for epoch in about["kept"]}
        return TrainingState(about["history"], lists["variables"], lists["best"], kept)


def _load(path: Path) -> tuple[dict[str, Weights], dict[str, Any]]:
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
        about = json.loads(file["about"].tobytes())
        counts = about["counts"].items()
        return {name: [file[f"{name}-{place}"] for place in range(count)] for name, count in counts}, about
