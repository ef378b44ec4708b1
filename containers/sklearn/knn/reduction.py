"""Random projections to fewer dimensions that keep distances and inner products about as they were.

``sign`` multiplies by a matrix of random signs (Achlioptas, "Database-friendly random projections", 2003). ``fjlt``
is the fast Johnson-Lindenstrauss transform (Ailon and Chazelle, 2009) in its subsampled form (Tropp, "Improved analysis
of the subsampled randomized Hadamard transform", 2011): random signs, a Walsh-Hadamard transform, a random choice of
its coordinates.

All randomness is read from the raw bits of PCG64, whose stream numpy promises never to change: kind, seed and sizes
are all that a model keeps of its projection.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.arithmetic import product
from contract.data import Int64

GENERATOR = "PCG64"
_CHUNK = 1 << 22
"""Numbers that are transformed at a time."""


@dataclass(frozen=True)
class Reduction:
    """A projection from ``input_dim`` to ``target_dim`` dimensions; ``kind`` is ``sign`` or ``fjlt``."""

    kind: str
    seed: int
    input_dim: int
    target_dim: int

    def apply(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, input_dim) to (n, target_dim). A row's result does not depend on the others."""
        step = max(1, _CHUNK // max(self._padded, self.target_dim))
        return np.concatenate([self._sums(rows[at : at + step]) for at in range(0, len(rows), step)]) * self._scale

    def _sums(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.kind == "sign":
            return product(rows, self._signs.reshape(self.input_dim, self.target_dim))
        padded = np.zeros((len(rows), self._padded))
        padded[:, : self.input_dim] = rows * self._signs
        return hadamard(padded)[:, self._coordinates]

    @property
    def _scale(self) -> float:
        """Keeps the expected squared length of a row."""
        return float(1 / np.sqrt(self.target_dim))

    @cached_property
    def _padded(self) -> int:
        """The power of two at which a Hadamard transform works."""
        return 1 << (max(self.input_dim, self.target_dim) - 1).bit_length()

    @cached_property
    def _signs(self) -> NDArray[np.float64]:
        """1 and -1: a whole matrix for ``sign``, one for each input dimension for ``fjlt``."""
        count = self.input_dim * (self.target_dim if self.kind == "sign" else 1)
        raw = np.asarray(np.random.PCG64(self.seed).random_raw(-(-count // 64)), "<u8")
        return 1 - 2 * np.unpackbits(raw.view(np.uint8), count=count).astype(np.float64)

    @cached_property
    def _coordinates(self) -> Int64:
        """The coordinates of the transform that are kept, each at most once."""
        raw = np.asarray(np.random.PCG64(self.seed).jumped().random_raw(self._padded))
        return np.sort(np.argsort(raw, kind="stable")[: self.target_dim])


def hadamard(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Walsh-Hadamard transform of (n, p) rows, p a power of two, without its factor 1 / sqrt(p)."""
    count, width = rows.shape
    half = 1
    while half < width:
        pairs = rows.reshape(count, -1, 2, half)
        first, second = pairs[:, :, 0], pairs[:, :, 1]
        rows = np.stack([first + second, first - second], axis=2).reshape(count, width)
        half *= 2
    return rows
