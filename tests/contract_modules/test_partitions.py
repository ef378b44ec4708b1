"""Columns in the names of folders, as Athena, Spark and awswrangler write them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract.errors import ChannelError
from contract.source import Source
from contract.tables.data import Table
from contract.tables.input import TableInput
from tests.formats.samples import as_libsvm, as_parquet, as_recordio

CSV = "text/csv; header=present"
RECORDS = np.array([[1.0, 2.0], [3.0, 4.0]])
Files = dict[str, bytes]


def as_named_csv(first: float = 0) -> bytes:
    return f"y,a\n{first},0.5\n1,1.5\n".encode()


def as_named_parquet(first: float = 0) -> bytes:
    return as_parquet(np.array([[first, 0.5], [1, 1.5]]), names=("y", "a"))


class Job:
    """A channel of some files, and the notes of reading it."""

    def __init__(self, folder: Path, files: Files, content_type: str = CSV, *categories: int | str) -> None:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        self.notes: list[str] = []
        paths = tuple(sorted(path for path in folder.rglob("*") if path.is_file()))
        self._source = Source("train", folder, paths, content_type, log=self.notes.append)
        self._input = TableInput[Any](categories=lambda params, source: categories)

    def read(self, like: Table | None = None) -> Table:
        return self._input.read(self._source, None, like)

    def refusal(self) -> str:
        with pytest.raises(ChannelError) as caught:
            self.read()
        return str(caught.value)


WRITERS = [(as_named_csv, CSV), (as_named_parquet, "application/x-parquet")]
each_format = pytest.mark.parametrize(("write", "content_type"), WRITERS, ids=["csv", "parquet"])


@each_format
def test_the_values_of_folders_are_columns_behind_those_of_the_files(
    tmp_path: Path, write: Callable[..., bytes], content_type: str
) -> None:
    job = Job(tmp_path, {"year=2020/month=01/b": write(), "year=2021/month=12/a": write()}, content_type)
    table = job.read()
    assert table.names == ("a", "year", "month")
    assert table.dense.tolist() == [[0.5, 2020, 1], [1.5, 2020, 1], [0.5, 2021, 12], [1.5, 2021, 12]]
    assert job.notes == ["columns from the names of folders, behind those of the files: year, month"]


def test_what_hive_writes_for_no_value_is_missing_and_names_are_decoded(tmp_path: Path) -> None:
    folders = ("two%20words=1.5", "two%20words=__HIVE_DEFAULT_PARTITION__")
    table = Job(tmp_path, {f"{folder}/part.csv": as_named_csv() for folder in folders}).read()
    assert table.names == ("a", "two words")
    np.testing.assert_array_equal(table.dense[:, 1], [1.5, 1.5, np.nan, np.nan])


@pytest.mark.parametrize("categories", [("town",), (1,)], ids=["by name", "by place"])
def test_texts_of_folders_are_categories_where_the_column_is_declared(
    tmp_path: Path, categories: Collection[int | str]
) -> None:
    towns = ("K%C3%B6ln", "007", "__HIVE_DEFAULT_PARTITION__")
    table = Job(tmp_path, {f"town={town}/part": as_named_csv() for town in towns}, CSV, *categories).read()
    np.testing.assert_array_equal(table.dense[:, 1], [0, 0, 1, 1, np.nan, np.nan])
    assert table.levels[1][1] == "Köln"


def test_a_text_in_a_column_of_numbers_is_refused_with_the_folder_and_the_remedy(tmp_path: Path) -> None:
    message = Job(tmp_path, {"day=2020-01-01/part.csv": as_named_csv()}).refusal()
    assert "day=2020-01-01" in message
    assert "is not a number; declare the column 'day' where the algorithm takes categories" in message


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"1,2\n3,4\n", "text/csv"),
        (as_libsvm(RECORDS, RECORDS[:, 0]), "text/libsvm"),
        (as_recordio(RECORDS, RECORDS[:, 0]), "application/x-recordio-protobuf"),
    ],
    ids=["csv", "libsvm", "recordio"],
)
def test_records_without_names_are_refused_below_such_folders(
    tmp_path: Path, content: bytes, content_type: str
) -> None:
    message = Job(tmp_path, {"year=2020/part": content}, content_type).refusal()
    assert message.startswith("channel 'train', file year=2020/part: the folders year=… hold columns")
    assert "header=present" in message


def test_files_beside_and_below_such_folders_are_not_of_one_channel(tmp_path: Path) -> None:
    message = Job(tmp_path, {"year=2020/part": as_named_csv(), "part": as_named_csv()}).refusal()
    assert "part and year=2020/part lie in folders of different columns" in message


def test_a_column_that_the_files_have_themselves_is_taken_from_them(tmp_path: Path) -> None:
    job = Job(tmp_path, {"a=7/part": as_named_csv()})
    assert job.read().dense.tolist() == [[0.5], [1.5]]
    assert job.notes == []


def test_other_folders_hold_no_columns(tmp_path: Path) -> None:
    assert Job(tmp_path, {"2020/01/=x/part": as_named_csv()}).read().names == ("a",)


def test_a_validation_channel_has_the_same_folders(tmp_path: Path) -> None:
    train = Job(tmp_path / "train", {"year=2020/part": as_named_csv()}).read()
    same = Job(tmp_path / "same", {"year=2021/part": as_named_csv()}).read(train)
    assert same.dense[0].tolist() == [0.5, 2021]
    with pytest.raises(ChannelError, match="has 1 feature columns, the train channel has 2"):
        Job(tmp_path / "flat", {"part": as_named_csv()}).read(train)


def test_an_index_of_pandas_in_one_channel_alone_does_no_harm(tmp_path: Path) -> None:
    indexed = as_parquet(np.array([[0, 0.5, 9], [1, 1.5, 3]]), names=("y", "a", "__index_level_0__"))
    job = Job(tmp_path / "train", {"one": indexed, "two": indexed}, "application/x-parquet")
    train = job.read()
    assert len(job.notes) == 1
    like = Job(tmp_path / "validation", {"part": as_named_parquet()}, "application/x-parquet").read(train)
    assert train.names == like.names == ("a",)
