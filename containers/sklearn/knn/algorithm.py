"""The algorithm ``knn``.

What works with faiss is imported where it is needed: this module is loaded, too, where another algorithm of the image
is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.knn.answers import DIRECTIONS, NeighbourOutput
from containers.sklearn.knn.hyperparameters import KNNHyperparameters
from containers.sklearn.knn.model import TOO_LARGE, NeighbourModel, TooLarge
from containers.sklearn.records import LABELLED
from contract.algorithm import Algorithm, Channel, Example, Signature
from contract.answer import USUAL, RequestOptions
from contract.context import Context
from contract.errors import RequestError
from contract.quality_log import QualityLog
from contract.tables.data import Table
from contract.tables.input import check_feature_dim


class KNN(Algorithm[KNNHyperparameters, Table, NeighbourModel]):
    """Nearest neighbours by FAISS. The files of a model are those of SageMaker's, see ``model_files``."""

    name: ClassVar[str] = "knn"
    channels: ClassVar[Sequence[Channel]] = (Channel("train", True, ("training",)), Channel("test"))
    Hyperparameters = KNNHyperparameters
    input = LABELLED
    metrics = DIRECTIONS
    metric_log = QualityLog(losses={"mse", "rmse", "mae"})
    max_train_evaluation_records = 10_000  # each is its own neighbour, so that the train channel says little
    libraries: Sequence[str] = ("faiss-cpu", "numpy")

    def fit(
        self, params: KNNHyperparameters, train: Table, validation: Table | None, context: Context
    ) -> NeighbourModel:
        from containers.sklearn.knn.training import learn

        check_feature_dim(params.feature_dim, train)
        return learn(params, train, context)

    def predict(self, model: NeighbourModel, batch: Table, options: RequestOptions = USUAL) -> NDArray[np.float32]:
        """Distances and labels of each record's neighbours, (n, 2, k)."""
        try:
            return model.neighbours(batch.dense)
        except TooLarge as error:
            raise RequestError(f"record {error.row + 1}: {TOO_LARGE}") from error

    def output(self, model: NeighbourModel) -> NeighbourOutput:
        return NeighbourOutput(model.predictor_type, model.labels)

    def save(self, model: NeighbourModel, directory: Path) -> None:
        from containers.sklearn.knn import model_files

        model_files.save(model, directory)

    def load(self, directory: Path) -> NeighbourModel:
        from containers.sklearn.knn import model_files

        return model_files.load(directory)

    def adopt(self, directory: Path) -> tuple[Signature, Example]:
        """A model directory without a manifest that holds the three files."""
        count = self.load(directory).feature_dim
        return {"feature_count": count, "feature_names": []}, Example("text/csv", ",".join(["0"] * count).encode())


ALGORITHM = KNN()
