"""Tables: parts and chosen rows of them, dense, sparse and larger than memory."""

from __future__ import annotations

import gzip
import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contract.builtins.problem import hold_out
from contract.errors import ChannelError, PlatformError
from contract.source import Source
from contract.tables import spool
from contract.tables.data import Sparse, Table
from contract.tables.formats.matrix import sparse
from contract.tables.input import TableInput, check_feature_dim
from tests.formats import samples

CELLS = np.array([[1, np.nan, 2], [np.nan, np.nan, np.nan], [3, 4, 5], [np.nan, 6, np.nan]], np.float32)


def dense() -> Table:
    return Table(CELLS, np.arange(4, dtype=np.float32), np.ones(4, np.float32), ("a", "b", "c"))


def compressed() -> Table:
    rows, columns = np.nonzero(~np.isnan(CELLS))
    counts = np.bincount(rows, minlength=4).astype(np.int64)
    values = CELLS[rows, columns].astype(np.float64)
    return Table(sparse(values, columns.astype(np.int64), counts, 3, str), np.arange(4, dtype=np.float32))


def cells(table: Table) -> list[list[float]]:
    features = table.features
    return (features.filled() if isinstance(features, Sparse) else np.nan_to_num(features)).tolist()


@pytest.mark.parametrize("table", [dense(), compressed()], ids=["dense", "sparse"])
@pytest.mark.parametrize("records", [1, 3, 4, 9])
def test_the_parts_of_a_table_are_its_rows_in_order(table: Table, records: int) -> None:
    parts = list(table.parts(records))
    assert [len(part) for part in parts[:-1]] == [records] * (len(parts) - 1)
    assert [row for part in parts for row in cells(part)] == cells(table)
    assert [label for part in parts for label in part.label] == [0, 1, 2, 3]
    assert all(part.names == table.names and part.width == 3 for part in parts)


@pytest.mark.parametrize("table", [dense(), compressed()], ids=["dense", "sparse"])
def test_rows_are_taken_in_the_order_asked_for(table: Table) -> None:
    taken = table.take(np.array([3, 0, 0]))
    assert cells(taken) == [cells(table)[row] for row in (3, 0, 0)]
    assert taken.label.tolist() == [3, 0, 0]


def test_sparse_entries_that_are_not_stored_are_zero_for_who_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(samples.as_sparse_recordio(CELLS))
    source = Source("train", tmp_path, (tmp_path / "f",), "application/x-recordio-protobuf")
    zeros = TableInput[object](content_types=("application/x-recordio-protobuf",), label="optional", sparse="zero")
    table = zeros.read(source, object(), None)
    assert not isinstance(table.features, Sparse)
    assert table.features.tolist() == np.nan_to_num(CELLS).tolist()
    assert table.label is None


@pytest.fixture
def tiny_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "memory_bytes", lambda: 1000)


def channel(folder: Path, content_type: str, body: bytes) -> Source:
    (folder / "data").write_bytes(body)
    return Source("train", folder, (folder / "data",), content_type)


@pytest.mark.usefixtures("tiny_memory")
def test_a_channel_larger_than_a_share_of_memory_is_mapped_and_equal(tmp_path: Path) -> None:
    body = "".join(f"{row},{row * 2},{row % 3}\n" for row in range(500)).encode()
    reader = TableInput[object](content_types=("text/csv",))
    table = reader.read(channel(tmp_path, "text/csv", body), object(), None)
    assert isinstance(table.features, np.memmap)
    assert reader.example(table).body == b'{"instances":[{"features":[499.0,1.0]}]}'
    expected = Table(np.array([[row * 2, row % 3] for row in range(500)], np.float32), np.arange(500, dtype=np.float32))
    assert table.features.tolist() == np.asarray(expected.features).tolist()
    assert table.fingerprint() == expected.fingerprint()
    assert table.summary() == expected.summary()


