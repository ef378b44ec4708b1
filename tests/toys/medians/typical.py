"""The algorithm ``mean``, judged also by the typical error and by the share of the labels' total that was missed.

Neither is a mean over records: the first is a median, the second a ratio of two sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from contract.metrics import Direction, median
from contract.metrics.evaluation import Evaluation, Regression
from contract.tables.data import Table
from contract.tables.evaluation import TableEvaluator
from tests.toys.mean.averaging import Mean, MeanModel, MeanOutput

TYPICAL = {"median_absolute_error": median(lambda label, prediction: np.abs(label.astype(np.float64) - prediction))}


class TypicalErrors:
    """Adds the errors and the labels up, beside what is measured of a regression and the median error."""

    def __init__(self, records: int) -> None:
        self._usual = TableEvaluator(Regression(records), extra_metrics=TYPICAL)
        self._missed = self._total = 0.0

    def add(self, predictions: NDArray[Any], data: Table) -> None:
        self._usual.add(predictions, data)
        self._missed += float(np.abs(data.labels.astype(np.float64) - predictions).sum())
        self._total += float(np.abs(data.labels).sum(dtype=np.float64))

    def result(self) -> Evaluation:
        usual = self._usual.result()
        missed = {"missed_share": self._missed / self._total} if self._total else {}
        return Evaluation({**usual.metrics, **missed}, usual.figures)


@dataclass(frozen=True)
class TypicalOutput(MeanOutput):
    def evaluator(self, records: int) -> TypicalErrors:
        return TypicalErrors(records)


class Typical(Mean):
    name: ClassVar[str] = "typical"
    metrics: ClassVar[Mapping[str, Direction | None]] = {
        **Mean.metrics,
        "median_absolute_error": "Minimize",
        "missed_share": "Minimize",
    }
    evaluation_batch_size: ClassVar[int] = 3

    def output(self, model: MeanModel) -> TypicalOutput:
        return TypicalOutput()


ALGORITHM = Typical()
