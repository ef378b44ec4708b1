"""Which tests run for which case: all of them, except where a start is dear and shows nothing new.

All algorithms of an image share its `train` and `serve`, and `test_image.py` looks at the image itself. So the whole
suite runs in an image for the family's first algorithm by name, and for the others what looks at one training of their
example and at servers of its model; so it is for all algorithms of a family whose library takes seconds to import.
Many models behind one endpoint are, in an image, those of the first algorithm. The image of a package that is none of
this project's is looked at as those other algorithms are: it stands on one that is tested.
IMAGE_TESTS=all in the environment runs all of it for each.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import cache

from tests.contract.subject import Subject, subjects

SLOW_TO_IMPORT = frozenset({"tensorflow"})
"""Families of which a whole suite of starts would take a quarter of an hour."""

SCRIPT_TESTS = ("test_T01_success", "test_S01", "test_V01", "test_V17_sigterm")
"""What tests of the installed scripts there are beside test_programs.py: all other tests fork the programs."""


@cache
def first() -> dict[str, Subject]:
    """The first algorithm of every family."""
    return {subject.family: subject for subject in reversed(list(subjects()))}


def is_wanted(subject: Subject, runtime: str, test: str, module: str, fixtures: Collection[str]) -> bool:
    """Whether ``test``, of the file ``module``, runs for an algorithm in a runtime."""
    if module == "test_tables.py" and not subject.reads("text/csv"):
        return False
    if runtime == "script":
        return module == "test_programs.py" or test.startswith(SCRIPT_TESTS)
    if runtime == "image" and module == "test_many_models.py" and os.environ.get("IMAGE_TESTS") != "all":
        return subject == first()[subject.family]
    if (
        runtime == "image"
        and (subject.is_foreign or not has_whole_suite(subject))
        and os.environ.get("IMAGE_TESTS") != "all"
    ):
        return "trained" in fixtures and "tree" not in fixtures
    return True


def has_whole_suite(subject: Subject) -> bool:
    """Whether all of the suite runs in the image for this algorithm, and its installed scripts are tested."""
    return subject == first()[subject.family] and subject.family not in SLOW_TO_IMPORT
