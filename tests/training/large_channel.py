"""A program: judges a channel that is ten times as large as the memory that is left to it, and tells metrics as JSON.

The channel lies in a file of rows (label, feature 0, …); the arguments are its path, the number of columns, the bytes
of memory that are left, and ``regression`` or ``binary``.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from contract.algorithm import Evaluator
from contract.answer import USUAL, RequestOptions
from contract.metrics import evaluation, storage
from contract.tables.data import Table
from contract.tables.evaluation import TableEvaluator
from tests.toys.mean.averaging import Mean, MeanModel, MeanOutput
from tests.toys.medians.typical import TypicalOutput
from train.evaluation import KeptPredictions, evaluate_channel


class BinaryOutput(MeanOutput):
    def evaluator(self, records: int) -> Evaluator[Table]:
        return TableEvaluator(evaluation.Binary())


class FirstFeature(Mean):
    """Predicts the first feature."""

    evaluation_batch_size: ClassVar[int] = 1 << 15

    def predict(self, model: MeanModel, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        return np.array(batch.dense[:, 0])


def main(path: Path, width: int, memory: int, kind: str) -> None:
    """Limits the memory to what is held now and ``memory`` bytes more, as a container's is limited."""
    rows = np.memmap(path, np.float32, "r").reshape(-1, width)
    table = Table(rows[:, 1:], label=rows[:, 0])
    storage.memory_bytes = lambda *_: memory  # what the container of such a job has
    output = BinaryOutput() if kind == "binary" else TypicalOutput()
    warm = Table(np.array(rows[:10, 1:]), label=np.array(rows[:10, 0]))  # libraries take what they need for good
    evaluate_channel(FirstFeature(), MeanModel(0, 0, 0), output, warm, KeptPredictions(10))
    held = int(Path("/proc/self/status").read_text().split("VmData:")[1].split()[0]) * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (held + memory, held + memory))
    found = evaluate_channel(FirstFeature(), MeanModel(0, 0, 0), output, table, KeptPredictions(1000))
    print(json.dumps(found.metrics))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
