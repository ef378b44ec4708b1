"""The answers of ``preprocessing``: records that the next container of a pipeline reads as its request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.preprocessing.model import BLOCK, FittedColumns
from contract.answer import Answer, RequestOptions
from contract.data import Float32
from contract.errors import RequestError
from contract.figures import Bars
from contract.metrics.evaluation import Evaluation
from contract.tables.data import Table
from contract.tables.formats import recordio
from contract.tables.output import TableOutput

KEYS = ("features", "label")
BARS = 25
"""More columns than these are left out of a picture."""


@dataclass(frozen=True)
class PreprocessingOutput(TableOutput):
    """Answers of one model. CSV first: in a pipeline nobody asks the first container for a type."""

    model: FittedColumns
    accepts: Sequence[str] = (
        "text/csv",
        "application/json",
        "application/jsonlines",
        "application/x-recordio-protobuf",
    )

    @property
    def task(self) -> str:
        return "preprocessing"

    @property
    def classes(self) -> Sequence[Any]:
        return ()

    def answer(self, predictions: Float32, batch: Table, options: RequestOptions) -> Answer:
        wanted = options.wanted or ("features",)
        if unknown := [name for name in wanted if name not in KEYS]:
            raise RequestError(f"unknown output {', '.join(unknown)}; choose from {', '.join(KEYS)}")
        if "features" not in wanted:
            raise RequestError("the output label needs features beside it: ask for output=label,features")
        if "label" in wanted and batch.label is None:
            raise RequestError("the output label is not in the request; send CSV as text/csv; label_size=1")
        known = {"features": predictions, "label": batch.label}
        columns = {name: column for name in wanted if (column := known[name]) is not None}
        return Answer(columns, envelope="instances")

    def encode(self, answer: Answer, accept: str) -> bytes:
        if accept == "application/x-recordio-protobuf":
            return recordio.encode_features(**{name: np.asarray(column) for name, column in answer.columns.items()})
        return super().encode(answer, accept)

    def evaluator(self, records: int) -> CellEvaluator:
        return CellEvaluator(self.model)


class CellEvaluator:
    """Counts empty cells and unknown categories, and sums up what principal components keep."""

    def __init__(self, model: FittedColumns) -> None:
        self._model = model
        self._records = 0
        self._missing = np.zeros(len(model.feature_names), np.int64)
        self._unseen = dict.fromkeys((category.name for category in model.categories), 0)
        self._kept = self._total = 0.0

    def add(self, predictions: Float32, data: Table) -> None:
        self._records += len(data)
        for block, projected in zip(_rows(data.dense), _rows(predictions), strict=True):
            self._missing += np.isnan(block).sum(axis=0)
            for category in self._model.categories:
                self._unseen[category.name] += category.unseen(block[:, category.at])
            if self._model.projection is not None:
                distances = self._model.encode(block) - self._model.projection.mean
                self._total += float(np.square(distances).sum())
                self._kept += float(np.square(projected, dtype=np.float64).sum())

    def result(self) -> Evaluation:
        missing = dict(zip(self._model.feature_names, self._missing.tolist(), strict=True))
        metrics = {"missing_share": sum(missing.values()) / (self._records * len(missing))}
        if self._unseen:
            metrics["unseen_share"] = sum(self._unseen.values()) / (self._records * len(self._unseen))
        if self._total:
            metrics["explained_variance"] = self._kept / self._total
        figures = [_bars("Missing cells", missing, self._records)]
        if any(self._unseen.values()):
            figures.append(_bars("Categories that the train channel does not have", self._unseen, self._records))
        return Evaluation({name: value for name, value in metrics.items() if np.isfinite(value)}, figures)


def _rows(matrix: NDArray[Any]) -> Iterator[NDArray[Any]]:
    return (matrix[start : start + BLOCK] for start in range(0, len(matrix), BLOCK))


def _bars(title: str, counts: Mapping[str, int], records: int) -> Bars:
    """The columns with the most cells of a kind."""
    top = sorted(counts, key=lambda name: -counts[name])[:BARS]
    return Bars(title, "share of the records", {name: counts[name] / records for name in top})
