"""The members that ``train`` and ``serve`` need of data, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float32: TypeAlias = NDArray[np.float32]
Int64: TypeAlias = NDArray[np.int64]

PART = 1 << 16
"""Rows that are looked at together where a table may be larger than memory."""


class Data(Protocol):
    """Records of a channel or of a request: tables, images, or another kind of data."""

    def __len__(self) -> int:
        """The number of records."""

    def fingerprint(self) -> str:
        """A short text that changes whenever the content does (for the manifest)."""

    def summary(self) -> Sequence[tuple[str, str]]:
        """Pairs of label and text that describe the data in a report."""

    def parts(self, records: int) -> Iterator[Self]:
        """Yields the same records in order, at most ``records`` at a time."""

    def take(self, rows: Int64) -> Self:
        """The records of these numbers, in their order."""
