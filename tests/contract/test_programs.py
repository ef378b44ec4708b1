"""Section I of the checklist, as far as it shows without looking into an image: the two programs."""

from __future__ import annotations

import pytest

from tests.contract import runtime as runtimes
from tests.contract.conftest import Case
from tests.contract.tree import Tree

pytestmark = pytest.mark.any_algorithm


@pytest.mark.parametrize("verb", ["train", "serve"])
def test_I06_an_unknown_argument_ends_with_a_usage_message(case: Case, tree: Tree, verb: str) -> None:
    exit_code, log = runtimes.run(case.runtime, [verb, "--no-such-option"], case.subject, tree, {})
    assert exit_code != 0
    assert "usage" in log.lower()
    assert "Traceback" not in log


def test_an_unknown_family_is_named(case: Case, tree: Tree) -> None:
    exit_code, log = case.train(tree, ALGORITHM_FAMILY="no_such_family")
    assert exit_code != 0
    assert "no_such_family" in log
    assert "Traceback (most recent call last)" not in (tree.failure or "")


def test_an_unknown_algorithm_is_named_with_those_that_there_are(case: Case, tree: Tree) -> None:
    exit_code, _ = case.train(tree.set(algorithm="no-such-algorithm"))
    assert exit_code != 0
    assert case.subject.name in (tree.failure or "")
