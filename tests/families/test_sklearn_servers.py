"""What a server of the family sklearn loads: numpy, and nothing that only training learns with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contract.artifact import ModelManifest
from contract.families import algorithms
from tests.contract import runtime
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.server_process import ServerProcess

LEARNING = {"sklearn", "scipy", "joblib", "threadpoolctl", "pandas", "narwhals", "arro3"}
SEARCHING = "faiss"
IMPORTED = re.compile(r"^import time: .*\| +(\w+)", re.MULTILINE)


def trained(name: str, folder: Path) -> Tree:
    """The example job of an algorithm, done."""
    subject = Subject("sklearn", name)
    tree = Tree.copy(subject.example, folder / "ml")
    code, log = runtime.run(runtime.Processes(), ["train"], subject, tree, {})
    assert code == 0, log
    return tree


@pytest.mark.parametrize("name", sorted(algorithms("sklearn")))
def test_a_server_answers_without_what_training_learns_with(name: str, tmp_path: Path) -> None:
    tree = trained(name, tmp_path)
    example = ModelManifest.read(tree.model).request()
    assert example is not None
    environ = {"ALGORITHM_FAMILY": "sklearn", "PYTHONPROFILEIMPORTTIME": "1"}
    with ServerProcess(tree.base, tmp_path, environ) as server:
        assert server.invoke(example.body, example.content_type, None).status == 200
        loaded = set(IMPORTED.findall(server.log))
    assert "numpy" in loaded
    assert loaded & LEARNING == set()
    assert (SEARCHING in loaded) == (name == "knn")
