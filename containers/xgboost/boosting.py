"""The algorithm ``xgboost``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from numpy.typing import NDArray

from containers.xgboost import labels, metric_names, model_file
from containers.xgboost.answers import XGBoostOutput
from containers.xgboost.cross_validation import cross_validate
from containers.xgboost.hyperparameters import XGBoostHyperparameters
from containers.xgboost.model import Model, dmatrix
from containers.xgboost.rounds import boost
from contract.algorithm import Algorithm, Example, Signature
from contract.answer import USUAL, RequestOptions
from contract.context import Context
from contract.errors import ArtifactError, ChannelError
from contract.figures import Figure, importance
from contract.tables.data import Table
from contract.tables.formats.layout import weighted_layout
from contract.tables.input import REQUEST_TYPES, TableInput, missing_example


class XGBoost(Algorithm[XGBoostHyperparameters, Table, Model]):
    """Boosted trees. A model directory holds the library's own file ``xgboost-model``."""

    name: ClassVar[str] = "xgboost"
    Hyperparameters = XGBoostHyperparameters
    libraries: Sequence[str] = ("xgboost-cpu", "xgboost", "numpy")
    metrics = metric_names.DIRECTIONS
    metric_log = metric_names.XGBoostLog()
    input = TableInput[XGBoostHyperparameters](
        content_types=(
            "text/libsvm", "libsvm", "text/x-libsvm", "text/csv", "csv", "application/x-parquet", "parquet",
            "application/x-recordio-protobuf", "recordio-protobuf",
        ),
        request_types=(*REQUEST_TYPES, "csv", "libsvm", "text/x-libsvm", "recordio-protobuf"),
        layout=weighted_layout,
    )  # fmt: skip

    def scores_itself(self, params: XGBoostHyperparameters) -> Sequence[str]:
        return ("validation",) if params.kfold else ()

    def fit(self, params: XGBoostHyperparameters, train: Table, validation: Table | None, context: Context) -> Model:
        labels.check_width(train.width)
        labels.check_columns(params, train.width)
        labels.check(params, train, "train")
        if validation is not None:
            labels.check(params, validation, "validation")
        if params.kfold:
            return cross_validate(params, train, context)
        if params.early_stopping_rounds and validation is None:
            raise ChannelError("early_stopping_rounds needs a validation channel; add one or remove it")
        seen = dmatrix(train, params.objective, context.threads)
        held_out = dmatrix(validation, params.objective, context.threads) if validation is not None else None
        return Model((boost(params, seen, held_out, context),))

    def predict(self, model: Model, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        return model.predict(batch)

    def output(self, model: Model) -> XGBoostOutput:
        return XGBoostOutput(model.objective, model.class_count)

    def save(self, model: Model, directory: Path) -> None:
        single = len(model.boosters) == 1
        for number, booster in enumerate(model.boosters):
            name = model_file.NAME if single else f"{model_file.NAME}-{number}"
            (directory / name).write_bytes(model_file.portable(booster))

    def load(self, directory: Path) -> Model:
        return Model(tuple(model_file.load(path) for path in model_file.find(directory)))

    def best_iteration(self, model: Model) -> int | None:
        return max(booster.num_boosted_rounds() for booster in model.boosters) - 1

    def figures(self, model: Model, signature: Signature) -> Sequence[Figure]:
        kind = "weight" if model.is_linear else "gain"
        scores = model.boosters[0].get_score(importance_type=kind)
        values = {int(key[1:]): value for key, value in scores.items() if isinstance(value, float)}
        label = "coefficient" if model.is_linear else "mean gain of its splits"
        return (importance("Feature importance", label, values, signature.get("feature_names", ())),)

    def adopt(self, directory: Path) -> tuple[Signature, Example]:
        booster = self.load(directory).boosters[0]
        count = booster.num_features()
        if count == 0:
            raise ArtifactError("the model does not say how many features it has; write it again with a newer XGBoost")
        return {"feature_count": count, "feature_names": list(booster.feature_names or ())}, missing_example(count)


ALGORITHM = XGBoost()
