"""Matrix products that do not depend on how many rows are multiplied at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 16
"""Rows of a product. A multiple of what the inner loops of BLAS take at a time, so that all rows are treated alike."""


def product(rows: NDArray[Any], matrix: NDArray[Any]) -> NDArray[np.float64]:
    """``rows`` (n, d) times ``matrix`` (d, …) in double precision.

    BLAS picks the order of its sums by the shape of the operands, so the last bits of a row's result depend on its
    batch; where terms cancel out, nothing but such bits is left. Products of one shape have one order: the rows are
    multiplied in blocks of the same size, the last one filled up with zeros.
    """
    count, width = rows.shape
    blocks = np.zeros((-(-count // BLOCK), BLOCK, width))
    blocks.reshape(-1, width)[:count] = rows
    products = blocks @ matrix.astype(np.float64)
    return np.asarray(products.reshape(-1, *matrix.shape[1:])[:count])
