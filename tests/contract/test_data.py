"""Section F, P and D of the checklist, whatever the records are: the channels of a job and what is in them."""

from __future__ import annotations

import json

import pytest

from tests.contract.conftest import Case, Failing, Trained
from tests.contract.jobs import fingerprint, train
from tests.contract.subject import Subject
from tests.contract.tree import Tree


def _content_of_model(tree: Tree) -> dict[str, bytes]:
    """The files that decide the answers (the report tells how long the job took)."""
    files = (path for path in tree.model.rglob("*") if path.is_file() and path.name != "report.html")
    return {path.name: path.read_bytes() for path in files}


def test_F03_hidden_underscored_and_empty_files_are_skipped(case: Case, tree: Tree, trained: Trained) -> None:
    folder = tree.channel_folder()
    for name in (".DS_Store", "_SUCCESS", "._train.csv"):
        (folder / name).write_text("not data")
    (folder / "folder_marker").touch()
    (folder / "_temporary").mkdir()
    (folder / "_temporary" / "0.csv").write_text("not data")
    train(case, tree)
    assert fingerprint(tree) == fingerprint(trained.tree)


@pytest.mark.any_algorithm
def test_F04_a_missing_required_channel_is_named(tree: Tree, failing: Failing) -> None:
    channels = tree.read_config("inputdataconfig")
    del channels["train"]
    tree.write_config("inputdataconfig", channels)
    assert "'train'" in failing(tree)


@pytest.mark.any_algorithm
def test_F04_a_required_channel_without_a_file_is_named(tree: Tree, failing: Failing) -> None:
    tree.empty()
    assert "'train'" in failing(tree)


def test_F04_what_is_not_required_is_optional(case: Case, tree: Tree) -> None:
    required = {channel.name for channel in case.subject.algorithm.channels if channel.required}
    channels = tree.read_config("inputdataconfig")
    tree.write_config("inputdataconfig", {name: entry for name, entry in channels.items() if name in required})
    train(case, tree)
    judged = set(json.loads((tree.model / "manifest.json").read_text())["metrics"])
    assert judged in ({"train"}, {"train", "validation"}), "some algorithms hold records out of the train channel"


@pytest.mark.any_algorithm
def test_F07_inputs_are_unchanged_and_may_be_read_only(case: Case, tree: Tree) -> None:
    inputs = [path for path in (tree.base / "input").rglob("*") if path.is_file()]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in inputs}
    for path in inputs:
        path.chmod(0o444)
    train(case, tree)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in inputs} == before


def test_F12_the_same_data_and_seed_give_the_same_model(case: Case, tree: Tree, trained: Trained) -> None:
    train(case, tree)
    assert _content_of_model(tree) == _content_of_model(trained.tree)


@pytest.mark.any_algorithm
def test_P01_pipe_mode_is_refused_before_any_file_is_looked_for(tree: Tree, failing: Failing) -> None:
    tree.empty()
    failure = failing(tree.set_channels(TrainingInputMode="Pipe"))
    assert "Pipe" in failure
    assert "File" in failure


@pytest.mark.any_algorithm
def test_D09_several_hosts_are_refused_with_the_remedy(tree: Tree, subject: Subject, failing: Failing) -> None:
    if subject.algorithm.distributed:
        pytest.skip("the algorithm trains on several hosts")
    tree.write_config("resourceconfig", {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]})
    assert "instance count" in failing(tree)
