"""The algorithm ``mean``, judged also by the typical error and by the share of the labels' total that was missed.

Neither is a mean over records: the first is a median, the second a ratio of two sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from contract.metrics import Direction
from contract.metrics.evaluation import Evaluation, Regression
from contract.metrics.ordered import OrderedValues
from contract.tables.data import Table
from contract.tables.evaluation import TableEvaluator
from tests.toys.mean.averaging import Mean, MeanModel, MeanOutput


class TypicalErrors:
    """Puts all errors in order, and adds them and the labels up; the rest is that of a regression."""

    def __init__(self, records: int) -> None:
        self._regression = TableEvaluator(Regression(records))
        self._errors = OrderedValues()
        self._missed = self._total = 0.0

    def add(self, predictions: NDArray[Any], data: Table) -> None:
        errors = np.abs(data.labels.astype(np.float64) - predictions)
        self._regression.add(predictions, data)
        self._errors.add(errors)
        self._missed += float(errors.sum())
        self._total += float(np.abs(data.labels).sum(dtype=np.float64))

    def result(self) -> Evaluation:
        usual, typical = self._regression.result(), {"median_absolute_error": self._errors.quantile(0.5)}
        missed = {"missed_share": self._missed / self._total} if self._total else {}
        return Evaluation({**usual.metrics, **typical, **missed}, usual.figures)


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
