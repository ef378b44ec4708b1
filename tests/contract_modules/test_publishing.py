"""A model directory that a job was killed over: a whole model, or one that is refused."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from containers.xgboost.boosting import ALGORITHM as XGBOOST
from contract import artifact, publishing
from contract.artifact import ModelManifest
from contract.context import Context
from contract.errors import ArtifactError
from tests.families import xgboost_jobs
from tests.families.xgboost_jobs import table

TOY = "tests.toys.mean"


@pytest.mark.parametrize("earlier", [False, True])
def test_S02_whoever_is_killed_while_a_model_is_published_leaves_a_whole_one_or_one_that_is_refused(
    tmp_path: Path, earlier: bool
) -> None:
    for step in range(1, 30):
        folder = tmp_path / str(step)
        folder.mkdir()
        if earlier:
            fill(folder, "earlier")
        status = killed_at(step, lambda folder=folder: publish_anew(folder))  # type: ignore[misc]
        if is_believed(folder):
            texts = [path.read_text() for path in artifact.locate(folder).glob("model-*")]
            assert texts in (["new"] * 5, ["earlier"] * 5)
        else:
            assert status, "what was published to its end is refused"
    assert status == 0, "there were steps after the last one that was tried"


def test_S02_whoever_is_killed_while_a_folder_is_emptied_leaves_no_part_of_a_model_that_an_algorithm_would_take(
    tmp_path: Path,
) -> None:
    train, trained = table("reg:squarederror"), tmp_path / "trained"
    trained.mkdir()
    folded = xgboost_jobs.fit(xgboost_jobs.params(_kfold="3"), train, None, replace(Context(), output=tmp_path))
    XGBOOST.save(folded, trained)
    taken = set()
    for step in range(1, 12):
        folder = shutil.copytree(trained, tmp_path / str(step))
        status = killed_at(step, lambda folder=folder: publishing.clear(folder))  # type: ignore[misc]
        with suppress(ArtifactError):
            algorithm, _ = artifact.describe(folder, "xgboost", "xgboost")
            taken.add(len(algorithm.load(folder).boosters))
    assert status == 0
    assert taken <= {3}


def is_believed(folder: Path) -> bool:
    """Returns whether a server would take the folder for a model."""
    try:
        artifact.describe(artifact.locate(folder), TOY, None)
    except ArtifactError:
        return False
    return True


def publish_anew(folder: Path) -> None:
    publishing.clear(folder)
    partial = publishing.begin(folder)
    fill(partial, "new")
    publishing.publish(partial, folder)


def fill(folder: Path, text: str) -> None:
    """A model of five files, as k-fold training writes it."""
    for number in range(5):
        (folder / f"model-{number}").write_text(text)
    ModelManifest(TOY, "mean", "regression", {"feature_count": 2}).write(folder)


def killed_at(step: int, action: Callable[[], None]) -> int:
    """Runs ``action`` in a child that dies before its ``step``-th change of a folder; returns its exit status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    left = step

    def count(event: str, arguments: object) -> None:
        nonlocal left
        left -= event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir")
        if not left:
            os._exit(9)

    sys.addaudithook(count)
    action()
    os._exit(0)
