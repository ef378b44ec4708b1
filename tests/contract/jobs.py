"""What jobs over an algorithm's example leave, for tests that compare two of them."""

from __future__ import annotations

import json

from tests.contract.conftest import Case
from tests.contract.tree import Tree


def train(case: Case, tree: Tree) -> None:
    exit_code, log = case.train(tree)
    assert exit_code == 0, log


def fingerprint(tree: Tree, channel: str = "train") -> object:
    """What the manifest says about the data of a channel."""
    return json.loads((tree.model / "manifest.json").read_text())["data"][channel]
