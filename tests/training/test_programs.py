"""What the program `train` does when the volume under it is not as it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.runtime import Processes, run
from tests.contract.subject import Subject
from tests.contract.tree import Tree

XGBOOST = Subject("xgboost", "xgboost")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree.copy(XGBOOST.example, tmp_path / "ml")


def test_T09_a_file_where_the_output_belongs_fails_the_job_and_leaves_no_model(tree: Tree) -> None:
    (tree.output / "data").write_text("in the way")
    exit_code, log = run(Processes(), ["train"], XGBOOST, tree, {})
    assert exit_code == 3
    assert "PlatformError" in log
    assert str(tree.output / "data") in (tree.failure or "")
    assert tree.model_files() == set()


def test_a_file_where_the_model_belongs_fails_the_job(tree: Tree) -> None:
    tree.model.rmdir()
    tree.model.write_text("in the way")
    exit_code, log = run(Processes(), ["train"], XGBOOST, tree, {})
    assert exit_code == 3, log
    assert "model" in (tree.failure or "")


def test_without_a_family_the_variable_is_named(tree: Tree) -> None:
    exit_code, _ = run(Processes(), ["train"], XGBOOST, tree, {"ALGORITHM_FAMILY": ""})
    assert exit_code == 3
    assert "ALGORITHM_FAMILY" in (tree.failure or "")
