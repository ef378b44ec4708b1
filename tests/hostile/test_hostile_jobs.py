"""Jobs that cannot succeed: exit code, failure text with cause and remedy, no model left."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract import runtime as runtimes
from tests.contract.subject import Subject
from tests.contract.tree import Tree

XGBOOST = Subject("xgboost", "xgboost")
USER_MISTAKE = 2

HYPERPARAMETERS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "unknown name": ({"max_dept": "3"}, ("max_dept", "max_depth")),
    "former name": ({"silent": "1"}, ("silent", "verbosity")),
    "removed by the library": ({"single_precision_histogram": "true"}, ("single_precision_histogram", "1.7")),
    "required one unset": ({"num_round": ""}, ("num_round", "required")),
    "zero rounds": ({"num_round": "0"}, ("num_round", "[1, inf)")),
    "half a round": ({"num_round": "1.5"}, ("num_round", "1.5", "integer")),
    "text for a number": ({"eta": "fast"}, ("eta", "fast", "[0, 1]")),
    "eta above 1": ({"eta": "1.01"}, ("eta", "[0, 1]")),
    "not a number": ({"eta": "nan"}, ("eta", "nan")),
    "infinite": ({"gamma": "inf"}, ("gamma", "inf")),
    "alias and name": ({"learning_rate": "0.1"}, ("learning_rate", "eta")),
    "subsample 0": ({"subsample": "0"}, ("subsample", "(0, 1]")),
    "unknown objective": ({"objective": "reg:square"}, ("objective", "reg:squarederror")),
    "GPU method": ({"tree_method": "gpu_hist"}, ("tree_method", "hist")),
    "GPU training": ({"use_dask_gpu_training": "true"}, ("use_dask_gpu_training", "false")),
    "removed updater": ({"updater": "distcol"}, ("updater", "distcol")),
    "linear updater for trees": ({"updater": "shotgun"}, ("updater", "gblinear")),
    "update without a model": ({"process_type": "update"}, ("process_type", "earlier model")),
    "classes not given": ({"objective": "multi:softmax"}, ("num_class", "multi:softmax")),
    "one class": ({"objective": "multi:softmax", "num_class": "1"}, ("num_class", "[2, inf)")),
    "unknown metric": ({"eval_metric": "rmse,rmsee"}, ("rmsee", "rmse")),
    "metric of another task": ({"eval_metric": "auc"}, ("auc", "reg:squarederror")),
    "monotone too long": (
        {"monotone_constraints": "(1,0,0,0,1)", "tree_method": "hist"}, ("monotone_constraints", "5", "4"),
    ),
    "interaction beyond": (
        {"interaction_constraints": "[[1,9]]", "tree_method": "hist"}, ("interaction_constraints", "9"),
    ),
    "no list": ({"interaction_constraints": "[[1,2", "tree_method": "hist"}, ("interaction_constraints", "[[1,2")),
    "list of texts": ({"monotone_constraints": "(up,down)", "tree_method": "hist"}, ("monotone_constraints", "up")),
    "boolean": ({"save_model_on_termination": "maybe"}, ("save_model_on_termination", "maybe")),
    "base_score of a logistic model": ({"objective": "binary:logistic", "base_score": "1"}, ("base_score", "(0, 1)")),
    "binary labels": ({"objective": "binary:logistic"}, ("'train'", "record 1", "0 or 1")),
    "class labels": ({"objective": "multi:softprob", "num_class": "3"}, ("'train'", "whole numbers from 0 to 2")),
    "metric of a ranking": ({"eval_metric": "ndcg@3"}, ("ndcg@3", "rank:*")),
    "base_score of a log link": ({"objective": "reg:gamma", "base_score": "0"}, ("base_score", "above 0")),
    "more than 32 bits": ({"max_depth": "99999999999"}, ("max_depth", "99999999999")),
    "more folds than records": ({"_kfold": "100"}, ("_kfold", "60")),
}  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree.copy(XGBOOST.example, tmp_path / "ml")


def _failure(tree: Tree, exit_code: int = USER_MISTAKE) -> str:
    code, log = runtimes.run(runtimes.Processes(), ["train"], XGBOOST, tree, {})
    assert code == exit_code, log
    failure = tree.failure
    assert failure is not None, log
    assert "Traceback" not in failure
    assert len(failure) <= 900
    assert tree.model_files() == set()
    return failure


@pytest.mark.parametrize(("changed", "told"), HYPERPARAMETERS.values(), ids=HYPERPARAMETERS.keys())
def test_C08_hyperparameters_that_cannot_be_used(tree: Tree, changed: dict[str, str], told: tuple[str, ...]) -> None:
    failure = _failure(tree.set(**changed))
    assert all(text in failure for text in told), failure


def _text(text: str) -> Callable[[Tree], None]:
    return lambda tree: tree.channel_file().write_text(text) and None  # type: ignore[func-returns-value]


def _bytes(content: bytes) -> Callable[[Tree], None]:
    return lambda tree: tree.channel_file().write_bytes(content) and None  # type: ignore[func-returns-value]


def _typed(content_type: str, content: bytes) -> Callable[[Tree], None]:
    def change(tree: Tree) -> None:
        tree.set_channels(ContentType=content_type)
        for channel in ("train", "validation"):
            tree.channel_file(channel).write_bytes(content)

    return change


RECORDIO = "application/x-recordio-protobuf"
DATA: dict[str, tuple[Callable[[Tree], None], tuple[str, ...]]] = {
    "header": (_text("y,a,b,c,d\n1,2,3,4,5\n"), ("line 1", "header=present")),
    "text in a cell": (_text("1,2,3,4,5\n1,2,x,4,5\n"), ("line 2", "column 3", "'x'")),
    "ragged": (_text("1,2,3,4,5\n1,2,3,4\n"), ("line 2", "4 columns", "5")),
    "missing label": (_text("1,2,3,4,5\n,2,3,4,5\n"), ("line 2", "label")),
    "infinite cell": (_text("1,2,3,4,5\n1,2,inf,4,5\n"), ("line 2", "inf")),
    "label only": (_text("1\n2\n"), ("line 1", "no feature")),
    "blank lines only": (_text("\n\n\n"), ("no record",)),
    "open quote": (_text('1,2,3,4,5\n1,"2,3,4,5\n'), ("line 2", "quote")),
    "not UTF-8": (_bytes(b"1,2,3,4,5\n1,2,3,4,\xe9\n"), ("line 2", "charset")),
    "binary": (_bytes(bytes(range(256)) * 8), ("train.csv",)),
    "gzip cut off": (_bytes(gzip.compress(b"1,2,3,4,5\n" * 100)[:-6]), ("gzip",)),
    "gzip overwritten": (_bytes(gzip.compress(b"1,2,3,4,5\n" * 100)[:12] + b"\xff" * 30), ("gzip",)),
    "another width in validation": (
        lambda tree: tree.channel_file("validation").write_text("1,2,3\n") and None,  # type: ignore[func-returns-value]
        ("'validation'", "2 feature columns", "4"),
    ),
    "no label": (lambda tree: tree.set_channels(ContentType="text/csv;label_size=0") and None, ("no label",)),  # type: ignore[func-returns-value]
    "two labels": (lambda tree: tree.set_channels(ContentType="text/csv;label_size=2") and None, ("label_size",)),  # type: ignore[func-returns-value]
    "CSV without a content type": (
        lambda tree: tree.write_config("inputdataconfig", {"train": {"TrainingInputMode": "File"}}),
        ("line 1", "no ContentType", "libsvm"),
    ),
    "libsvm index": (_typed("text/libsvm", b"1 0:1 x:2\n"), ("line 1", "x")),
    "libsvm wider than memory": (_typed("text/libsvm", b"1 0:1 2000000000:2\n"), ("2,000,000,001", "wrong index")),
    "libsvm groups": (_typed("text/libsvm", b"1 qid:1 0:1\n"), ("line 1", "qid")),
    "no Parquet file": (_typed("application/x-parquet", b"PAR1 but not really"), ("arquet",)),
    "RecordIO magic": (_typed(RECORDIO, b"\x00" * 64), ("record 1", "0xCED7230A")),
    "RecordIO cut off": (_typed(RECORDIO, struct.pack("<II", 0xCED7230A, 100) + b"short"), ("record 1",)),
    "RecordIO payload": (_typed(RECORDIO, struct.pack("<II", 0xCED7230A, 4) + b"\xff\xff\xff\xff"), ("record 1",)),
}


@pytest.mark.parametrize(("change", "told"), DATA.values(), ids=DATA.keys())
def test_F06_data_that_cannot_be_read(tree: Tree, change: Callable[[Tree], None], told: tuple[str, ...]) -> None:
    change(tree)
    failure = _failure(tree)
    assert "channel '" in failure
    assert all(text in failure for text in told), failure


@pytest.mark.parametrize(("weight", "told"), [("-1", "below 0"), ("0", "weight 0")])
def test_weights_that_cannot_be_learned_from_are_refused(tree: Tree, weight: str, told: str) -> None:
    for channel in ("train", "validation"):
        lines = tree.channel_file(channel).read_text().splitlines()
        tree.channel_file(channel).write_text("".join(f"{line.replace(',', f',{weight},', 1)}\n" for line in lines))
    assert told in _failure(tree.set(csv_weights="1"))


def test_a_link_that_leads_nowhere_is_named_and_a_loop_is_no_trap(tree: Tree) -> None:
    (tree.channel_folder() / "loop").symlink_to(tree.channel_folder())
    code, log = runtimes.run(runtimes.Processes(), ["train"], XGBOOST, tree, {})
    assert code == 0, log
    (tree.channel_folder() / "gone.csv").symlink_to("/no/such/file")
    assert "gone.csv" in _failure(tree)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("inputdataconfig", {"train": {"TrainingInputMode": "File", "ContentType": 5}}),
        ("inputdataconfig", {"train": "File"}),
        ("resourceconfig", {"hosts": "algo-1"}),
    ],
)
def test_a_configuration_of_other_types_is_the_platforms_fault(tree: Tree, name: str, value: object) -> None:
    tree.write_config(name, value)
    assert f"{name}.json" in _failure(tree, exit_code=3)


def test_early_stopping_without_validation_names_the_channel(tree: Tree) -> None:
    channels = tree.set(early_stopping_rounds="3").read_config("inputdataconfig")
    tree.write_config("inputdataconfig", {"train": channels["train"]})
    assert "validation" in _failure(tree)


def test_one_channel_under_both_of_its_names_is_refused(tree: Tree) -> None:
    channels = tree.read_config("inputdataconfig")
    tree.write_config("inputdataconfig", channels | {"training": channels["train"]})
    failure = _failure(tree)
    assert "'training'" in failure
    assert "'train'" in failure


@pytest.mark.parametrize("name", ["hyperparameters", "inputdataconfig", "resourceconfig"])
@pytest.mark.parametrize("text", ["{", "[]", "\xff"])
def test_a_configuration_that_is_no_json_object_is_the_platforms_fault(tree: Tree, name: str, text: str) -> None:
    tree.write_config(name, text)
    failure = _failure(tree, exit_code=3)
    assert failure.startswith("PlatformError")
    assert f"{name}.json" in failure
