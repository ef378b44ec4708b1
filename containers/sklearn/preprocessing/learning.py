"""Learning of numeric columns: the values for empty cells, and the scales.

What is learned is kept as plain arrays, so that a model outlives a version of scikit-learn. Scikit-learn is imported
inside the functions that use it: this module is loaded, too, where another algorithm of the image is looked for.

Means, deviations and ranges are learned from one part of the channel after another; medians, most frequent values and
quantiles need whole columns, and get as many at a time as fit the memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from containers.sklearn.preprocessing.model import Float64, Numbers
from containers.sklearn.preprocessing.schema import NumericColumn
from contract.context import Context
from contract.data import Int64
from contract.errors import ChannelError, Stopped
from contract.process.resources import memory_bytes
from contract.quality_log import line
from contract.tables.data import Table
from contract.tables.moments import Moments

PART_CELLS = 1 << 22
"""Cells of a part of the channel that are in memory together, in double precision and several times."""
COLUMNS_SHARE = 0.05
"""The share of the memory that whole columns in double precision may take (the estimators make copies of them)."""


@dataclass(frozen=True)
class TrainChannel:
    """The train channel, read in parts; a job that is stopped ends between two of them."""

    table: Table
    context: Context

    def parts(self, rows: int = 0) -> Iterator[Any]:
        """Consecutive rows of the features, as many at a time as ``rows`` says, else as PART_CELLS."""
        features = self.table.dense
        rows = rows or max(1, PART_CELLS // self.table.width)
        for start in range(0, len(features), rows):
            if self.context.stopping():
                raise Stopped("the job was stopped before all columns were learned")
            yield features[start : start + rows]

    def whole(self, columns: Int64, estimators: str) -> Iterator[tuple[Int64, Any]]:
        """Places in ``columns``, and these columns of the features (n, c) from the first row to the last."""
        together = max(1, int(COLUMNS_SHARE * memory_bytes() / (8 * len(self.table))))
        if isinstance(self.table.features, np.memmap) and columns.size:
            told = f"{columns.size} columns, {min(together, columns.size)} at a time"
            self.context.log(line(f"{estimators} needs whole columns in memory, not parts of the channel: {told}"))
        for start in range(0, columns.size, together):
            if self.context.stopping():
                raise Stopped("the job was stopped before all columns were learned")
            places = np.arange(start, min(start + together, columns.size))
            yield places, self.table.dense[:, columns[places]].astype(np.float64)


def learn_numbers(columns: Sequence[NumericColumn], at: Int64, norm: str, channel: TrainChannel) -> Numbers:
    """Learns the numeric columns, which stand in places ``at`` of the features."""
    kinds = np.array([column.scale for column in columns], object)
    moments = _moments(columns, at, channel)
    fills = _fills(columns, at, moments, channel)
    center, scale = np.zeros(at.size), np.ones(at.size)
    filled = moments.filled(fills)
    for kind, (low, width) in _scalings(filled).items():
        center, scale = np.where(kinds == kind, low, center), np.where(kinds == kind, width, scale)
    chosen = np.flatnonzero(kinds == "robust")
    for places, cells in channel.whole(at[chosen], "scale=robust"):
        found = _robust(np.where(np.isnan(cells), fills[chosen[places]], cells))
        center[chosen[places]], scale[chosen[places]] = found
    return Numbers(at, fills, center, np.where(scale == 0, 1, scale), kinds == "normalise", norm)


def _scalings(moments: Moments) -> dict[str, tuple[Float64, Float64]]:
    """The numbers that are subtracted from the columns, and their divisors (0: a column is constant)."""
    zeros = np.zeros(moments.count.size)
    return {
        "standard": (moments.mean, moments.deviation),
        "minmax": (moments.low, moments.high - moments.low),
        "maxabs": (zeros, np.maximum(np.abs(moments.low), np.abs(moments.high))),
    }


def _moments(columns: Sequence[NumericColumn], at: Int64, channel: TrainChannel) -> Moments:
    """Raises ``ChannelError`` for a column without any value."""
    parts = channel.parts() if at.size else iter(())
    found = sum((Moments.of(part[:, at]) for part in parts), start=Moments.none(at.size))
    for column, count in zip(columns, found.count, strict=True):
        if not count and column.impute != "constant":
            remedy = "leave it out, or give it impute=constant"
            raise ChannelError(f"channel 'train': the column {column.name!r} holds no value; {remedy}")
    return found


def _fills(columns: Sequence[NumericColumn], at: Int64, moments: Moments, channel: TrainChannel) -> Float64:
    """The value of an empty cell of each column; NaN where it stays empty."""
    kinds = np.array([column.impute for column in columns], object)
    constants = np.array([column.fill_value for column in columns], np.float64)
    fills = np.select([kinds == "mean", kinds == "constant"], [moments.mean, constants], np.nan)
    for strategy, learned in (("median", _medians), ("most_frequent", _most_frequent)):
        chosen = np.flatnonzero(kinds == strategy)
        for places, cells in channel.whole(at[chosen], f"impute={strategy}"):
            fills[chosen[places]] = learned(cells)
    return fills


def _robust(cells: Float64) -> tuple[Float64, Float64]:
    """The medians and interquartile ranges of the columns."""
    from sklearn.preprocessing import RobustScaler

    found = RobustScaler().fit(cells)
    return found.center_, found.scale_


def _medians(cells: Float64) -> Any:
    """Ten times as fast as ``SimpleImputer``, which goes through masked arrays."""
    return [np.nanmedian(column) for column in cells.T]


def _most_frequent(cells: Float64) -> Any:
    from sklearn.impute import SimpleImputer

    return SimpleImputer(strategy="most_frequent").fit(cells).statistics_
