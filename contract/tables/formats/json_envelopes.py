"""The JSON documents in which other programs send tables, as documents of instances.

{"inputs": [[1.5, 2], ...]}, {"inputs": {"a": [1.5, ...], "b": [2, ...]}}    MLflow, TensorFlow Serving
{"dataframe_split": {"columns": ["a", "b"], "data": [[1.5, 2], ...]}}        MLflow
{"columns": ["a", "b"], "index": [0, ...], "data": [[1.5, 2], ...]}          pandas, orient="split"
{"dataframe_records": [{"a": 1.5, "b": 2}, ...]}                             MLflow
{"a": 1.5, "b": 2}, [1.5, 2]                                                 one record as such
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract.errors import Malformed


def as_instances(found: Any) -> Any:
    """The parsed document with its records under ``instances``; what is none of these forms is returned as it is.

    Raises ``Malformed`` for columns that do not fit together.
    """
    if isinstance(found, list):
        return [found] if found and not any(isinstance(cell, list | dict) for cell in found) else found
    if not isinstance(found, dict) or "instances" in found:
        return found
    for name, read in (("inputs", _inputs), ("dataframe_split", _split), ("dataframe_records", lambda given: given)):
        if isinstance(found.get(name), list | dict):
            return {**{key: value for key, value in found.items() if key != name}, "instances": read(found[name])}
    if isinstance(found.get("columns"), list) and isinstance(found.get("data"), list):
        return {"instances": _split(found)}
    return {"instances": [found]} if _is_flat(found) else found


def _is_flat(found: Mapping[str, Any]) -> bool:
    """Returns whether an object is a record by name."""
    return bool(found) and not any(isinstance(cell, list | dict) for cell in found.values())


def _inputs(given: Any) -> Any:
    if not isinstance(given, dict):
        return as_instances(given)
    if _is_flat(given):
        return [given]
    if not all(isinstance(column, list) for column in given.values()) or len(set(map(len, given.values()))) > 1:
        raise Malformed('the columns of "inputs" are not lists of one length')
    return [dict(zip(given, row, strict=True)) for row in zip(*given.values(), strict=True)]


def _split(given: Any) -> Any:
    columns, rows = (given.get(name) if isinstance(given, dict) else None for name in ("columns", "data"))
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise Malformed('a table that is split needs "columns" and "data", as pandas\' to_dict(orient="split") writes')
    names = [str(name) for name in columns]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(names):
            raise Malformed(f"the row does not have the {len(names)} cells of the columns", f"instance {number}")
    return [dict(zip(names, row, strict=True)) for row in rows]
