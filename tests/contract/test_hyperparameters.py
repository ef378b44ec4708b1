"""Section C of the checklist, as far as an algorithm decides: its own hyperparameters."""

from __future__ import annotations

from tests.contract.conftest import Case, Trained
from tests.contract.subject import Subject
from tests.contract.tree import Tree


def test_C01_texts_become_the_types_that_are_declared(trained: Trained) -> None:
    given = trained.tree.read_config("hyperparameters")
    assert all(isinstance(value, str) for value in given.values())
    assert trained.exit_code == 0, trained.log


def test_C02_without_hyperparameters_the_job_uses_defaults_or_names_what_is_required(
    case: Case, subject: Subject, tree: Tree
) -> None:
    (tree.config / "hyperparameters.json").unlink()
    required = [name for name, spec in subject.specs.items() if spec.required]
    exit_code, log = case.train(tree)
    assert (exit_code == 0) is not bool(required), log
    assert all(name in (tree.failure or "") for name in required)
