"""Channels and requests as tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from contract.errors import ChannelError, RequestError
from contract.media_type import MediaType
from contract.source import Source
from contract.tables.data import Sparse, Table
from contract.tables.formats.layout import RecordLayout
from contract.tables.input import TableInput
from contract.tables.signature import fit_to_signature

TYPES = ("text/csv", "text/libsvm", "application/x-parquet")
INPUT: TableInput[object] = TableInput(content_types=TYPES)
NAMED = {"feature_count": 3, "feature_names": ["a", "b", "c"]}


def source(folder: Path, content_type: str | None, **files: str) -> Source:
    """A channel of files, in the order of their names."""
    folder.mkdir(exist_ok=True)
    paths = []
    for name, text in files.items():
        paths.append(folder / name)
        paths[-1].write_text(text)
    return Source("train", folder, tuple(sorted(paths)), content_type)


def read(folder: Path, content_type: str, like: Table | None = None, **files: str) -> Table:
    return INPUT.read(source(folder, content_type, **files), object(), like)


def test_files_are_joined_in_order(tmp_path: Path) -> None:
    table = read(tmp_path, "text/csv", b="3,4\n", a="1,2\n2,3\n")
    assert table.label is not None
    assert table.label.tolist() == [1, 2, 3]
    assert np.asarray(table.features).tolist() == [[2], [3], [4]]


def test_files_of_different_width_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="1 and with 2 feature columns"):
        read(tmp_path, "text/csv", a="1,2\n", b="1,2,3\n")


def test_files_with_different_headers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="same column names"):
        read(tmp_path, "text/csv; header=present", a="y,p\n1,2\n", b="y,q\n1,2\n")


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("y,q,p", r"column 1 behind the label is 'p' in one and 'q' in another; write all of them with the columns"),
        ("y,p,r", r"\['q'\] in one, \['r'\] in another; write all of them with the columns of one file, in its order"),
    ],
)
def test_files_of_other_columns_are_refused_with_the_difference_and_the_remedy(
    tmp_path: Path, header: str, told: str
) -> None:
    with pytest.raises(ChannelError, match=told):
        read(tmp_path, "text/csv; header=present", a="y,p,q\n1,2,3\n", b=f"{header}\n1,2,3\n")


def test_dense_and_sparse_files_are_not_mixed(tmp_path: Path) -> None:
    records = {"a.jsonl": '{"label": 1, "features": [1, 2]}\n'}
    records["b.jsonl"] = '{"label": 1, "data": {"features": {"keys": [0], "shape": [2], "values": [1]}}}\n'
    with pytest.raises(ChannelError, match="'train': dense and sparse"):
        read(tmp_path, "application/jsonlines", **records)


def test_F10_libsvm_counted_from_one_is_shifted_for_the_whole_channel(tmp_path: Path) -> None:
    table = read(tmp_path, "text/libsvm", a="1 2:5\n", b="0 1:4 3:6\n")
    assert isinstance(table.features, Sparse)
    assert table.features.indices.tolist() == [1, 0, 2]
    assert (table.width, table.index_base) == (3, 1)
    assert INPUT.signature(table)["index_base"] == 1


def test_F10_one_index_zero_means_that_all_count_from_zero(tmp_path: Path) -> None:
    table = read(tmp_path, "text/libsvm", a="1 2:5\n", b="0 0:4 3:6\n")
    assert (table.width, table.index_base) == (4, 0)


def test_a_request_is_read_as_the_training_data_was(tmp_path: Path) -> None:
    signature = INPUT.signature(read(tmp_path, "text/libsvm", a="1 1:5 3:2\n"))
    batch = INPUT.decode(b"3:7\n", MediaType("text/libsvm"), signature)
    assert isinstance(batch.features, Sparse)
    assert batch.features.indices.tolist() == [2]
    assert batch.width == 3
    with pytest.raises(RequestError, match="index 0"):
        INPUT.decode(b"0:7\n", MediaType("text/libsvm"), signature)


def test_a_sparse_validation_channel_gets_the_width_of_train(tmp_path: Path) -> None:
    train = read(tmp_path / "t", "text/libsvm", a="1 0:5 4:2\n")
    assert read(tmp_path / "v", "text/libsvm", train, a="1 0:5\n").width == 5
    with pytest.raises(ChannelError, match="7 feature columns"):
        read(tmp_path / "w", "text/libsvm", train, a="1 6:5\n")


def test_a_dense_validation_channel_must_have_the_width_and_names_of_train(tmp_path: Path) -> None:
    header = "text/csv; header=present"
    train = read(tmp_path / "t", header, a="y,p,q\n1,2,3\n")
    with pytest.raises(ChannelError, match="1 feature columns, the train channel has 2"):
        read(tmp_path / "v", "text/csv", train, a="1,2\n")
    with pytest.raises(ChannelError, match="columns"):
        read(tmp_path / "w", header, train, a="y,q,p\n1,2,3\n")


def test_named_columns_of_a_request_are_put_into_the_order_of_the_model() -> None:
    table = Table(np.array([[1, 2, 3]], dtype=np.float32), names=("c", "a", "b"))
    assert np.asarray(fit_to_signature(table, NAMED).features).tolist() == [[2, 3, 1]]


def test_missing_and_unknown_columns_are_named() -> None:
    table = Table(np.zeros((1, 3), dtype=np.float32), names=("a", "b", "d"))
    with pytest.raises(RequestError, match=r"missing \['c'\], unknown \['d'\]"):
        fit_to_signature(table, NAMED)


def test_a_label_that_was_sent_along_is_suspected() -> None:
    with pytest.raises(RequestError, match="leave the label out"):
        fit_to_signature(Table(np.zeros((1, 4), dtype=np.float32)), NAMED)


def test_the_example_is_a_request_that_gives_the_first_record(tmp_path: Path) -> None:
    for content_type, text in (("text/csv", "1,2,,4\n"), ("text/libsvm", "1 0:2 2:4\n")):
        table = read(tmp_path / content_type[5:], content_type, a=text)
        example = INPUT.example(table)
        batch = INPUT.decode(example.body, MediaType.parse(example.content_type), INPUT.signature(table))
        assert batch.width == 3
        assert len(batch) == 1


def test_the_weight_column_is_taken_from_behind_the_label(tmp_path: Path) -> None:
    weighted: TableInput[object] = TableInput(content_types=TYPES, layout=lambda params: RecordLayout(1, 1))
    table = weighted.read(source(tmp_path, "text/csv", a="1,0.5,7\n2,1.5,8\n"), object(), None)
    assert table.weight is not None
    assert table.weight.tolist() == [0.5, 1.5]
    assert table.width == 1


def test_equal_data_have_equal_fingerprints_and_other_data_others() -> None:
    first = Table(np.ones((2, 2), dtype=np.float32), np.zeros(2, dtype=np.float32))
    same = Table(np.ones((2, 2), dtype=np.float32), np.zeros(2, dtype=np.float32))
    other = Table(np.ones((2, 2), dtype=np.float32), np.ones(2, dtype=np.float32))
    assert first.fingerprint() == same.fingerprint() != other.fingerprint()
