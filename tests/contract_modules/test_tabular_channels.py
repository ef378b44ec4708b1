"""The two channel layouts of SageMaker's tabular built-ins, and the file of their categorical columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from contract.builtins.tabular import CATEGORICAL, arrange, categorical_columns
from contract.errors import ChannelError
from contract.source import Source


@dataclass(frozen=True)
class Params:
    csv_weights: int = 0


def channel(folder: Path, *names: str, name: str = "train") -> Source:
    """A channel that holds files of these paths."""
    for path in (folder / file for file in names):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1,2\n")
    return Source(name, folder, tuple(sorted(folder / file for file in names)), "text/csv")


def names(source: Source) -> list[str]:
    return [path.relative_to(source.folder).as_posix() for path in source.files]


def test_layout_a_is_left_as_it_is_but_for_the_categorical_file(tmp_path: Path) -> None:
    sources = {
        "train": channel(tmp_path / "t", "a.csv", "deep/b.csv", CATEGORICAL),
        "validation": channel(tmp_path / "v", "c.csv", name="validation"),
    }
    found = arrange(sources)
    assert names(found["train"]) == ["a.csv", "deep/b.csv"]
    assert names(found["validation"]) == ["c.csv"]


@pytest.mark.parametrize("folder", ["train", "training"])
def test_layout_b_is_parted_by_its_sub_folders(tmp_path: Path, folder: str) -> None:
    found = arrange({"train": channel(tmp_path, f"{folder}/data.csv", "validation/data.csv", CATEGORICAL)})
    assert names(found["train"]) == ["data.csv"]
    assert found["train"].folder == tmp_path / folder
    assert names(found["validation"]) == ["data.csv"]
    assert found["validation"].channel == "validation"


def test_layout_b_needs_no_validation_folder(tmp_path: Path) -> None:
    assert set(arrange({"train": channel(tmp_path, "train/data.csv")})) == {"train"}


def test_a_file_beside_the_folders_of_layout_b_would_be_lost_and_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=r"more\.csv lies beside the folder train/"):
        arrange({"train": channel(tmp_path, "train/data.csv", "more.csv")})


def test_validation_data_in_a_folder_and_a_channel_are_one_too_many(tmp_path: Path) -> None:
    sources = {
        "train": channel(tmp_path / "t", "train/a.csv", "validation/b.csv"),
        "validation": channel(tmp_path / "v", "c.csv", name="validation"),
    }
    with pytest.raises(ChannelError, match="validation data twice"):
        arrange(sources)


def test_a_categorical_file_where_nobody_looks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match=r"2024/categorical_index\.json must lie in the folder of the channel"):
        arrange({"train": channel(tmp_path, "2024/a.csv", f"2024/{CATEGORICAL}")})


def test_weights_are_read_from_csv_alone(tmp_path: Path) -> None:
    source = replace(channel(tmp_path, "a.parquet"), content_type="application/x-parquet")
    with pytest.raises(ChannelError, match="csv_weights is for CSV"):
        categorical_columns(Params(csv_weights=1), source)


def test_a_channel_with_nothing_but_the_categorical_file_is_empty(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="'train': no data file"):
        arrange({"train": channel(tmp_path, CATEGORICAL)})


@pytest.mark.parametrize("files", [("a.csv",), ("train/a.csv",), ("training/a.csv", "validation/b.csv")])
def test_the_categorical_columns_count_the_target_as_column_0(tmp_path: Path, files: tuple[str, ...]) -> None:
    source = channel(tmp_path, *files, CATEGORICAL)
    (tmp_path / CATEGORICAL).write_text('{"cat_index_list": [1, 5, 6]}', encoding="utf-8-sig")
    assert categorical_columns(Params(), arrange({"train": source})["train"]) == (0, 4, 5)


def test_a_column_of_weights_is_counted_and_is_no_category(tmp_path: Path) -> None:
    source = channel(tmp_path, "a.csv")
    (tmp_path / CATEGORICAL).write_text('{"cat_index_list": [2, 5]}')
    assert categorical_columns(Params(csv_weights=1), source) == (0, 3)
    (tmp_path / CATEGORICAL).write_text('{"cat_index_list": [1]}')
    with pytest.raises(ChannelError, match="column 1 is the weight"):
        categorical_columns(Params(csv_weights=1), source)


def test_without_the_file_no_column_is_categorical(tmp_path: Path) -> None:
    assert categorical_columns(Params(), channel(tmp_path, "a.csv")) == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[1, 2", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("[1, 2]", "cannot be read"),
        ('{"cat_index": [1]}', "cannot be read"),
        ('{"cat_index_list": 1}', "every index is 1 or more"),
        ('{"cat_index_list": [0]}', "every index is 1 or more"),
        ('{"cat_index_list": ["1"]}', "every index is 1 or more"),
        ('{"cat_index_list": [true]}', "every index is 1 or more"),
        ('{"cat_index_list": [1, 1]}', "twice"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_categorical_file_that_says_something_else_is_refused_by_name(tmp_path: Path, text: str, fault: str) -> None:
    source = channel(tmp_path, "a.csv")
    (tmp_path / CATEGORICAL).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ChannelError, match=fault) as caught:
        categorical_columns(Params(), source)
    assert CATEGORICAL in str(caught.value)
