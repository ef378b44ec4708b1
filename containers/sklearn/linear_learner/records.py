"""The input of Linear Learner: complete records whose labels suit the predictor type."""

from __future__ import annotations

from containers.sklearn.linear_learner import labels
from containers.sklearn.linear_learner.hyperparameters import LinearLearnerHyperparameters
from containers.sklearn.records import LABELLED
from contract.source import Source
from contract.tables.data import Table
from contract.tables.input import TableInput


class LabelledInput(TableInput[LinearLearnerHyperparameters]):
    """Reads tables and checks the labels of every channel, before anything is learned."""

    def read(self, source: Source, params: LinearLearnerHyperparameters, like: Table | None) -> Table:
        table = super().read(source, params, like)
        labels.check(params.predictor_type, params.class_count, table, source.channel)
        return table


RECORDS = LabelledInput(**vars(LABELLED))
