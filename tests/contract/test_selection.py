"""What is left out of the suite, and only that."""

from __future__ import annotations

import pytest

from tests.contract.selection import first, has_whole_suite, is_wanted
from tests.contract.subject import Subject, subjects

OTHERS = [subject for subject in subjects() if not has_whole_suite(subject)]
SERVED = ("test_V12_there_is_one_answer_a_record_in_order", "test_hosting.py", ["endpoint", "trained", "case"])
REFUSED = ("test_F06_a_ragged_row_is_refused_with_file_and_line", "test_data.py", ["failing", "tree", "case"])
USAGE = ("test_I06_an_unknown_argument_ends_with_a_usage_message", "test_programs.py", ["tree", "case"])


@pytest.mark.parametrize("test", [SERVED, REFUSED, USAGE], ids=lambda test: test[1])
def test_every_test_runs_in_process_for_every_algorithm_and_in_the_image_for_the_first(
    test: tuple[str, str, list[str]],
) -> None:
    assert all(is_wanted(subject, "process", *test) for subject in subjects())
    assert all(is_wanted(subject, "image", *test) for subject in first().values() if has_whole_suite(subject))


def test_the_text_of_tables_is_tested_where_it_is_read() -> None:
    test = ("test_F06_a_ragged_row_is_refused_with_file_and_line", "test_tables.py", ["failing", "tree", "case"])
    assert {subject.reads("text/csv") for subject in subjects() if is_wanted(subject, "process", *test)} == {True}


@pytest.mark.parametrize("subject", OTHERS, ids=str)
def test_the_other_algorithms_of_an_image_are_trained_and_served_there_once(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMAGE_TESTS", raising=False)
    assert [is_wanted(subject, "image", *test) for test in (SERVED, REFUSED, USAGE)] == [True, False, False]


@pytest.mark.parametrize("subject", OTHERS, ids=str)
def test_all_of_it_runs_when_it_is_asked_for(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_TESTS", "all")
    assert all(is_wanted(subject, "image", *test) for test in (SERVED, REFUSED, USAGE))


def test_the_installed_scripts_are_started_by_the_tests_of_the_programs_and_few_others() -> None:
    some = next(iter(first().values()))
    assert [is_wanted(some, "script", *test) for test in (SERVED, REFUSED, USAGE)] == [False, False, True]


def test_many_models_are_served_in_an_image_by_its_first_algorithm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMAGE_TESTS", raising=False)
    test = ("test_M01_N01_without_a_model", "test_many_models.py", ["many", "trained", "case"])
    assert [subject for subject in subjects() if is_wanted(subject, "image", *test)] == list(first().values())[::-1]
    assert all(is_wanted(subject, "process", *test) for subject in subjects())
