"""The comparison of predictions for tables with their labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from contract.metrics import Measurement, Metric
from contract.metrics.evaluation import ArrayEvaluator, Evaluation
from contract.tables.data import Table


def as_predicted(predictions: NDArray[Any]) -> NDArray[Any]:
    """The predictions as they are."""
    return predictions


class TableEvaluator:
    """Gives labels and weights of tables to an evaluator; a channel without labels has no metrics.

    ``compared`` makes of predictions what ``evaluator`` compares with the labels; ``extra_metrics`` are measured on the
    predictions themselves.
    """

    def __init__(
        self,
        evaluator: ArrayEvaluator,
        compared: Callable[[NDArray[Any]], NDArray[Any]] = as_predicted,
        extra_metrics: Mapping[str, Metric] | None = None,
    ) -> None:
        self._evaluator, self._compared = evaluator, compared
        self._extra = Measurement(extra_metrics or {})
        self._labelled = False

    def add(self, predictions: NDArray[Any], data: Table) -> None:
        if data.label is None:
            return
        self._labelled = True
        self._evaluator.add(data.label, self._compared(predictions), data.weight)
        self._extra.add(data.label, predictions, data.weight)

    def result(self) -> Evaluation:
        if not self._labelled:
            return Evaluation({})
        found = self._evaluator.result()
        return Evaluation({**found.metrics, **self._extra.result()}, found.figures)


class NoComparison:
    """Judges nothing: no metric compares such predictions with labels."""

    def add(self, predictions: NDArray[Any], data: Table) -> None:
        return

    def result(self) -> Evaluation:
        return Evaluation({})
