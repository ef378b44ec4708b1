"""What is left out of the suite, and only that."""

from __future__ import annotations

import pytest

from tests.contract.selection import SLOW_TO_IMPORT, Test, firsts, is_wanted
from tests.contract.subject import MEAN, Subject, subjects

ANSWERS = Test("test_V12_there_is_one_answer_a_record_in_order", "test_hosting.py", ["endpoint", "records"])
BROKEN = Test("test_V03_a_broken_model_is_never_healthy", "test_hosting.py", ["case", "tree", "trained"])
PATHS = Test("test_V14_unknown_paths", "test_server.py", ["endpoint"], any_algorithm=True)
USAGE = Test("test_I06_an_unknown_argument", "test_programs.py", ["case", "tree"], any_algorithm=True)
SUCCESS = Test("test_T01_I01_success", "test_outcome.py", ["trained"])
MANY = Test("test_M04_a_model_answers", "test_many_models.py", ["many", "endpoint"])

ALL = list(subjects())
TOYS = [subject for subject in ALL if subject.is_toy]
FIRSTS = list(firsts().values())[::-1]
QUICK = [subject for subject in FIRSTS if not subject.is_toy and subject.family not in SLOW_TO_IMPORT]


@pytest.fixture(autouse=True)
def _usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMAGE_TESTS", raising=False)


def chosen(test: Test, runtime: str) -> list[Subject]:
    """The algorithms that a test runs for."""
    return [subject for subject in ALL if is_wanted(subject, runtime, test)]


@pytest.mark.parametrize("test", [ANSWERS, BROKEN, SUCCESS, MANY], ids=lambda test: test.name)
def test_a_test_of_the_algorithm_runs_in_process_for_every_algorithm(test: Test) -> None:
    assert chosen(test, "process") == ALL


@pytest.mark.parametrize("test", [PATHS, USAGE], ids=lambda test: test.name)
def test_a_test_of_any_algorithm_runs_in_process_for_the_toys(test: Test) -> None:
    assert chosen(test, "process") == TOYS
    assert MEAN in TOYS


def test_in_images_what_shares_a_training_and_a_server_runs_for_every_algorithm_or_once_an_image() -> None:
    assert chosen(ANSWERS, "image") == ALL
    assert chosen(PATHS, "image") == FIRSTS
    assert {subject.image for subject in FIRSTS} == {subject.image for subject in ALL}


def test_in_images_what_starts_programs_runs_for_the_first_algorithm_of_each() -> None:
    assert chosen(BROKEN, "image") == [*QUICK, MEAN]
    assert chosen(USAGE, "image") == [*QUICK, MEAN]
    assert [subject for subject in chosen(MANY, "image") if not subject.is_toy] == [
        subject for subject in FIRSTS if not subject.is_toy
    ]


def test_all_of_it_runs_for_each_image_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_TESTS", "all")
    assert [chosen(test, "image") for test in (ANSWERS, BROKEN, PATHS, USAGE)] == [ALL, ALL, FIRSTS, FIRSTS]


def test_the_installed_scripts_are_started_for_the_toy_and_essentially_for_each_family() -> None:
    assert chosen(USAGE, "script") == [MEAN]
    assert chosen(SUCCESS, "script") == [*QUICK, MEAN]
    assert chosen(ANSWERS, "script") == chosen(BROKEN, "script") == []


def test_the_text_of_tables_is_tested_where_it_is_read() -> None:
    test = Test("test_F06_a_cell_that_is_no_number", "test_tables.py", ["failing", "tree"])
    assert {subject.reads("text/csv") for subject in chosen(test, "process")} == {True}


def test_the_mark_is_found_and_what_a_test_asks_for(request: pytest.FixtureRequest, case_like: str) -> None:
    assert Test.of(request.node) == Test(request.node.name, "test_selection.py", ["request", "case_like"])


@pytest.fixture
def case_like() -> str:
    return "case"
