"""Which tests run for which algorithm, and where.

A test is about **the algorithm**, and runs for each one; or it is marked ``any_algorithm``, because it looks at
``train`` and ``serve`` alone, whatever the algorithm is: paths, headers, configuration files, options. Where an
algorithm could make a difference, a test has no mark.

=========  ====================================  ========================================
where      a test of the algorithm               a test marked ``any_algorithm``
=========  ====================================  ========================================
process    each one                              each toy
image      each one, or, if it starts programs   the first of each image; of the toys,
           of its own, the first of each image   if it starts programs, the toy mean
script     essentials, the first of each image   few, the toy mean
=========  ====================================  ========================================

*Process*: forks of a process that has done the imports. *Script*: the installed programs. In images a start is dear:
so most tests there share one training and one server, and a family whose library takes seconds to import is looked at
by these alone. The toys share an image, which stands on that of a family. Beside a package that is none of this
project's no toys are tested: its first algorithm takes their place; its image, which stands on one that is tested, is
looked at by tests that share. IMAGE_TESTS=all in the environment runs all of it for each image.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

import pytest

from tests.contract.subject import MEAN, Subject, chosen_family, subjects

SLOW_TO_IMPORT = frozenset({"tensorflow"})
"""Families of which a whole suite of starts would take a quarter of an hour."""

ESSENTIAL = ("test_T01_I01_success", "test_V01")
"""The tests of installed scripts that run for the first algorithm of each family."""

BY_SCRIPT = (*ESSENTIAL, "test_S01", "test_V17_sigterm")
"""What tests of the installed scripts there are beside test_programs.py: all other tests fork the programs."""

STARTERS = frozenset({"case", "tree", "failing", "many"})
"""What a test asks for that starts programs of its own."""


@dataclass(frozen=True)
class Test:
    """What decides where a test runs: its name and file, the fixtures that it asks for itself, and its marks.

    ``toy`` is the one algorithm that a test is about, by the mark of that name.
    """

    __test__ = False  # no test, whatever its name says

    name: str
    module: str
    asks_for: Collection[str]
    any_algorithm: bool = False
    toy: str = ""

    @classmethod
    def of(cls, item: pytest.Function) -> Test:
        marked = item.get_closest_marker("any_algorithm") is not None
        toy = item.get_closest_marker("toy")
        asks_for = list(inspect.signature(item.function).parameters)
        return cls(item.originalname, item.path.name, asks_for, marked, toy.args[0] if toy else "")

    @property
    def starts_programs(self) -> bool:
        return not STARTERS.isdisjoint(self.asks_for)


def is_wanted(subject: Subject, runtime: str, test: Test) -> bool:
    """Whether a test runs for an algorithm in a runtime."""
    if test.toy and not (subject.is_toy and subject.name == test.toy):
        return False
    if test.module == "test_tables.py" and not subject.reads("text/csv"):
        return False
    if runtime == "process":
        return not test.any_algorithm or stands_for_all(subject)
    if runtime == "script":
        return _is_wanted_of_scripts(subject, test)
    return _is_wanted_in_image(subject, test)


def _is_wanted_of_scripts(subject: Subject, test: Test) -> bool:
    if subject == speaker():
        return test.module == "test_programs.py" or test.name.startswith(BY_SCRIPT)
    return has_scripts_tested(subject) and test.name.startswith(ESSENTIAL)


def _is_wanted_in_image(subject: Subject, test: Test) -> bool:
    first = is_first(subject)
    if os.environ.get("IMAGE_TESTS") == "all":
        return first or not test.any_algorithm
    if not test.starts_programs:
        return first or not test.any_algorithm
    if subject.is_toy:
        return subject == MEAN
    if test.module == "test_many_models.py":
        return first
    return first and not subject.is_foreign and subject.family not in SLOW_TO_IMPORT


def has_scripts_tested(subject: Subject) -> bool:
    """Whether the installed scripts are started for this algorithm."""
    quick = not subject.is_toy and subject.family not in SLOW_TO_IMPORT
    return subject == speaker() or (quick and is_first(subject))


def stands_for_all(subject: Subject) -> bool:
    """Whether tests of any algorithm run with this one."""
    return subject.is_toy or subject == speaker()


def is_first(subject: Subject) -> bool:
    """Whether it is the first algorithm of its family."""
    return subject == firsts().get(subject.family, subject)


@cache
def speaker() -> Subject:
    """The algorithm that alone stands for all others: a toy, or the first one of the family that is to be tested."""
    return next(iter(subjects())) if chosen_family() else MEAN


@cache
def firsts() -> dict[str, Subject]:
    """The first algorithm of every family."""
    return {subject.family: subject for subject in reversed(list(subjects()))}
