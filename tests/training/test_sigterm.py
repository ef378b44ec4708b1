"""A job that is stopped in the middle of training."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.contract.runtime import Processes, wait_for_text
from tests.contract.subject import Subject
from tests.contract.tree import Tree

XGBOOST = Subject("xgboost", "xgboost")


@pytest.fixture
def endless(tmp_path: Path) -> Tree:
    """A job that would train for hours."""
    return Tree.copy(XGBOOST.example, tmp_path / "ml").set(num_round="1000000")


def _stop_after(tree: Tree, text: str) -> tuple[int, str]:
    program = Processes().start(["train"], XGBOOST, tree, {}, 0)
    try:
        wait_for_text(program, text)
        program.signal(signal.SIGTERM)
        return program.wait(), program.log()
    finally:
        program.stop()


def test_S01_S02_a_job_without_the_wish_to_be_saved_leaves_nothing_and_says_so(endless: Tree) -> None:
    exit_code, log = _stop_after(endless, "[20] ")
    assert exit_code == 128 + signal.SIGTERM, log
    assert endless.model_files() == set()
    assert "save_model_on_termination" in (endless.failure or "")


def test_S02_save_model_on_termination_keeps_the_model_of_the_last_finished_round(endless: Tree) -> None:
    exit_code, log = _stop_after(endless.set(save_model_on_termination="true"), "[20] ")
    assert exit_code == 0, log
    manifest = json.loads((endless.model / "manifest.json").read_text())
    assert manifest["best_iteration"] >= 20
    assert endless.failure is None
