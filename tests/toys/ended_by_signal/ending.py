"""The algorithm ``mean``, ended by the signal ENDED_BY while it does what ENDED_IN says: read, fit or save."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from contract.context import Context
from contract.tables.data import Table
from contract.tables.input import TableInput
from tests.toys.mean.averaging import Mean, MeanHyperparameters, MeanModel


def end(moment: str) -> None:
    if os.environ["ENDED_IN"] == moment:
        os.kill(os.getpid(), signal.Signals[os.environ["ENDED_BY"]])


@dataclass(frozen=True)
class EndedInput(TableInput[MeanHyperparameters]):
    def _filled(self, table: Table) -> Table:
        end("read")
        return super()._filled(table)


class EndedBySignal(Mean):
    input = EndedInput()

    def fit(self, params: MeanHyperparameters, train: Table, validation: Table | None, context: Context) -> MeanModel:
        end("fit")
        return super().fit(params, train, validation, context)

    def save(self, model: MeanModel, directory: Path) -> None:
        super().save(model, directory)
        end("save")


ALGORITHM = EndedBySignal()
