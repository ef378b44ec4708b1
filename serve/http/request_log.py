"""Writes one line of JSON to standard output for every invocation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson

STANDARD_OUTPUT = 1
LONGEST_TEXT = 200


def write(entry: Mapping[str, Any]) -> None:
    """Writes the line at once and whole, so that the lines of several workers do not mix.

    A log that nobody reads any more is no reason to refuse an answer.
    """
    line = orjson.dumps({"time": datetime.now(UTC), **entry}, option=orjson.OPT_APPEND_NEWLINE)
    with suppress(OSError):
        os.write(STANDARD_OUTPUT, line)


def shortened(text: str | None) -> str | None:
    """Cuts text that a client sent to a length that suits a log line."""
    return text if text is None or len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
