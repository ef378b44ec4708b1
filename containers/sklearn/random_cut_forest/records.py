"""The input of Random Cut Forest: records without labels to learn from, records marked as anomalies to be tested on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from containers.sklearn.records import UNLABELLED
from contract.data import Float32
from contract.errors import ChannelError
from contract.hyperparameters import Hyperparameters
from contract.source import Source
from contract.tables.data import Table
from contract.tables.input import TableInput


class MarkedInput(TableInput[Hyperparameters]):
    """Reads tables. Labels of the train channel mean nothing, those of others are 1 for an anomaly, else 0."""

    def read(self, source: Source, params: Hyperparameters, like: Table | None) -> Table:
        table = super().read(source, params, like)
        if like is None:
            return replace(table, label=None)
        if table.label is not None:
            _check(table.label, source.channel)
        return table


def _check(label: Float32, channel: str) -> None:
    wrong = np.flatnonzero((label != 0) & (label != 1))
    if wrong.size:
        raise ChannelError(
            f"channel {channel!r}, record {wrong[0] + 1}: the label is {label[wrong[0]]:g}, but 1 marks an anomaly and "
            "0 all others; if the records have no label, send `text/csv;label_size=0`"
        )


RECORDS = MarkedInput(**vars(UNLABELLED))
