"""A request that is typical of a table and no record of it: a model that is handed on tells nobody's data."""

from __future__ import annotations

from typing import Any

import numpy as np

from contract.data import Float32
from contract.tables.data import Sparse, Table

LOOKED_AT = 10_000
"""Records that the statistics are of, evenly spread over the table."""


def request(table: Table) -> bytes:
    """A request in JSON of one record: the medians of the columns of numbers, the most frequent categories.

    Where all medians are 0, as in counts of words, it is the means. A sparse record holds the column that most records
    store, with the median of its values.
    """
    import orjson

    if isinstance(table.features, Sparse):
        return orjson.dumps({"instances": [{"data": {"features": _sparse(table.features)}}]})
    rows = np.linspace(0, len(table) - 1, min(len(table), LOOKED_AT)).astype(np.int64)
    cells = _cells(np.asarray(table.features[rows]))
    for column, levels in table.levels.items():
        cells[column] = _category(table.features[rows, column], levels)
    return orjson.dumps({"instances": [{"features": cells}]})


def _cells(rows: Float32) -> list[Any]:
    columns = [column[~np.isnan(column)] for column in rows.T]
    medians = [float(np.median(column)) if column.size else None for column in columns]
    if not any(medians):
        return [float(column.mean(dtype=np.float64)) if column.size else None for column in columns]
    return list(medians)


def _category(codes: Float32, levels: tuple[str, ...]) -> Any:
    seen, counts = np.unique(codes[~np.isnan(codes)].astype(np.int64), return_counts=True)
    if not seen.size:
        return None
    code = int(seen[counts.argmax()])
    return levels[code] if levels else code


def _sparse(features: Sparse) -> dict[str, Any]:
    columns, counts = np.unique(features.indices, return_counts=True)
    keys = [int(columns[counts.argmax()])] if columns.size else []
    values = [float(np.median(features.values[features.indices == key])) for key in keys]
    return {"keys": keys, "shape": [features.shape[1]], "values": values}
