"""Answers that several algorithms share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers import evaluation, formats
from containers.algorithm import Evaluation
from containers.answer import Answer, AnswerOptions
from containers.data import Table
from containers.errors import RequestError
from containers.problem import Problem

PROBLEM_METRICS = (*evaluation.REGRESSION, *evaluation.BINARY, *evaluation.MULTICLASS)
"""Everything that ``ProblemOutput`` may measure."""


class TableOutput:
    """What answers to tables have in common; JSON first, as in SageMaker's first-party algorithms.

    An algorithm adds ``evaluate``, and ``columns`` where a prediction is more than one number.
    """

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
        """What a record can be answered, by name: columns of (n,) or (n, k). Usually all of it is."""
        return {"prediction": predictions}

    def answer(self, predictions: NDArray[Any], batch: Table, options: AnswerOptions) -> Answer:
        """The columns that the caller wants. Raises ``RequestError`` that names those that there are not."""
        return Answer(selected(self.columns(predictions), options.wanted))

    def encode(self, answer: Answer, accept: str) -> bytes:
        """Writes an answer as one of ``accepts``."""
        return formats.ANSWERS[accept](answer)


def selected(known: Mapping[str, NDArray[Any]], wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The columns of these names, or all where none is named. Raises ``RequestError`` for names that are not known."""
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise RequestError(f"unknown output {', '.join(unknown)}; choose from {', '.join(known)}")
    return {name: known[name] for name in wanted or known}


@dataclass(frozen=True)
class ProblemOutput(TableOutput):
    """Answers of SageMaker's tabular built-ins: one array a key, whatever the number of records.

    Predictions are values (n,) of a regression, else probabilities (n, k), two columns for a binary problem as well.
    Verbose answers of a classification carry the labels too.
    """

    problem: Problem

    @property
    def task(self) -> str:
        return self.problem.task

    @property
    def classes(self) -> Sequence[int]:
        return range(self.problem.class_count)

    def answer(self, predictions: NDArray[Any], batch: Table, options: AnswerOptions) -> Answer:
        known: Mapping[str, NDArray[Any]] = {"prediction": predictions}
        if self.problem.class_count:
            known = {"probabilities": predictions, "predicted_label": predictions.argmax(axis=1)}
        usual = tuple(known) if options.verbose else tuple(known)[:1]
        return Answer(selected(known, options.wanted or usual), orient="columns")

    def evaluate(self, predictions: NDArray[Any], data: Table) -> Evaluation:
        label, weight = data.labels, data.weight
        if self.problem.kind == "regression":
            return evaluation.regression(label, predictions, weight)
        if self.problem.kind == "binary_classification":
            return evaluation.binary(label, np.ascontiguousarray(predictions[:, 1]), weight)
        return evaluation.multiclass(label, predictions, weight)
