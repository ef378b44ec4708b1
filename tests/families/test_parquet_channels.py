"""The same table in Parquet, in folders of partitions and in CSV: one model and one set of columns."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from arro3.core import Array, DataType
from arro3.core import Table as ArrowTable
from arro3.io import write_parquet

from containers.sklearn.preprocessing.algorithm import ALGORITHM
from contract.source import Source
from tests.contract import runtime as runtimes
from tests.families.preprocessing_jobs import HEADED, WITH_HEADER, params, schema
from tests.families.test_lightgbm_channels import LIGHTGBM, lines, listed, model, predictions, text, tree

TRAIN, VALIDATION = lines(600, 1, words=True), lines(200, 2, words=True)
HEADER = "label,number,color,noise\n"
DICTIONARY = DataType.dictionary(DataType.int8(), DataType.string())


def as_parquet(records: list[str], color: DataType) -> bytes:
    """The records with the colours in a column of this type, and an index as pandas writes it."""
    columns = list(zip(*csv.reader(records), strict=True))
    numbers = {name: Array.from_numpy(np.array(columns[at], float)) for name, at in (("label", 0), ("number", 1))}
    texts = Array(list(columns[2]), type=DataType.string())
    noise, index = np.array(columns[3], float), np.arange(len(records))[::-1].copy()
    more = {
        "color": texts if color == DataType.string() else texts.cast(color),
        "noise": Array.from_numpy(noise),
        "__index_level_0__": Array.from_numpy(index),
    }
    file = io.BytesIO()
    write_parquet(ArrowTable.from_pydict(numbers | more), file)
    return file.getvalue()


@pytest.mark.parametrize("color", [DataType.string(), DICTIONARY], ids=["strings", "pandas category"])
def test_lightgbm_learns_the_same_from_parquet_with_an_index_as_from_csv(tmp_path: Path, color: DataType) -> None:
    files = {
        "train/t": HEADER + text(TRAIN),
        "validation/v": HEADER + text(VALIDATION),
        "train/categorical_index.json": listed(2),
    }
    jobs = [tree(tmp_path / kind, files) for kind in ("csv", "parquet")]
    for job, content_type in zip(jobs, (WITH_HEADER, "application/x-parquet"), strict=True):
        channels = {name: {"ContentType": content_type} for name in ("train", "validation")}
        job.write_config("inputdataconfig", channels)
    (jobs[1].channel_folder("train") / "t").write_bytes(as_parquet(TRAIN, color))
    (jobs[1].channel_folder("validation") / "v").write_bytes(as_parquet(VALIDATION, color))
    logs = [runtimes.run(runtimes.Processes(), ["train"], LIGHTGBM, job, {}) for job in jobs]
    assert [code for code, _ in logs] == [0, 0], logs
    assert "channel train: the index of the pandas frame is no feature: __index_level_0__" in logs[1][1]
    assert model(jobs[0]) == model(jobs[1])
    request = {"instances": [{"number": 0.5, "color": "red", "noise": 0}, {"number": 0.5, "color": "7", "noise": 1}]}
    answers = [predictions(job, request) for job in jobs]
    assert answers[0] == answers[1]
    assert answers[0][1] - answers[0][0] > 2


def test_a_schema_names_the_columns_of_folders_too(tmp_path: Path) -> None:
    lines = [line.rpartition(",") for line in HEADED.splitlines()]
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    for at, (rest, _, region) in enumerate(lines[1:]):
        part = parted / f"region={region or '__HIVE_DEFAULT_PARTITION__'}" / f"{at}.csv"
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(f"{lines[0][0]}\n{rest}\n")
    whole.mkdir()
    paths = sorted(path for path in parted.rglob("*.csv"))
    order = [int(path.stem) + 1 for path in paths]
    (whole / "all.csv").write_text("".join("".join(lines[at]) + "\n" for at in (0, *order)))
    tables = [
        ALGORITHM.input.read(Source("train", folder, tuple(files), WITH_HEADER), params(schema=schema()), None)
        for folder, files in ((whole, [whole / "all.csv"]), (parted, paths))
    ]
    assert tables[0].names == tables[1].names == ("age", "sex", "bmi", "region")
    assert tables[0].levels == tables[1].levels
    np.testing.assert_array_equal(tables[0].dense, tables[1].dense)
