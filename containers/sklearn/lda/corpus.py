"""Documents as counts of words: how they are checked, and how they are gone through again and again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from containers.sklearn.records import UNLABELLED
from contract.algorithm import Signature
from contract.data import PART
from contract.errors import ChannelError, RequestError
from contract.hyperparameters import Hyperparameters
from contract.media_type import MediaType
from contract.source import Source
from contract.tables.data import Sparse, Table
from contract.tables.input import TableInput

CELLS = 1 << 22
"""Counts of a dense table that are looked at together."""


class CountInput(TableInput[Hyperparameters]):
    """Reads documents, one a record: a count of every word, none below 0."""

    def read(self, source: Source, params: Hyperparameters, like: Table | None) -> Table:
        table = super().read(source, params, like)
        if problem := _negative_count(table):
            raise ChannelError(f"channel {source.channel!r}, {problem} (records are counted over all files)")
        return table

    def decode(self, body: bytes, media_type: MediaType, signature: Signature) -> Table:
        table = super().decode(body, media_type, signature)
        if problem := _negative_count(table):
            raise RequestError(problem)
        return table


DOCUMENTS = CountInput(**vars(UNLABELLED))


class Corpus:
    """The documents of a table, those of consecutive rows together.

    A table in memory is turned into them once, a memory-mapped one is read anew each time.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._kept = None if isinstance(table.features, np.memmap) else list(self._read())

    def __iter__(self) -> Iterator[Sparse]:
        return iter(self._kept) if self._kept is not None else self._read()

    def __len__(self) -> int:
        return len(self._table)

    @property
    def words(self) -> int:
        """The size of the vocabulary."""
        return self._table.width

    def _read(self) -> Iterator[Sparse]:
        for part in self._table.parts(max(1, CELLS // self._table.width)):
            yield counts(part)


def counts(table: Table) -> Sparse:
    """The documents (n, words) of a table; words that are not stored do not occur."""
    features = table.dense
    rows, words = np.nonzero(features)
    ends = np.cumsum(np.bincount(rows, minlength=len(table)))
    return Sparse(features[rows, words], words, np.concatenate([[0], ends]), (len(table), table.width))


def matrix(documents: Sparse) -> Any:
    """The documents as a matrix of scipy, which multiplies with others."""
    from scipy.sparse import csr_matrix  # only training multiplies: a server need not load scipy

    return csr_matrix((documents.values.astype(np.float64), documents.indices, documents.indptr), documents.shape)


def _negative_count(table: Table) -> str:
    """The place of the first count below 0, or nothing."""
    features = table.dense
    for start in range(0, len(table), PART):
        negative = features[start : start + PART] < 0
        if np.count_nonzero(negative):
            row, column = divmod(int(negative.argmax()), table.width)
            count = features[start + row, column]
            return f"record {start + row + 1}, feature {column + 1}: the count {count:g} of a word is below 0"
    return ""