@pytest.mark.usefixtures("tiny_memory")
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_channel_of_several_files_is_mapped_whatever_their_size_on_disk(tmp_path: Path, packed: bool) -> None:
    texts = ["".join(f"{row},{row % 3}\n" for row in range(start, start + 100)) for start in (0, 100, 200)]
    paths = tuple(tmp_path / f"{number}.csv" for number in range(3))
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    reader = TableInput[object](content_types=("text/csv",))
    table = reader.read(Source("train", tmp_path, paths, "text/csv"), object(), None)
    assert isinstance(table.features, np.memmap)
    assert table.label.tolist() == list(range(300))
    assert table.features[:, 0].tolist() == [row % 3 for row in range(300)]


@pytest.mark.usefixtures("tiny_memory")
def test_records_held_out_of_a_mapped_channel_are_mapped_and_the_same(tmp_path: Path) -> None:
    body = "".join(f"{row},{row * 2}\n" for row in range(500)).encode()
    table = TableInput[object](content_types=("text/csv",)).read(channel(tmp_path, "text/csv", body), object(), None)
    in_memory = replace(table, features=np.asarray(table.features).copy())
    for mapped, expected in zip(hold_out(table), hold_out(in_memory), strict=True):
        assert isinstance(mapped.features, np.memmap)
        assert not isinstance(expected.features, np.memmap)
        assert mapped.features.tolist() == expected.features.tolist()
        assert mapped.label.tolist() == expected.label.tolist()


@pytest.mark.usefixtures("tiny_memory")
def test_categories_of_a_mapped_channel_are_encoded_in_place(tmp_path: Path) -> None:
    body = "".join(f"{row},{('red', 'blue')[row % 2]}\n" for row in range(500)).encode()
    reader = TableInput[object](content_types=("text/csv",), categories=lambda params, source: (0,))
    table = reader.read(channel(tmp_path, "text/csv", body), object(), None)
    assert isinstance(table.features, np.memmap)
    assert table.features[:4, 0].tolist() == [1, 0, 1, 0]


@pytest.mark.usefixtures("tiny_memory")
@pytest.mark.parametrize("rows", [500, 5000], ids=["when it is mapped", "when it is written"])
def test_a_full_disk_is_the_platforms_fault(tmp_path: Path, rows: int) -> None:
    body = "".join(f"{row},{row * 2}\n" for row in range(rows)).encode()
    source = channel(tmp_path, "text/csv", body)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(PlatformError, match=r"'train' is too large for the memory.*give the job a larger volume"):
            TableInput[object](content_types=("text/csv",)).read(source, object(), None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("tiny_memory")
def test_a_large_sparse_channel_is_refused_with_the_remedy(tmp_path: Path) -> None:
    body = samples.as_libsvm(np.ones((300, 2)), np.zeros(300))
    reader = TableInput[object](content_types=("text/libsvm",))
    with pytest.raises(ChannelError, match="use an instance with more memory"):
        reader.read(channel(tmp_path, "text/libsvm", body), object(), None)


def test_a_missing_cell_is_refused_with_record_and_feature_where_records_must_be_complete(tmp_path: Path) -> None:
    reader = TableInput[object](content_types=("text/csv",), missing=False)
    with pytest.raises(ChannelError, match="'train', record 2, feature 1: the value is missing"):
        reader.read(channel(tmp_path, "text/csv", b"1,2,3\n1,,3\n"), object(), None)


def test_feature_dim_is_checked_against_the_records() -> None:
    check_feature_dim(None, dense())
    check_feature_dim(3, dense())
    with pytest.raises(ChannelError, match="feature_dim is 4, but the records have 3 features; was the label counted"):
        check_feature_dim(4, dense())


def test_a_table_is_an_array_of_its_features_for_whoever_wants_one() -> None:
    np.testing.assert_array_equal(np.asarray(Table(np.float32([[1, 2]]))), [[1, 2]])
    sparse = Sparse(np.float32([5]), np.int64([1]), np.int64([0, 1]), (1, 3))
    np.testing.assert_array_equal(np.asarray(Table(sparse), np.float64), [[np.nan, 5, np.nan]])
