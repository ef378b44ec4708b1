"""Answers as application/x-recordio-protobuf: a framed record for each row.

Columns stand in the label of the record, numbers as float32 tensors, as SageMaker's algorithms answer; those that
``answer.features`` names stand in its features, each in its own type. Texts and bytes, or lists of them, are ``bytes``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.answer import Answer
from contract.errors import NotAcceptable
from contract.wire.record import Part, float32_value, named_value, value_of
from contract.wire.recordio import framed, header
from contract.wire.values import is_numbers, listed


def recordio(answer: Answer) -> bytes:
    """One record a row. Raises ``NotAcceptable`` for what no tensor and no text holds."""
    if not len(answer):
        return b""
    columns: list[tuple[Part, str, Any]] = [
        ("features" if name in answer.features else "label", name, column) for name, column in answer.columns.items()
    ]
    if all(is_numbers(column) and (part == "label" or column.dtype == np.float32) for part, _, column in columns):
        return equal_frames(columns)
    values = [_values(part, name, column) for part, name, column in columns]
    return b"".join(framed(b"".join(row)) for row in zip(*values, strict=True))


def equal_frames(columns: Sequence[tuple[Part, str, NDArray[Any]]]) -> bytes:
    """The records of columns of numbers, which are all of one length, side by side as one array of bytes.

    A column is the part of the record that it belongs in, its name there, and its n > 0 rows of float32 numbers, (n,)
    or (n, k).
    """
    rows, length = len(columns[0][2]), 0
    parts: list[NDArray[np.uint8]] = []
    for part, name, column in columns:
        numbers = np.ascontiguousarray(column.reshape(rows, -1), "<f4").view(np.uint8)
        before = named_value(part, name, float32_value(bytes(numbers.shape[1])))[: -numbers.shape[1] or None]
        parts += [np.broadcast_to(np.frombuffer(before, np.uint8), (rows, len(before))), numbers]
        length += len(before) + numbers.shape[1]
    front = np.frombuffer(header(length), np.uint8)
    padding = np.zeros((rows, -length % 4), np.uint8)
    return np.hstack([np.broadcast_to(front, (rows, front.size)), *parts, padding]).tobytes()


def _values(part: Part, name: str, column: Any) -> list[bytes]:
    """The entries of one column in the records of all rows."""
    return [_value(part, name, cell) for cell in (column if is_numbers(column) else listed(column))]


def _value(part: Part, name: str, cell: Any) -> bytes:
    try:
        return named_value(part, name, value_of(cell if part == "features" else _float32(cell)))
    except (TypeError, ValueError, OverflowError) as error:
        what = f"{name!r} cannot be written as application/x-recordio-protobuf ({error})"
        raise NotAcceptable(f"{what}; ask for application/json or application/jsonlines") from None


def _float32(cell: Any) -> Any:
    """Numbers as float32, as labels have them; the rest as it is."""
    if isinstance(cell, str | bytes | dict) or (isinstance(cell, list) and cell and isinstance(cell[0], str | bytes)):
        return cell
    return np.asarray(cell, np.float32)
