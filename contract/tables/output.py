"""Answers to tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from numpy.typing import NDArray

from contract.algorithm import Evaluator
from contract.answer import Answer, RequestOptions
from contract.errors import RequestError
from contract.metrics import Metric
from contract.metrics.evaluation import Regression
from contract.tables.data import Table
from contract.tables.evaluation import TableEvaluator
from contract.wire.answers import ANSWERS


class TableOutput:
    """The common part of all answers to tables; JSON first, as in SageMaker's first-party algorithms.

    An algorithm adds ``columns`` and ``compared`` where a prediction is more than one number, and ``evaluator`` where
    something else is judged than how far a number lies from the label.
    """

    extra_metrics: ClassVar[Mapping[str, Metric]] = MappingProxyType({})
    """The metrics beside those of a regression: metrics of label, predictions and weight, such as
    ``mean(lambda label, predictions: predictions[:, 1] - predictions[:, 0])``."""

    accepts: Sequence[str] = (
        "application/json",
        "application/jsonlines",
        "text/csv",
        "application/x-recordio-protobuf",
    )

    @property
    def task(self) -> str:
        return "regression"

    @property
    def classes(self) -> Sequence[Any]:
        return ()

    def columns(self, predictions: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        """Returns all that can be answered of a record, by name: columns of (n,) or (n, k). Usually all of it is."""
        return {"prediction": predictions}

    def answer(self, predictions: NDArray[Any], batch: Table, options: RequestOptions) -> Answer:
        """The columns that the caller wants. Raises ``RequestError`` that names those that there are not."""
        return Answer(selected(self.columns(predictions), options.wanted))

    def compared(self, predictions: NDArray[Any]) -> NDArray[Any]:
        """The number (n,) of each record that is compared with its label."""
        return predictions

    def evaluator(self, records: int) -> Evaluator[Table]:
        """The metrics of a regression and ``extra_metrics``; none of a channel without labels."""
        return TableEvaluator(Regression(records), self.compared, self.extra_metrics)

    def usual_accept(self, content_type: str) -> str:
        return self.accepts[0]

    def encode(self, answer: Answer, accept: str) -> bytes:
        """Writes an answer as one of ``accepts``."""
        return ANSWERS[accept](answer)


def selected(known: Mapping[str, NDArray[Any]], wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The columns of these names, or all where none is named. Raises ``RequestError`` for names that are not known."""
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise RequestError(f"unknown output {', '.join(unknown)}; choose from {', '.join(known)}")
    return {name: known[name] for name in wanted or known}
