"""Labels of any number a picture, such as the numbers of its boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contract.data import Float32, Int64


@dataclass(frozen=True, eq=False)
class RaggedLabels:
    """The numbers of all pictures, one after the other, as they are written; a picture may have none.

    Those of picture i are ``numbers[starts[i] : starts[i + 1]]``, so that n pictures have n + 1 ``starts``.
    """

    numbers: Float32
    starts: Int64

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, rows: slice | Int64) -> RaggedLabels:
        """The labels of these pictures, in their order."""
        counts, first = self.counts[rows], self.starts[:-1][rows]
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        places = np.arange(starts[-1]) + np.repeat(first - starts[:-1], counts)
        return RaggedLabels(self.numbers[places], starts)

    @property
    def counts(self) -> Int64:
        """The count of numbers that each picture has (n,)."""
        return np.diff(self.starts)

    def of(self, record: int) -> Float32:
        """The numbers of one picture."""
        return self.numbers[self.starts[record] : self.starts[record + 1]]

    def content(self) -> bytes:
        """All that there is, as bytes; the same ones for the same labels."""
        return self.counts.astype("<i8").tobytes() + self.numbers.astype("<f4").tobytes()
