"""What to do about a cell of CSV that is no number, by what it looks like."""

from __future__ import annotations

import re
from collections.abc import Sequence

from contract.tables.category_texts import MISSING_WORDS, TRUTHS
from contract.wire.lines import is_number

HEADER = "; if this line is a header, send the data as `text/csv; header=present` or remove the line"

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+|[+-]?\d{1,3}(?:\.\d{3})+,\d+", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d*", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d.*|\d{1,2}[./]\d{1,2}[./]\d{2,4}.*", re.ASCII)


def remedy(cell: str, *, is_label: bool) -> str:
    """The end of a message about a cell that is no number."""
    return _by_its_looks(cell) or _of_a_text(is_label)


def is_header(cells: Sequence[str], column: int, following: Sequence[str]) -> bool:
    """Returns whether a first line, of whose cells that of ``column`` is no number, looks like a header.

    It does if none of its cells is a number, or if that column holds a number in the ``following`` line.
    """
    if _by_its_looks(cells[column]):
        return False
    if column < len(following) and following[column] and is_value(following[column]):
        return True
    return not any(cell and is_value(cell) for cell in cells)


def is_value(cell: str) -> bool:
    """Returns whether a cell is a number, a truth value or a word for none."""
    return not cell or is_number(cell) or cell.lower() in TRUTHS or cell.lower() in MISSING_WORDS


def has_decimal_comma(cell: str) -> bool:
    """Returns whether a cell is a number that is written with a comma."""
    return bool(_DECIMAL_COMMA.fullmatch(cell))


def _by_its_looks(cell: str) -> str:
    if cell.startswith(("[", "(")):
        return (
            "; this looks like a vector of Spark: write its numbers into columns of their own (vector_to_array), or "
            "the data as text/libsvm"
        )
    if has_decimal_comma(cell):
        return "; write decimals with a point (1.5), not with a comma"
    if _THOUSANDS.fullmatch(cell):
        return "; write numbers without commas between the thousands"
    return "; encode dates as numbers, such as days or seconds" if _DATE.fullmatch(cell) else ""


def _of_a_text(is_label: bool) -> str:
    if is_label:
        return "; the label, in the first column, must be a number: number the classes from 0"
    return "; encode a column of texts as numbers, or declare it as categories where the algorithm has them"
