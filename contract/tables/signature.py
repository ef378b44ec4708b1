"""Matches the columns of a request with those that a model knows, by number or by name."""

from __future__ import annotations

from dataclasses import replace

from contract.algorithm import Signature
from contract.errors import RequestError
from contract.tables.data import Sparse, Table
from contract.tables.joining import widen


def fit_to_signature(table: Table, signature: Signature) -> Table:
    """Checks a request's columns, and puts named ones into the model's order. Raises ``RequestError``."""
    count, names = signature["feature_count"], tuple(signature.get("feature_names", ()))
    if table.names and not names:
        raise RequestError(
            "the model was trained without column names, so records cannot be matched by name: send lists of values in "
            "the order of the training data, or train with `text/csv; header=present`"
        )
    if table.names and table.names != names:
        return _by_name(table, names)
    if isinstance(table.features, Sparse):
        if table.width > count:
            raise RequestError(f"a record has a feature at index {table.width - 1}, the model knows 0 to {count - 1}")
        return widen(table, count)
    if table.width != count:
        raise RequestError(f"expected {count} features a record, got {table.width}{_hint(table.width, count)}")
    return table


def _hint(width: int, count: int) -> str:
    return " (leave the label out of requests)" if width == count + 1 else ""


def _by_name(table: Table, names: tuple[str, ...]) -> Table:
    missing = [name for name in names if name not in table.names]
    extra = [name for name in table.names if name not in names]
    if missing or extra or isinstance(table.features, Sparse):
        raise RequestError(f"columns do not fit the model: missing {missing or 'none'}, unknown {extra or 'none'}")
    order = [table.names.index(name) for name in names]
    texts = {order.index(column): cells for column, cells in table.texts.items()}
    return replace(table, features=table.features[:, order], names=names, texts=texts)
