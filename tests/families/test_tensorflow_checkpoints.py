"""Checkpoints of the family tensorflow: an interrupted job goes on as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from containers.tensorflow.engine.checkpoints import LATEST, UNFINISHED
from containers.tensorflow.engine.learning import EarlyStopping, TrainedNetwork, TrainingOptions
from tests.families.job_log import Log
from tests.families.tensorflow_networks import COLUMNS, RATE, batches, network, options, records, same, trained

DATA = records()
HELD_OUT = records(60, seed=5)
EPOCHS = 6


def plan(**others: Any) -> TrainingOptions:
    """The best epoch is not the last one: the rate grows until the network gets worse."""
    given: dict[str, Any] = {
        "epochs": EPOCHS, "rate": lambda epoch: RATE if epoch < 3 else 1.0, "best_by": ("loss", "min"),
        "early_stopping": EarlyStopping("loss", "min", 9), "configuration": "these", "keep_every": 2,
    }  # fmt: skip
    return options(**{**given, **others})


def job(
    folder: Path | None, log: Log | None = None, until: int = 99, build: Any = network, **others: Any
) -> TrainedNetwork:
    """A training run that is stopped once ``until`` epochs are logged."""
    log = log or Log()
    context = log.context(checkpoints=folder, stopping=lambda: len(log.rounds) >= until)
    return trained(
        batches(DATA), batches(HELD_OUT, 60), plan(**others), context, build,
        optimizer=lambda: keras.optimizers.Adam(RATE),
    )  # fmt: skip


def checkpoints(folder: Path) -> list[Path]:
    """Oldest first."""
    return sorted(folder.glob("checkpoint-*.npz"))


@pytest.fixture(scope="module")
def whole() -> tuple[TrainedNetwork, Log]:
    """The run that nothing interrupts."""
    log = Log()
    return job(None, log), log


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a job that was ended after its fifth epoch left."""
    folder = tmp_path_factory.mktemp("checkpoints")
    job(folder, until=5)
    return folder


@pytest.fixture
def folder(left: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    for path in left.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_a_resumed_job_ends_as_one_that_was_never_interrupted(whole: tuple[TrainedNetwork, Log], folder: Path) -> None:
    """S-03, S-04: weights of the best epoch, random generators, optimizer, early stopping and history come back."""
    log = Log()
    learned = job(folder, log)
    assert log.lines == [f"resuming from {checkpoints(folder)[-2].name}: 5 of {EPOCHS} epochs are done"]
    assert same(learned.model, whole[0].model)
    assert (learned.epoch, learned.epochs) == (whole[0].epoch, EPOCHS)
    assert learned.epoch < EPOCHS - 1
    assert log.rounds == whole[1].rounds


def test_weights_that_go_into_the_artifact_survive(whole: tuple[TrainedNetwork, Log], folder: Path) -> None:
    learned = job(folder)
    assert sorted(learned.kept) == sorted(whole[0].kept) == [1, 3, 5]
    for epoch, weights in learned.kept.items():
        assert all(np.array_equal(one, other) for one, other in zip(weights, whole[0].kept[epoch], strict=True))


def test_a_job_that_was_complete_is_complete_at_once(whole: tuple[TrainedNetwork, Log], folder: Path) -> None:
    job(folder)
    log = Log()
    learned = job(folder, log, until=0)
    assert same(learned.model, whole[0].model)
    assert log.rounds == whole[1].rounds


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_truncate, _flip, _empty])
def test_an_older_checkpoint_serves_where_the_newest_is_damaged(
    whole: tuple[TrainedNetwork, Log], folder: Path, damage: Callable[[Path], None]
) -> None:
    """S-05."""
    older, newest = checkpoints(folder)[-2:]
    damage(newest)
    log = Log()
    learned = job(folder, log)
    assert log.lines[0].startswith(f"{newest.name} is damaged and not used")
    assert log.lines[1].startswith(f"resuming from {older.name}")
    assert same(learned.model, whole[0].model)


def test_training_starts_afresh_where_all_checkpoints_are_damaged(
    whole: tuple[TrainedNetwork, Log], folder: Path
) -> None:
    """S-05."""
    for path in checkpoints(folder):
        path.write_bytes(b"PK\x03\x04" + bytes(100))
    log = Log()
    assert same(job(folder, log).model, whole[0].model)
    assert all("is damaged" in line for line in log.lines)


def test_foreign_files_are_left_alone(folder: Path) -> None:
    """S-06: marks of the platform, files that are being written, and whatever else lies there."""
    newest = checkpoints(folder)[-1]
    names = [f"{newest.name}.sagemaker-uploading", f"{newest.name}.sagemaker-uploaded", "x.tmp", "checkpoint-9.npz"]
    for name in names:
        (folder / name).write_bytes(b"foreign")
    log = Log()
    job(folder, log, until=5)
    assert [line.split(":")[0] for line in log.lines] == [f"resuming from {newest.name}"]
    assert all((folder / name).read_bytes() == b"foreign" for name in names)


def test_the_number_of_checkpoints_is_bounded_and_none_is_half_written(folder: Path) -> None:
    """S-07: files of a write that was killed are removed by the next one."""
    stale = folder / (checkpoints(folder)[-1].name + UNFINISHED)
    stale.write_bytes(b"half")
    job(folder)
    assert [path.stem[-6:] for path in checkpoints(folder)] == [f"{epoch:06d}" for epoch in range(EPOCHS)][-LATEST:]
    assert not stale.exists()
    assert len(list(folder.iterdir())) == LATEST + 3


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-08."""
    monkeypatch.chdir(tmp_path)
    job(None, until=1)
    assert not list(tmp_path.iterdir())


def test_checkpoints_of_another_configuration_are_not_used_and_stay(folder: Path) -> None:
    """S-10."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    log = Log()
    learned = job(folder, log, epochs=1, configuration="others")
    assert learned.epochs == 1
    assert log.lines == ["3 checkpoints of other hyperparameters or data are not used"]
    assert all(path.read_bytes() == content for path, content in before.items())


def test_checkpoints_of_another_network_are_not_used(folder: Path) -> None:
    """S-10: the configuration is the same text."""
    build = lambda: keras.Sequential([keras.layers.Input((COLUMNS,)), keras.layers.Dense(1)])  # noqa: E731
    log = Log()
    assert job(folder, log, epochs=5, build=build).epochs == 5
    assert len(log.rounds) == 5
    assert all("another network" in line for line in log.lines)


def test_checkpoints_of_a_longer_training_are_not_used(folder: Path) -> None:
    log = Log()
    assert job(folder, log, epochs=2).epochs == 2
    assert all("longer training" in line for line in log.lines)
    assert checkpoints(folder)[0].stem.endswith("000000")


def test_more_epochs_go_on_from_fewer(folder: Path) -> None:
    log = Log()
    assert job(folder, log, epochs=8).epochs == 8
    assert "5 of 8 epochs are done" in log.lines[0]


def test_a_folder_that_takes_no_files_does_not_end_the_job(tmp_path: Path) -> None:
    blocked = tmp_path / "checkpoints"
    blocked.mkdir()
    log = Log()
    context = log.context(checkpoints=blocked)

    def on_epoch(epoch: int, seconds: float) -> None:
        if epoch == 0:
            for path in blocked.iterdir():
                path.unlink()
            blocked.rmdir()

    learned = trained(batches(DATA), None, plan(epochs=2, keep_every=None), context, on_epoch=on_epoch)
    assert learned.epochs == 2
    assert "the checkpoint of epoch 1 could not be written" in log.lines[-1]
