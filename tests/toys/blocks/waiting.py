"""The algorithm ``mean``, which waits on records whose first feature is negative, where it is told how.

It writes a byte into the named pipe BLOCKS_STARTED when it starts to wait, and waits until somebody opens the named
pipe BLOCKS_RELEASE for writing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.answer import USUAL, RequestOptions
from contract.tables.data import Table
from tests.toys.mean.averaging import Mean, MeanModel


class Blocks(Mean):
    def predict(self, model: MeanModel, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        told = "BLOCKS_STARTED" in os.environ
        if told and isinstance(batch.features, np.ndarray) and batch.features[0, 0] < 0:
            Path(os.environ["BLOCKS_STARTED"]).write_bytes(b".")
            Path(os.environ["BLOCKS_RELEASE"]).read_bytes()
        return super().predict(model, batch)


ALGORITHM = Blocks()
