"""The texts of columns of categories, in CSV lines of which every cell was read as a number already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from contract.tables.category_texts import PRECISE, texts_of
from contract.tables.data import Texts

_COMMA, _LINE_END = b",\n"


def of_numbers(text: bytes, cells: NDArray[np.float64], columns: Iterable[int]) -> dict[int, Texts]:
    """The texts of some columns as ``text`` has them, lines parted by commas without quotes; ``cells`` are its numbers.

    Where all of a column are plain whole numbers, their texts are made of the numbers, which is several times as fast.
    """
    lengths = _lengths(text, cells)
    plain = {column for column in columns if lengths is not None and _is_plain(cells[:, column], lengths[:, column])}
    rest = [column for column in columns if column not in plain]
    rows = [line.split(",") for line in text.decode().split("\n") if line.strip(" ")] if rest else []
    return {**{column: texts_of(cells[:, column]) for column in sorted(plain)}, **in_rows(rows, rest)}


def in_rows(rows: Sequence[Sequence[str]], columns: Iterable[int]) -> dict[int, Texts]:
    """The texts in some columns of rows."""
    return {column: texts_of([row[column] for row in rows]) for column in sorted(columns)}


def _lengths(text: bytes, cells: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """The bytes of every cell; None where that is not plain to see: with exponents and blank lines."""
    if b"e" in text or b"E" in text:
        return None
    found = np.frombuffer(text if text.endswith(b"\n") else text + b"\n", np.uint8)
    ends = np.flatnonzero((found == _COMMA) | (found == _LINE_END))
    return np.diff(ends, prepend=-1).reshape(cells.shape) - 1 if ends.size == cells.size else None


def _is_plain(numbers: NDArray[np.float64], lengths: NDArray[np.int64]) -> bool:
    """Returns whether a column holds whole numbers from 0 on in as many bytes as they have digits, or nothing.

    No other spelling is as short, but one with an exponent.
    """
    there = ~np.isnan(numbers)
    values, digits = numbers[there], lengths[there]
    if lengths[~there].any() or np.any((values < 0) | (values >= PRECISE) | (values % 1 != 0)):
        return False
    return bool(np.array_equal(digits, np.searchsorted(_POWERS, values, side="right") + 1))


_POWERS = 10.0 ** np.arange(1, 17)
