"""The tests of this folder run for every algorithm, in process and (marked ``image``) in the family's image.

Those marked ``any_algorithm`` do not depend on it and run for few; ``selection`` says which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from contract.errors import PlatformError
from tests.contract import runtime as runtimes
from tests.contract.records import Records, accepts_of, records_of
from tests.contract.selection import Test, has_scripts_tested, is_wanted
from tests.contract.subject import Subject, chosen_family, subjects
from tests.contract.tree import Tree
from tests.endpoint import Endpoint
from tests.images.engine import build_toys_image, find_image

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """A subject in a runtime."""

    subject: Subject
    runtime: runtimes.Runtime

    def train(self, tree: Tree, **environment: str) -> tuple[int, str]:
        """Trains; returns exit code and log."""
        return runtimes.run(self.runtime, ["train"], self.subject, tree, environment)

    def start_training(self, tree: Tree, **environment: str) -> runtimes.Program:
        return self.runtime.start(["train"], self.subject, tree, environment, 0)

    def serving(self, tree: Tree, **environment: str):  # type: ignore[no-untyped-def]
        return runtimes.serving(self.runtime, self.subject, tree, environment)


def pytest_configure(config: pytest.Config) -> None:
    """Says what the one family that is to be tested lacks, where it lacks something."""
    family = chosen_family()
    try:
        found = list(subjects())
    except PlatformError as error:
        raise pytest.UsageError(f"no family {family}: put the folder that holds its package on PYTHONPATH") from error
    if not found:
        raise pytest.UsageError(f"no module of {family} has an object ALGORITHM")
    for subject in found:
        if not (subject.example / "input" / "config").is_dir():
            raise pytest.UsageError(f"{subject} has no example job in {subject.example}: see CONTRIBUTING.md")


def _cases() -> Iterator[object]:
    with suppress(PlatformError):  # pytest_configure tells it
        for subject in subjects():
            yield from _cases_of(subject)


def _cases_of(subject: Subject) -> Iterator[object]:
    yield pytest.param(Case(subject, runtimes.Processes()), id=f"{subject}-process")
    yield pytest.param(Case(subject, runtimes.Images()), id=f"{subject}-image", marks=pytest.mark.image)
    if has_scripts_tested(subject):
        yield pytest.param(Case(subject, runtimes.Scripts()), id=f"{subject}-script")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what ``selection`` does not want."""
    unwanted = [item for item in items if not _is_wanted(item)]
    config.hook.pytest_deselected(items=unwanted)
    items[:] = [item for item in items if item not in set(unwanted)]


def _is_wanted(item: pytest.Item) -> bool:
    case = item.callspec.params.get("case") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None
    if not isinstance(case, Case):
        return not (chosen_family() and FOLDER in item.path.parents)
    assert isinstance(item, pytest.Function)
    return is_wanted(case.subject, case.runtime.name, Test.of(item))


@pytest.fixture(scope="session", params=list(_cases()))
def case(request: pytest.FixtureRequest) -> Case:
    """The algorithm and the runtime under test."""
    chosen: Case = request.param
    if isinstance(chosen.runtime, runtimes.Images):
        prepare_image(chosen.subject)
    return chosen


def prepare_image(subject: Subject) -> None:
    """Finds the image of an algorithm, or builds it in the case of a toy."""
    if subject.is_toy:
        build_toys_image()
    else:
        find_image(subject.image)


@pytest.fixture
def subject(case: Case) -> Subject:
    return case.subject


@pytest.fixture
def tree(case: Case, tmp_path: Path) -> Tree:
    """A fresh copy of the algorithm's example."""
    return Tree.copy(case.subject.example, tmp_path / "ml")


@dataclass(frozen=True)
class Trained:
    """A finished training of the unchanged example."""

    tree: Tree
    exit_code: int
    log: str


@pytest.fixture(scope="session")
def trained(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The example, trained once. Do not change its tree."""
    tree = Tree.copy(case.subject.example, tmp_path_factory.mktemp("trained") / "ml")
    return Trained(tree, *case.train(tree))


@pytest.fixture(scope="session")
def endpoint(case: Case, trained: Trained) -> Iterator[Endpoint]:
    """One server of the trained example for all tests that leave it as it is."""
    with case.serving(trained.tree) as endpoint:
        yield endpoint


@pytest.fixture
def records(case: Case) -> Records:
    """The records of the example's train channel, as requests hold them."""
    return records_of(case.subject, Tree(case.subject.example))


@pytest.fixture
def accepts(endpoint: Endpoint, records: Records) -> Sequence[str]:
    """The media types that the endpoint answers in."""
    return accepts_of(endpoint, records.content_type)


Failing = Callable[[Tree], str]


@pytest.fixture
def failing(case: Case) -> Failing:
    """Trains a tree that must fail cleanly; returns the failure text."""

    def train(tree: Tree, **environment: str) -> str:
        exit_code, log = case.train(tree, **environment)
        assert exit_code != 0, log
        failure = tree.failure
        assert failure, log
        assert "Traceback" not in failure
        assert len(failure) <= 900
        assert tree.model_files() == set(), "a failed job must leave no model"
        return failure

    return train
