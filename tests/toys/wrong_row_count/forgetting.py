"""The algorithm ``mean`` without a prediction for the last record."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from contract.answer import USUAL, RequestOptions
from contract.tables.data import Table
from tests.toys.mean.averaging import Mean, MeanModel


class WrongRowCount(Mean):
    def predict(self, model: MeanModel, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        return super().predict(model, batch)[:-1]


ALGORITHM = WrongRowCount()
