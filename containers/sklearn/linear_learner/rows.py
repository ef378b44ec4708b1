"""The rows that are looked at together: small pieces of a table that may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from contract.data import PART, Int64
from contract.tables.data import Table

NUMBERS_AT_ONCE = 1 << 22
"""float64 numbers of one piece and its scores: 32 MB."""
FEWEST = 64
BLOCK = 256
"""Consecutive rows that stay together until they are mixed in memory, where a table is on disk."""
SAMPLE_PIECE = 1000
FEWEST_PIECES = 100
"""A sample has so many pieces: neighbours are alike in a sorted file, and a few long pieces would miss some kinds."""


def piece(width: int) -> int:
    """The number of rows that are worked on at once when each takes ``width`` numbers."""
    return min(PART, max(FEWEST, NUMBERS_AT_ONCE // width))


def spread(count: int, most: int, together: int) -> list[slice]:
    """Slices of a table of ``count`` rows with about ``most`` rows in all, evenly spread; none above ``together``.

    Where all rows are wanted they are all there, in order; a sample has at least 100 slices, or single rows.
    """
    if count <= most:
        return [slice(start, min(start + together, count)) for start in range(0, count, together)]
    size = max(1, min(together, SAMPLE_PIECE, most // FEWEST_PIECES))
    starts = np.linspace(0, count - size, most // size).astype(np.int64).tolist()
    return [slice(start, start + size) for start in starts]


def shuffled(table: Table, batch: int, random: np.random.Generator) -> Iterator[Int64]:
    """The row numbers of one epoch in random order, ``batch`` at a time (the last ones may be fewer).

    In memory every order is possible. A table on disk is read by blocks of neighbours, which are mixed with those of
    many other blocks.
    """
    count = len(table)
    block = BLOCK if isinstance(table.features, np.memmap) else 1
    blocks = random.permutation(-(-count // block))
    at_once = max(PART, -(-batch // block) * block) // block
    waiting = np.empty(0, np.int64)
    for start in range(0, len(blocks), at_once):
        rows = (blocks[start : start + at_once, None] * block + np.arange(block)).ravel()
        waiting = np.concatenate([waiting, random.permutation(rows[rows < count])])
        ready = len(waiting) - len(waiting) % batch
        yield from np.split(waiting[:ready], range(batch, ready, batch)) if ready else ()
        waiting = waiting[ready:]
    if len(waiting):
        yield waiting
