"""The way from parsed numbers to the matrices of a ``Table``, the same checks for every format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.data import Float32, Int64
from contract.errors import Malformed
from contract.tables.data import Sparse, Table
from contract.wire.lines import TOO_LARGE

WIDEST = 2**31
"""One more than the largest column index of a sparse matrix."""


def overflows(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Returns which values are infinite, or would be as 32-bit floats."""
    return np.abs(values) >= TOO_LARGE


def float32(values: NDArray[np.float64]) -> Float32:
    """The values as 32-bit floats, minus zero as zero: some parsers keep its sign and some do not."""
    narrow = values.astype(np.float32)
    narrow += np.float32(0)
    return narrow


def finite(values: NDArray[np.float64], place: Callable[[int, int], str]) -> Float32:
    """``float32`` of an (n,) or (n, d) array that holds no infinity; ``place`` names a row and column, from 0."""
    wrong = overflows(values)
    if np.count_nonzero(wrong):
        row, column = divmod(int(wrong.argmax()), values[0].size)
        raise Malformed(f"{values.flat[wrong.argmax()]:g} is beyond the range of 32-bit floats", place(row, column))
    return float32(values)


def finite_label(values: NDArray[np.float64], place: Callable[[int], str]) -> Float32:
    """``finite`` of an (n,) label, which may not be missing either."""
    missing = np.isnan(values)
    if np.count_nonzero(missing):
        raise Malformed("the label is missing", place(int(missing.argmax())))
    return finite(values, lambda row, _: place(row))


def sparse(
    values: NDArray[np.float64], indices: Int64, counts: Int64, width: int, place: Callable[[int], str]
) -> Sparse:
    """A matrix ``width`` wide from the entries of all rows one after another; ``counts`` has an (n,) number a row.

    Entries may be in any order within their row, but no index twice. NaN means the same as no entry. ``place`` names
    a row, from 0.
    """
    rows = np.repeat(np.arange(counts.size), counts)
    outside = (indices < 0) | (indices >= width)
    if np.count_nonzero(outside):
        at = int(outside.argmax())
        raise Malformed(f"index {indices[at]} is outside 0..{width - 1}", place(int(rows[at])))
    stored = finite(values, lambda entry, _: place(int(rows[entry])))
    kept = ~np.isnan(stored)
    rows, indices, stored = _sorted(rows[kept], indices[kept], stored[kept], place)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=counts.size))]).astype(np.int64)
    return Sparse(stored, indices, indptr, (counts.size, width))


def same_columns(before: Table | None, now: Table, where: str) -> Table:
    """The first of two parts of a stream, after a check that the second has its columns; ``where`` is the second."""
    if before is None:
        return now
    if isinstance(before.features, Sparse) != isinstance(now.features, Sparse):
        raise Malformed("dense and sparse records are mixed; write all of them one way", where)
    if (before.width, before.names) != (now.width, now.names):
        told, expected = (list(table.names) or f"{table.width} features" for table in (now, before))
        raise Malformed(f"the record has {told}, the ones before it have {expected}", where)
    return before


def _sorted(
    rows: NDArray[Any], indices: Int64, values: Float32, place: Callable[[int], str]
) -> tuple[NDArray[Any], Int64, Float32]:
    steps, same_row = np.diff(indices), np.diff(rows) == 0
    if np.count_nonzero(same_row & (steps <= 0)):
        order = np.lexsort((indices, rows))
        rows, indices, values = rows[order], indices[order], values[order]
        steps = np.diff(indices)
    twice = same_row & (steps == 0)
    if np.count_nonzero(twice):
        at = int(twice.argmax())
        raise Malformed(f"index {indices[at]} occurs twice", place(int(rows[at])))
    return rows, indices, values
