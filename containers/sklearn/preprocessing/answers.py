"""The answers of ``preprocessing``: records that the next container of a pipeline reads as its request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.preprocessing.model import BLOCK, FittedColumns
from contract.answer import Answer, RequestOptions
from contract.errors import RequestError
from contract.figures import Bars
from contract.metrics.evaluation import Evaluation
from contract.tables.data import Float32, Table
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
            return recordio.encode_features(answer.columns["features"], answer.columns.get("label"))
        return super().encode(answer, accept)

    def evaluate(self, predictions: Float32, data: Table) -> Evaluation:
        missing, unseen = self._missing(data), self._unseen(data)
        records = len(data)
        metrics = {"missing_share": sum(missing.values()) / (records * data.width)}
        if unseen:
            metrics["unseen_share"] = sum(unseen.values()) / (records * len(unseen))
        if self.model.projection is not None:
            metrics["explained_variance"] = self._explained(predictions, data)
        figures = [_bars("Missing cells", missing, records)]
        if any(unseen.values()):
            figures.append(_bars("Categories that the train channel does not have", unseen, records))
        return Evaluation({name: value for name, value in metrics.items() if np.isfinite(value)}, figures)

    def _missing(self, data: Table) -> dict[str, int]:
        """Empty cells by column."""
        counts = sum((np.isnan(part).sum(axis=0) for part in _blocks(data)), start=np.zeros(data.width, np.int64))
        return dict(zip(self.model.feature_names, counts.tolist(), strict=True))

    def _unseen(self, data: Table) -> dict[str, int]:
        """Cells with an unknown category by category column."""
        counts = dict.fromkeys((category.name for category in self.model.categories), 0)
        for part in _blocks(data) if counts else ():
            for category in self.model.categories:
                counts[category.name] += category.unseen(part[:, category.at])
        return counts

    def _explained(self, predictions: Float32, data: Table) -> float:
        """The share of the variance around the train channel's mean that the principal components keep."""
        assert self.model.projection is not None
        total = 0.0
        for part in _blocks(data):
            total += float(np.square(self.model.encode(part) - self.model.projection.mean).sum())
        kept = sum(float(np.square(block, dtype=np.float64).sum()) for block in _rows(predictions))
        return kept / total if total else float("nan")


def _blocks(data: Table) -> Any:
    return _rows(data.dense)


def _rows(matrix: NDArray[Any]) -> Any:
    return (matrix[start : start + BLOCK] for start in range(0, len(matrix), BLOCK))


def _bars(title: str, counts: Mapping[str, int], records: int) -> Bars:
    """The columns with the most cells of a kind."""
    top = sorted(counts, key=lambda name: -counts[name])[:BARS]
    return Bars(title, "share of the records", {name: counts[name] / records for name in top})
