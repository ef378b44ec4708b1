"""The answers of an XGBoost endpoint, and the evaluation of its predictions: both follow from the objective."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.algorithm import Evaluator
from contract.answer import Answer, RequestOptions
from contract.errors import RequestError
from contract.metrics import evaluation
from contract.tables.data import Table
from contract.tables.evaluation import NoComparison, TableEvaluator
from contract.wire.answers import ANSWERS

CLASSIFICATION_KEYS = ("predicted_label", "labels", "probability", "probabilities", "raw_score", "raw_scores")
KEYS = (*CLASSIFICATION_KEYS, "predicted_score")


@dataclass(frozen=True)
class XGBoostOutput:
    """Answers for one objective; ``class_count`` is the number of classes of multi:*, else 0."""

    objective: str
    class_count: int
    accepts: Sequence[str] = (
        "text/csv",
        "application/json",
        "application/jsonlines",
        "application/x-recordio-protobuf",
    )

    @property
    def family(self) -> str:
        return self.objective.partition(":")[0]

    @property
    def task(self) -> str:
        names = {"binary": "binary classification", "multi": "multiclass classification", "rank": "ranking"}
        return names.get(self.family, "survival analysis" if self.family == "survival" else "regression")

    @property
    def classes(self) -> Sequence[int]:
        return range({"binary": 2, "multi": self.class_count}.get(self.family, 0))

    def answer(self, predictions: NDArray[Any], batch: Table, options: RequestOptions) -> Answer:
        if options.wanted:
            return Answer(self._selected(predictions, options.wanted), csv_lists="quoted")
        return Answer({"score": predictions}, csv_lists="bare" if options.batch else "cells")

    def usual_accept(self, content_type: str) -> str:
        return self.accepts[0]

    def encode(self, answer: Answer, accept: str) -> bytes:
        return ANSWERS[accept](answer)

    def evaluator(self, records: int) -> Evaluator[Table]:
        if self.family in ("rank", "survival"):
            return NoComparison()
        if self.objective == "multi:softprob":
            return TableEvaluator(evaluation.Multiclass(self.classes))
        if self.objective in ("multi:softmax", "binary:hinge"):
            return TableEvaluator(evaluation.Classes(self.classes))
        if self.family == "binary":
            return TableEvaluator(evaluation.Binary(), partial(probability, self.objective))
        return TableEvaluator(evaluation.Regression(records))

    def _selected(self, predictions: NDArray[Any], wanted: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        unknown = [name for name in wanted if name not in KEYS]
        if unknown:
            raise RequestError(f"unknown output {', '.join(unknown)}; choose from {', '.join(KEYS)}")
        if self.family in ("rank", "survival"):
            raise RequestError(f"a model of objective {self.objective} has no selectable output; ask without it")
        known = self._classification(predictions) if self.classes else {"predicted_score": predictions}
        undefined = np.full(len(predictions), np.nan, dtype=np.float32)
        return {name: known.get(name, undefined) for name in wanted}

    def _classification(self, scores: NDArray[Any]) -> dict[str, NDArray[Any]]:
        label = predicted_label(self.objective, scores)
        columns = {"predicted_label": label, "labels": np.tile(np.array(self.classes), (len(scores), 1))}
        if self.objective == "multi:softprob":
            best = scores.max(axis=1)
            return {**columns, "probability": best, "probabilities": scores, "raw_score": best, "raw_scores": scores}
        if self.objective == "multi:softmax":
            return {**columns, "raw_score": scores, "raw_scores": scores[:, None]}
        both = np.column_stack([1 - scores, scores])
        columns |= {"raw_score": scores, "raw_scores": both}
        if self.objective == "binary:logistic":
            columns |= {"probability": scores, "probabilities": both}
        return columns


def predicted_label(objective: str, scores: NDArray[Any]) -> NDArray[Any]:
    """The class of each row as an integer, (n,)."""
    if objective == "multi:softprob":
        return np.asarray(scores.argmax(axis=1))
    if objective == "binary:logistic":
        return (scores > 0.5).astype(np.int64)
    if objective == "binary:logitraw":
        return (scores > 0).astype(np.int64)
    return scores.astype(np.int64)


def probability(objective: str, scores: NDArray[Any]) -> NDArray[Any]:
    """The probability of class 1 from what binary:logistic or binary:logitraw predicts, (n,)."""
    if objective == "binary:logistic":
        return scores
    return np.asarray(1 / (1 + np.exp(-scores.astype(np.float64))))
