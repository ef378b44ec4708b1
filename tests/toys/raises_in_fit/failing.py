"""The algorithm ``mean`` with a bug in ``fit``."""

from __future__ import annotations

from contract.context import Context
from contract.tables.data import Table
from tests.toys.mean.averaging import Mean, MeanHyperparameters, MeanModel


class RaisesInFit(Mean):
    def fit(self, params: MeanHyperparameters, train: Table, validation: Table | None, context: Context) -> MeanModel:
        raise KeyError("a bug of the algorithm")


ALGORITHM = RaisesInFit()
"""What the contract suite must see fail cleanly."""
