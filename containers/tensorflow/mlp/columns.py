"""The columns that a network sees of a table: columns of numbers without gaps, and the codes of categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.tensorflow.mlp.hyperparameters import MLPHyperparameters
from contract.context import Context
from contract.data import PART, Float32
from contract.errors import ChannelError
from contract.tables.data import Table
from contract.tables.idle_columns import tell_of_idle_columns
from contract.tables.moments import Moments

Tables = Mapping[int, Float32]
"""The embeddings of categories before anything is learned, by column: (size, width), a row a code."""
CELLS = 1 << 20
"""The most cells that are looked at together, in double precision."""
SPREAD = 0.05
"""The first numbers of an embedding lie between this and its negative, as in Keras."""


@dataclass(frozen=True)
class Category:
    """A column of categories. Its codes are the numbers below ``size``; the last one means a missing category, the one
    before it a category that training has not seen. Each becomes ``width`` numbers: learned ones, or ones and zeros.
    """

    column: int
    size: int
    width: int
    learned: bool


@dataclass(frozen=True)
class ColumnEncoding:
    """``mean`` (of 32 bits, like ``deviation``) stands where a cell of ``numbers`` is missing; for columns in ``gaps``,
    where that occurred in training, another column tells it. ``deviation`` is empty where nothing is normalised.
    """

    feature_count: int
    numbers: tuple[int, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    gaps: tuple[int, ...]
    categories: tuple[Category, ...]

    @property
    def width(self) -> int:
        """The number of columns of numbers after ``prepared``."""
        return len(self.numbers) + len(self.gaps)

    def prepared(self, features: Float32) -> tuple[Float32, NDArray[np.int32]]:
        """Numbers (n, width) and codes (n, categories) of a table's features (n, feature_count)."""
        cells = features[:, self.numbers]
        missing = np.isnan(cells)
        filled = np.where(missing, np.array(self.mean, np.float32), cells)
        told = np.isnan(features[:, self.gaps]).astype(np.float32)
        return np.concatenate([filled, told], axis=1), self._codes(features)

    def _codes(self, features: Float32) -> NDArray[np.int32]:
        cells = features[:, [category.column for category in self.categories]]
        missing = np.array([category.size - 1 for category in self.categories], np.float32)
        return np.where(np.isnan(cells), missing, np.minimum(cells, missing - 1)).astype(np.int32)


def learn(table: Table, params: MLPHyperparameters, context: Context) -> tuple[ColumnEncoding, Tables]:
    """Learns from the train channel how to encode its columns, the same on every host. Raises ``ChannelError``."""
    if table.levels and context.sharded and len(context.hosts) > 1:
        raise ChannelError(
            "channel 'train': every host was given other files, so the hosts would number the categories each in its "
            "own way; give all files to every host (S3DistributionType FullyReplicated)"
        )
    given = tuple(column for column in range(table.width) if column not in table.levels)
    parts = table.parts(max(1, CELLS // table.width))
    own = sum((Moments.of(part.dense[:, given]) for part in parts), start=Moments.none(len(given)))
    moments = agreed(own, context)
    found = [_category(table, column, params) for column in sorted(table.levels)]
    found = [(category, start) for category, start in found if np.count_nonzero(start.any(axis=1)) > 1]
    counted = zip(given, moments.missing, moments.count, strict=True)
    gaps = tuple(column for column, missing, count in counted if missing > 0 and count > 0)
    kept = np.flatnonzero(moments.low < moments.high).tolist()
    if not kept and not found and not gaps:  # a network needs an input
        kept = list(range(min(1, len(given))))
    numbers = tuple(given[place] for place in kept)
    mean = moments.mean[kept].astype(np.float32)
    deviation = spread(moments)[kept].astype(np.float32) if params.normalize_data else np.empty(0)
    columns = ColumnEncoding(
        table.width,
        numbers,
        tuple(mean.tolist()),
        tuple(deviation.tolist()),
        gaps,
        tuple(category for category, _ in found),
    )
    used = {*numbers, *gaps, *(category.column for category, _ in found)}
    tell_of_idle_columns([column for column in range(table.width) if column not in used], table, context.log)
    return columns, {category.column: start for category, start in found}


def agreed(moments: Moments, context: Context) -> Moments:
    """The moments of all records, where every host was given others. Raises ``ChannelError`` for other columns."""
    if not context.sharded:
        return moments
    told = context.agree(moments.as_json())
    widths = sorted({len(other["mean"]) for other in told})
    if len(widths) > 1:
        raise ChannelError(f"channel 'train': files with {widths[0]} and with {widths[-1]} feature columns")
    return sum(map(Moments.from_json, told), start=Moments.none(widths[0]))


def spread(moments: Moments) -> NDArray[np.float64]:
    """Standard deviations; 1 for a column that is the same everywhere, but for what rounding to 32 bits leaves."""
    single, deviation = np.finfo(np.float32), moments.deviation
    constant = deviation <= np.maximum(np.abs(moments.mean) * single.eps, single.tiny)
    return np.where(constant, 1.0, deviation)


def _category(table: Table, column: int, params: MLPHyperparameters) -> tuple[Category, Float32]:
    """A column and what its codes become at first; codes that training does not see become zeros, and stay so."""
    cells = (np.unique(part.dense[:, column]) for part in table.parts(PART))
    different = np.unique(np.concatenate(list(cells)))
    known = different[~np.isnan(different)].astype(np.int64)
    size = int(max(known.max(initial=-1) + 1, len(table.levels[column]))) + 2
    seen = np.append(known, size - 1) if known.size < different.size else known
    learned = seen.size > params.one_hot_max_size
    category = Category(column, size, params.embedding_size(seen.size) if learned else seen.size, learned)
    start = np.zeros((size, category.width), np.float32)
    start[seen] = _random(seen.size, category.width, params.seed + column) if learned else np.eye(seen.size)
    return category, start


def _random(rows: int, width: int, seed: int) -> NDArray[Any]:
    return np.random.default_rng(seed).uniform(-SPREAD, SPREAD, (rows, width))
