"""The parts of a channel, as its files gave them, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from contract.errors import ChannelError
from contract.tables.data import Sparse, Table


def join(parts: Sequence[Table], channel: str) -> Table:
    """Puts the parts of a channel together, in order. Raises ``ChannelError`` when they do not fit."""
    if not parts:
        raise ChannelError(f"channel {channel!r}: its files hold no record")
    sparse = any(isinstance(part.features, Sparse) for part in parts)
    widths = sorted({part.width for part in parts})
    if len(widths) > 1 and not sparse:
        raise ChannelError(f"channel {channel!r}: files with {widths[0]} and with {widths[-1]} feature columns")
    _check_names(parts, channel)
    features = _stack_sparse(parts, widths[-1], channel) if sparse else np.concatenate([_dense(part) for part in parts])
    return Table(
        features,
        _concatenate([part.label for part in parts], channel, "label"),
        _concatenate([part.weight for part in parts], channel, "weight"),
        parts[0].names,
        parts[0].index_base,
        parts[0].indexed,
        {column: np.concatenate([part.texts[column] for part in parts]) for column in parts[0].texts},
    )


def _check_names(parts: Sequence[Table], channel: str) -> None:
    """Raises ``ChannelError`` for files with other columns than the first, or with the same in another order."""
    first = parts[0].names
    other = next((part.names for part in parts if part.names != first), None)
    if other is None:
        return
    what = f"channel {channel!r}: its files do not have the same column names in the same order"
    if sorted(other) == sorted(first):
        at = next(at for at, name in enumerate(first) if other[at] != name)
        told = f"column {at + 1} behind the label is {first[at]!r} in one and {other[at]!r} in another"
    else:
        told = f"{_listed(first, other)} in one, {_listed(other, first)} in another"
    raise ChannelError(f"{what}: {told}; write all of them with the columns of one file, in its order")


def _listed(names: Sequence[str], others: Sequence[str]) -> str:
    """The names that the others lack."""
    missing = [name for name in names if name not in others]
    return f"{missing[:5]}{' …' if len(missing) > 5 else ''}" if missing else "nothing more"


def rebase(table: Table) -> Table:
    """Shifts one-based sparse columns (no entry at 0 in the whole train channel) to zero-based."""
    features = table.features
    if (
        not table.indexed
        or not isinstance(features, Sparse)
        or not features.indices.size
        or features.indices.min() == 0
    ):
        return table
    shifted = Sparse(features.values, features.indices - 1, features.indptr, (len(table), table.width - 1))
    return replace(table, features=shifted, index_base=1)


def widen(table: Table, width: int) -> Table:
    """A sparse table with as many columns as ``width``; a dense one has them already."""
    if isinstance(table.features, Sparse) and table.width < width:
        return replace(table, features=table.features.with_columns(width))
    return table


def _dense(part: Table) -> Any:
    return part.features


def _concatenate(columns: Sequence[Any], channel: str, what: str) -> Any:
    present = [column for column in columns if column is not None]
    if present and len(present) < len(columns):
        raise ChannelError(f"channel {channel!r}: some records have a {what}, others have none")
    return np.concatenate(present) if present else None


def _stack_sparse(parts: Sequence[Table], width: int, channel: str) -> Sparse:
    matrices = []
    for part in parts:
        if not isinstance(part.features, Sparse):
            raise ChannelError(f"channel {channel!r}: dense and sparse records in it; write all of them in one form")
        matrices.append(part.features)
    offsets = np.cumsum([0, *(matrix.values.size for matrix in matrices)])
    starts = [matrix.indptr[:-1] + offset for matrix, offset in zip(matrices, offsets[:-1], strict=True)]
    return Sparse(
        np.concatenate([matrix.values for matrix in matrices]),
        np.concatenate([matrix.indices for matrix in matrices]),
        np.concatenate([*starts, offsets[-1:]]).astype(np.int64),
        (sum(len(part) for part in parts), width),
    )
