"""Output for people: short, aligned, without colours, one fact per line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any


def say(text: str = "") -> None:
    """Prints at once, also into a pipe."""
    print(text, flush=True)


def note(text: str) -> None:
    """Something the user should know that is no result: standard error, so that output can be read by programs."""
    print(text, file=sys.stderr, flush=True)


def log_line(line: str) -> None:
    """Shows a line of a job's log apart from our own words."""
    say(f"  | {line}")


def show_json(value: Any) -> None:
    """A request or a document, to be read by people and programs."""
    say(json.dumps(value, indent=2, ensure_ascii=False))


def table(rows: Iterable[Sequence[str]], indent: str = "  ") -> str:
    """Rows of cells as aligned columns."""
    cells = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in cells]
    return "\n".join((indent + "  ".join(row)).rstrip() for row in padded)
