"""Warnings and errors in the log of a program: they fail a test that does not say that it expects them.

    with expecting("is removed: the program wrote it"):
        exit_code, log = case.train(tree)

A program that ends with an exit code other than 0 has an error to tell, which nobody needs to expect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

WARNINGS = re.compile(r"\bWARNING\b|\w+Warning: |^W\d{4} ", re.IGNORECASE)
ERRORS = re.compile(r"\b(ERROR|CRITICAL)\]|^(ERROR|CRITICAL|FATAL)\b|^Traceback \(|^[EF]\d{4} ")

OF_SMALL_DATA = (
    r"\[LightGBM\] \[Warning\] No further splits with positive gain",
    r"warning: trees on \d+ records tell little apart",
)
"""What algorithms rightly say of data as small as those of the tests."""

OF_TENSORFLOW = (r"WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR",)
"""The heading of a note that TensorFlow 2.21 writes as it is imported, whatever TF_CPP_MIN_LOG_LEVEL says."""

_expected: list[tuple[str, ...]] = [OF_SMALL_DATA, OF_TENSORFLOW]
"""The patterns of the blocks that a test is in."""


@contextmanager
def expecting(*patterns: str) -> Iterator[None]:
    """Inside, lines in which one of the regular expressions is found are no trouble."""
    _expected.append(patterns)
    try:
        yield
    finally:
        _expected.remove(patterns)


def check(log: str, *, failed: bool = False) -> None:
    """Fails on a line of trouble that nobody expects; of a program that ``failed``, on warnings alone."""
    unexpected = [line for line in trouble(log, failed=failed) if not _is_expected(line)]
    assert not unexpected, "\n".join(
        ["the log holds what the test does not expect:", *unexpected, "the whole log:", log]
    )


def trouble(log: str, *, failed: bool = False) -> list[str]:
    """The lines that tell of a warning or, unless the program ``failed``, of an error."""
    kinds = [WARNINGS] if failed else [WARNINGS, ERRORS]
    return [line for line in log.splitlines() if any(kind.search(line) for kind in kinds)]


def _is_expected(line: str) -> bool:
    return any(re.search(pattern, line) for patterns in _expected for pattern in patterns)
