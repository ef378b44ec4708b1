"""The example job that an algorithm brings for its tests, made of a job description."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from local_test.__main__ import main
from tests.contract.tree import Tree

JOB = """\
name: doubled
family: xgboost
hyperparameters: {num_round: 20}
channels:
  train: {local: train, content_type: text/csv; header=present}
  validation: {local: validation.libsvm, content_type: text/libsvm}
"""


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A description with a folder of a table and an archive, and a file of few records."""
    (tmp_path / "train" / "deep").mkdir(parents=True)
    rows = [f"{2 * row},{row}\n" for row in range(1000)]
    (tmp_path / "train" / "rows.csv").write_text("label,feature\n" + "".join(rows))
    (tmp_path / "train" / "deep" / "more.csv.gz").write_bytes(gzip.compress(b"label,feature\n1,1\n"))
    (tmp_path / "validation.libsvm").write_text("1 0:1\n2 0:2\n")
    (tmp_path / "job.yaml").write_text(JOB)
    return tmp_path / "job.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mine" / "example" / "ours"


def example(job: Path, folder: Path, *options: str) -> int:
    return main(["example", str(job), "--output", str(folder), *options])


def test_it_is_laid_as_the_platform_lays_a_job(job: Path, folder: Path, tmp_path: Path) -> None:
    assert example(job, folder) == 0
    tree = Tree.copy(folder, tmp_path / "ml")
    assert tree.read_config("hyperparameters") == {"num_round": "20"}
    assert tree.read_config("inputdataconfig")["train"]["ContentType"] == "text/csv; header=present"
    assert {path.name for path in tree.config.iterdir()} == {"hyperparameters.json", "inputdataconfig.json"}


def test_it_holds_few_records_from_everywhere_and_the_names_of_the_columns(job: Path, folder: Path) -> None:
    example(job, folder, "--records", "20")
    head, *rows = (folder / "input/data/train/rows.csv").read_text().splitlines()
    assert head == "label,feature"
    assert [int(row.partition(",")[2]) for row in rows] == list(range(0, 1000, 100))  # the half of two files
    assert (folder / "input/data/validation/validation.libsvm").read_text() == "1 0:1\n2 0:2\n"


def test_what_is_no_text_is_copied_in_its_place(job: Path, folder: Path, tmp_path: Path) -> None:
    example(job, folder)
    inside = Path("train", "deep", "more.csv.gz")
    assert (folder / "input" / "data" / inside).read_bytes() == (tmp_path / inside).read_bytes()


def test_another_takes_the_place_of_an_earlier_one(job: Path, folder: Path, tmp_path: Path) -> None:
    example(job, folder)
    (tmp_path / "train" / "rows.csv").unlink()
    assert example(job, folder) == 0
    assert not (folder / "input/data/train/rows.csv").exists()


@pytest.mark.parametrize("output", ["input/data/train", "."])
def test_data_in_or_around_the_example_are_refused_and_untouched(
    job: Path, folder: Path, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    example(job, folder)
    (folder / "job.yaml").write_text(JOB)
    (folder / "train").symlink_to((folder / output).resolve())
    (folder / "validation.libsvm").symlink_to(job.parent / "validation.libsvm")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert example(folder / "job.yaml", folder) == 2
    assert "channel 'train' is read from" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_folder_of_something_else_is_refused_and_untouched(
    job: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "input").mkdir(parents=True)
    (folder / "input" / "notes.json").write_text(json.dumps("mine"))
    assert example(job, folder) == 2
    assert "holds no example job: give another --output" in capsys.readouterr().err
    assert (folder / "input" / "notes.json").exists()
