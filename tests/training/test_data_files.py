"""Which files of a channel are data, and that none is lost without a word."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from contract.errors import ChannelError
from train.data_files import data_files

FULL = "1,2\n"


def lay(folder: Path, *names: str, content: str = FULL) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def found(folder: Path) -> tuple[list[str], list[str]]:
    """The data files of a folder by their names, and what was noted."""
    notes: list[str] = []
    return [path.relative_to(folder).as_posix() for path in data_files(folder, notes.append)], notes


def test_what_spark_athena_and_jupyter_write_beside_data_is_left_out_and_told(tmp_path: Path) -> None:
    lay(tmp_path, "a.csv", "b/c.csv")
    lay(tmp_path, "_SUCCESS", content="")
    lay(tmp_path, "a.csv.metadata", ".a.csv.crc", "_temporary/0/part", ".ipynb_checkpoints/a.csv")
    names, (note,) = found(tmp_path)
    assert names == ["a.csv", "b/c.csv"]
    assert note == ("left out, as these are not data: .a.csv.crc, .ipynb_checkpoints, _temporary, a.csv.metadata")


def test_a_folder_of_nothing_but_data_needs_no_note(tmp_path: Path) -> None:
    lay(tmp_path, "a.csv", "lonely.metadata")
    lay(tmp_path, "_SUCCESS", "empty.csv", content="")
    assert found(tmp_path) == (["a.csv", "lonely.metadata"], [])


def test_of_many_names_that_are_left_out_the_first_are_told(tmp_path: Path) -> None:
    lay(tmp_path, "a.csv", *(f"_{at}" for at in range(7)))
    assert found(tmp_path)[1] == ["left out, as these are not data: _0, _1, _2, _3, _4 and 2 more"]


def test_a_folder_that_is_linked_twice_is_read_once_and_told(tmp_path: Path) -> None:
    lay(tmp_path, "one/a.csv")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    (tmp_path / "one" / "up").symlink_to(tmp_path)
    names, (note,) = found(tmp_path)
    assert len(names) == 1
    assert note.removeprefix("left out, as these are not data: ") in ("one", "two")


def test_a_sub_folder_that_cannot_be_listed_ends_the_job(tmp_path: Path) -> None:
    lay(tmp_path, "a.csv")
    opened = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):  # together they are longer than a path may be
        os.mkdir("d" * 250, dir_fd=opened)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=opened)
        os.close(opened)
        opened = inner
    os.close(opened)
    with pytest.raises(ChannelError, match=r"ddd…ddd.* cannot be read \(File name too long\)"):
        data_files(tmp_path)


@pytest.mark.parametrize("target", ["/no/such/file", "gone.csv"], ids=["dangling", "to itself"])
def test_a_link_that_leads_nowhere_ends_the_job(tmp_path: Path, target: str) -> None:
    lay(tmp_path, "a.csv")
    (tmp_path / "gone.csv").symlink_to(target)
    with pytest.raises(ChannelError, match=r"gone\.csv in .* cannot be read"):
        data_files(tmp_path)


def test_a_channel_without_a_folder_has_no_files(tmp_path: Path) -> None:
    assert found(tmp_path / "none") == ([], [])
