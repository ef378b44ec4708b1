"""The same data in every format gives the same model, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.contract import runtime as runtimes
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.formats import samples

XGBOOST = Subject("xgboost", "xgboost")
RECORDIO = "application/x-recordio-protobuf"
Writer = Callable[[Any, Any], bytes]

WRITERS: dict[str, tuple[str, Writer]] = {
    "csv": ("text/csv", samples.as_csv),
    "csv with semicolons": ("text/csv", lambda x, y: samples.as_csv(x, y, ";")),
    "libsvm": ("text/libsvm", samples.as_libsvm),
    "libsvm counted from 1": ("text/libsvm", lambda x, y: samples.as_libsvm(x, y, 1)),
    "parquet": ("application/x-parquet", samples.as_parquet),
    "recordio float32": (RECORDIO, samples.as_recordio),
    "recordio float64": (RECORDIO, lambda x, y: samples.as_recordio(x, y, "float64")),
    "recordio int32": (RECORDIO, lambda x, y: samples.as_recordio(x, y, "int32")),
    "recordio sparse": (RECORDIO, samples.as_sparse_recordio),
}


@pytest.fixture(scope="module")
def matrix() -> tuple[Any, Any]:
    """Whole numbers, so that integer tensors hold them exactly; none is zero, so that sparse forms hold all."""
    random = np.random.default_rng(11)
    features = random.integers(1, 50, size=(150, 4)).astype(np.float32)
    return features, (features[:, 0] - features[:, 1] + random.integers(0, 5, size=150)).astype(np.float32)


def _model(base: Path, content_type: str, data: bytes, **hyperparameters: str) -> tuple[bytes, Any]:
    tree = Tree.copy(XGBOOST.example, base).set_channels(ContentType=content_type).set(**hyperparameters)
    for channel in ("train", "validation"):
        tree.channel_file(channel).write_bytes(data)
    exit_code, log = runtimes.run(runtimes.Processes(), ["train"], XGBOOST, tree, {})
    assert exit_code == 0, log
    evaluation = json.loads((tree.output / "data" / "evaluation.json").read_text())
    return (tree.model / "xgboost-model").read_bytes(), evaluation["answers"]


@pytest.fixture(scope="module")
def reference(matrix: tuple[Any, Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Any]:
    return _model(tmp_path_factory.mktemp("csv") / "ml", "text/csv", samples.as_csv(*matrix))


@pytest.mark.parametrize(("content_type", "write"), WRITERS.values(), ids=WRITERS.keys())
def test_F08_F10_every_format_gives_the_same_model(
    matrix: tuple[Any, Any], reference: tuple[bytes, Any], tmp_path: Path, content_type: str, write: Writer
) -> None:
    assert _model(tmp_path / "ml", content_type, write(*matrix)) == reference


def test_weights_of_a_csv_column_and_of_libsvm_give_the_same_model(
    matrix: tuple[Any, Any], reference: tuple[bytes, Any], tmp_path: Path
) -> None:
    features, label = matrix
    weight = np.random.default_rng(3).integers(1, 9, label.size).astype(np.float32)
    with_column = samples.as_csv(np.column_stack([weight, features]), label)
    fronts = (f"{own!r}:{heavy!r}" for own, heavy in zip(label.tolist(), weight.tolist(), strict=True))
    lines = samples.as_libsvm(features).decode().splitlines()
    behind_label = "".join(f"{front} {line}\n" for front, line in zip(fronts, lines, strict=True)).encode()
    model, answers = _model(tmp_path / "csv", "text/csv", with_column, csv_weights="1")
    assert (model, answers) == _model(tmp_path / "libsvm", "text/libsvm", behind_label)
    assert model != reference[0]
