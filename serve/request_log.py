"""One line of JSON on standard output for every invocation."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson

STANDARD_OUTPUT = 1
LONGEST_TEXT = 200


def write(**entry: Any) -> None:
    """Writes the line at once and whole, so that the lines of several workers do not mix.

    Entries that are None are left out. A log that nobody reads any more is no reason to refuse an answer.
    """
    line = {"time": datetime.now(UTC), **{key: _short(value) for key, value in entry.items() if value is not None}}
    with suppress(OSError):
        os.write(STANDARD_OUTPUT, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return value[: LONGEST_TEXT - 1] + "…"
    return round(value, 3) if isinstance(value, float) else value
