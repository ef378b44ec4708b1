"""The algorithm ``mean``, failing as a library fails."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from contract.answer import USUAL, RequestOptions
from contract.tables.data import Table
from tests.toys.mean.averaging import Mean, MeanModel


class RaisesInPredict(Mean):
    def predict(self, model: MeanModel, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        raise ZeroDivisionError("the secret detail of a library")


ALGORITHM = RaisesInPredict()
