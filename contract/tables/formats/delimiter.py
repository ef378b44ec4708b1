"""The delimiter of CSV text that does not name it: the one that makes records of the right width, then of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from contract.errors import Malformed
from contract.tables.formats.cell_remedies import has_decimal_comma, is_value
from contract.tables.formats.cells import split

DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT = 20
"""Lines that are looked at, from the first on."""


def guessed(lines: Sequence[bytes], has_header: bool, width: int | None) -> str:
    """The delimiter of the first lines of a text; ``width`` are the columns that are expected, if any are.

    A mark inside quotes parts nothing. The comma comes first, then what gives every line as many cells, of which most
    are numbers.
    """
    sample = [line.decode("latin-1") for line in lines[:LOOKED_AT]]
    if not sample:
        return ","
    candidates = [_Candidate(mark, sample, has_header) for mark in DELIMITERS]
    if width is not None:
        fitting = [candidate for candidate in candidates if candidate.counts[0] == width]
        if fitting:
            return fitting[0].mark
    parting = [candidate for candidate in candidates if max(candidate.counts) > 1] or candidates
    return min(parting, key=lambda candidate: (not candidate.is_even, candidate.counts[0] == 1, candidate.words)).mark


class _Candidate:
    """The cells of some lines if ``mark`` parts them: ``words`` is the share of them that are no numbers."""

    def __init__(self, mark: str, sample: Sequence[str], has_header: bool) -> None:
        rows = [_cells(line, mark) for line in sample]
        cells = [cell.strip(" \t") for row in (rows[1:] if has_header else rows) for cell in row]
        self.mark = mark
        self.counts = [len(row) for row in rows]
        self.is_even = len(set(self.counts)) == 1
        self.words = sum(not is_value(cell) and not has_decimal_comma(cell) for cell in cells) / max(1, len(cells))


def _cells(line: str, mark: str) -> list[str]:
    try:
        return split(line, mark, 1)
    except Malformed:  # the reader says where, once the delimiter is known
        return line.split(mark)
