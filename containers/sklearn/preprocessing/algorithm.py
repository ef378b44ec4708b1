"""The algorithm ``preprocessing``: a fitted column transformer, the first container of an inference pipeline."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from containers.sklearn import model_file
from containers.sklearn.model_fields import Fields
from containers.sklearn.preprocessing import categories, learning, model_content, projection
from containers.sklearn.preprocessing.answers import BARS, PreprocessingOutput
from containers.sklearn.preprocessing.channels import SchemaInput, category_columns, in_order
from containers.sklearn.preprocessing.hyperparameters import PreprocessingHyperparameters
from containers.sklearn.preprocessing.model import FittedColumns
from containers.sklearn.preprocessing.schema import CategoryColumn, Column, NumericColumn
from contract.algorithm import Algorithm, Channel, Signature
from contract.answer import USUAL, RequestOptions
from contract.context import Context
from contract.data import Float32
from contract.figures import Bars, Figure
from contract.metrics import Direction
from contract.quality_log import QualityLog, line
from contract.tables.data import Table
from contract.tables.input import REQUEST_TYPES

COLUMNS = "output_columns.json"
"""A file beside the model for people: the names of the columns of an answer, as a JSON list."""
NAMES_LOGGED = 50


class Preprocessing(Algorithm[PreprocessingHyperparameters, Table, FittedColumns]):
    """Imputes, scales and encodes columns. A model directory holds ``model_algo-1`` and ``output_columns.json``."""

    name: ClassVar[str] = "preprocessing"
    answers_missing: ClassVar[bool] = True
    channels: ClassVar[Sequence[Channel]] = (
        Channel("train", True, ("training",)),
        Channel("validation"),
        Channel("test"),
    )
    Hyperparameters = PreprocessingHyperparameters
    libraries: Sequence[str] = ("scikit-learn", "numpy")
    metrics: ClassVar[Mapping[str, Direction]] = {
        "explained_variance": "Maximize",
        "missing_share": "Minimize",
        "unseen_share": "Minimize",
    }
    metric_log = QualityLog(losses=frozenset({"missing_share", "unseen_share"}))
    input = SchemaInput(
        content_types=(
            "text/csv", "csv", "application/x-parquet", "parquet", "application/x-recordio-protobuf",
            "recordio-protobuf",
        ),
        request_types=(*REQUEST_TYPES, "csv", "recordio-protobuf"),
        label="optional",
        sparse="zero",
        categories=category_columns,
    )  # fmt: skip

    def fit(
        self, params: PreprocessingHyperparameters, train: Table, validation: Table | None, context: Context
    ) -> FittedColumns:
        columns = _columns(params, train)
        channel = learning.TrainChannel(train, context)
        numeric = {at: column for at, column in enumerate(columns) if isinstance(column, NumericColumn)}
        places = np.array(list(numeric), np.int64)
        numbers = learning.learn_numbers(list(numeric.values()), places, params.norm, channel)
        category = {at: column for at, column in enumerate(columns) if isinstance(column, CategoryColumn)}
        found = categories.learn_categories(category, params.max_levels, channel)
        model = FittedColumns(numbers, tuple(column.name for column in numeric.values()), found)
        if params.pca_components is None:
            categories.check_names(model.number_names, found)
        else:
            model = replace(model, projection=projection.learn_projection(model, params.pca_components, channel))
        context.log(line(f"{len(model.names)} output columns: {_told(model.names)}"))
        return model

    def predict(self, model: FittedColumns, batch: Table, options: RequestOptions = USUAL) -> Float32:
        return model.transform(batch)

    def output(self, model: FittedColumns) -> PreprocessingOutput:
        return PreprocessingOutput(model)

    def save(self, model: FittedColumns, directory: Path) -> None:
        model_file.save(directory, model_content.content(model))
        (directory / COLUMNS).write_text(json.dumps(model.names, ensure_ascii=False) + "\n", encoding="utf-8")

    def load(self, directory: Path) -> FittedColumns:
        return model_content.model(Fields.read(directory))

    def figures(self, model: FittedColumns, signature: Signature) -> Sequence[Figure]:
        if model.projection is None:
            return ()
        shares: Mapping[str, float] = dict(zip(model.names[:BARS], model.projection.shares.tolist(), strict=False))
        return (Bars("Principal components", "share of the variance", shares),)


def _columns(params: PreprocessingHyperparameters, train: Table) -> Sequence[Column]:
    """The columns in the order of the data."""
    names = train.names or [f"x{at}" for at in range(train.width)]
    return in_order(params.columns(names), names)


def _told(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_LOGGED:,} more" if len(names) > NAMES_LOGGED else ""
    return ", ".join(names[:NAMES_LOGGED]) + more


ALGORITHM = Preprocessing()
