"""The tables of formats, and one matrix through all of them."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from contract.media_type import MediaType
from contract.tables.data import Sparse, Table
from contract.tables.formats import TRAINING
from contract.tables.formats.layout import RecordLayout
from contract.wire.answers import ANSWERS
from tests.formats import samples

Writer = Callable[[NDArray[np.float32], NDArray[np.float32] | None], bytes]
DENSE: dict[str, tuple[str, Writer]] = {
    "csv": ("text/csv", samples.as_csv),
    "csv with semicolons": ("text/csv", lambda x, y: samples.as_csv(x, y, ";")),
    "csv in utf-16": ("text/csv;charset=utf-16", lambda x, y: samples.as_csv(x, y).decode().encode("utf-16")),
    "parquet": ("application/x-parquet", samples.as_parquet),
    "recordio float32": ("application/x-recordio-protobuf", samples.as_recordio),
    "recordio float64": ("application/x-recordio-protobuf", lambda x, y: samples.as_recordio(x, y, "float64")),
    "json": ("application/json", samples.as_json),
    "jsonlines": ("application/jsonlines", samples.as_jsonlines),
}
SPARSE: dict[str, tuple[str, Writer]] = {
    "libsvm": ("text/libsvm", samples.as_libsvm),
    "recordio sparse": ("application/x-recordio-protobuf", samples.as_sparse_recordio),
}


def matrix(rows: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Numbers of many magnitudes, with gaps but none at the end of a row."""
    rng = np.random.default_rng(11)
    features = (rng.normal(size=(rows, 7)) * 10.0 ** rng.integers(-20, 20, (rows, 7))).astype(np.float32)
    features[:, :5][rng.random((rows, 5)) < 0.2] = np.nan
    return features, rng.normal(size=rows).astype(np.float32)


def as_dense(features: NDArray[np.float32] | Sparse) -> NDArray[np.float32]:
    if isinstance(features, np.ndarray):
        return features
    cells = np.full(features.shape, np.nan, np.float32)
    rows = np.repeat(np.arange(features.shape[0]), np.diff(features.indptr))
    cells[rows, features.indices] = features.values
    return cells


@pytest.mark.parametrize("rows", [1, 3, 3000])
@pytest.mark.parametrize("name", [*DENSE, *SPARSE])
def test_the_same_matrix_in_any_format_gives_the_same_bits(name: str, rows: int) -> None:
    kind, write = (DENSE | SPARSE)[name]
    media_type = MediaType.parse(kind)
    features, label = matrix(rows)
    data_format = TRAINING[media_type.name]
    whole = data_format.decode(write(features, label), media_type, RecordLayout(label_size=1))
    parts = list(data_format.chunks(io.BytesIO(write(features, label)), media_type, RecordLayout(label_size=1)))
    request = data_format.decode(write(features, None), media_type, RecordLayout())
    for table in (whole, request, *(parts if len(parts) == 1 else [])):
        assert as_dense(table.features).tobytes() == features.tobytes()
        assert isinstance(table.features, Sparse) == (name in SPARSE)
    assert (whole.label.tobytes(), request.label) == (label.tobytes(), None)
    assert np.concatenate([part.label for part in parts]).tobytes() == label.tobytes()


def test_whole_numbers_in_int32_records_are_the_same_too() -> None:
    features = np.random.default_rng(0).integers(-1000, 1000, (50, 4)).astype(np.float32)
    media_type = MediaType("application/x-recordio-protobuf")
    table = TRAINING[media_type.name].decode(samples.as_recordio(features, None, "int32"), media_type, RecordLayout())
    assert table.features.tobytes() == features.tobytes()


def test_fingerprints_of_the_same_data_are_equal_across_dense_formats() -> None:
    features, label = matrix(100)
    prints = set()
    for kind, write in DENSE.values():
        media_type = MediaType.parse(kind)
        table: Table = TRAINING[media_type.name].decode(write(features, label), media_type, RecordLayout(label_size=1))
        prints.add(table.fingerprint())
    assert len(prints) == 1


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("csv", "text/csv"),
        ("libsvm", "text/libsvm"),
        ("text/x-libsvm", "text/libsvm"),
        ("parquet", "application/x-parquet"),
        ("recordio-protobuf", "application/x-recordio-protobuf"),
    ],
)
def test_an_alias_names_the_same_format_as_the_media_type(alias: str, name: str) -> None:
    assert TRAINING[alias] is TRAINING[name]


def test_every_answer_format_is_a_format_that_is_read_too() -> None:
    assert set(ANSWERS) < set(TRAINING)
