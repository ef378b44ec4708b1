"""The algorithm ``mean`` with a prediction for the first record that is no number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.answer import USUAL, RequestOptions
from contract.tables.data import Table
from tests.toys.mean.averaging import Mean, MeanModel


class PredictsNan(Mean):
    def predict(self, model: MeanModel, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        predictions = super().predict(model, batch)
        predictions[0] = np.nan
        return predictions


ALGORITHM = PredictsNan()
