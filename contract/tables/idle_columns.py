"""Columns without information: the same in every training record, or empty in all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contract.tables.data import Table

NAMED = 10
"""As many columns are named in the log."""


def tell_of_idle_columns(columns: Sequence[int], table: Table, log: Callable[[str], None]) -> None:
    """Logs that these columns have no influence on the answers; nothing where there are none."""
    if not columns:
        return
    names = [table.names[column] if table.names else f"feature {column + 1}" for column in columns[:NAMED]]
    more = f" and {len(columns) - NAMED} more" if len(columns) > NAMED else ""
    log(f"without influence on the answers, because it never changes in the training data: {', '.join(names)}{more}")
