"""Answers of any kind of data as bytes: CSV, JSON, JSON Lines and RecordIO-protobuf.

CSV holds a number or a text in a cell; a list of k spreads over k cells, or is the JSON text in one (see ``Answer``).
Where it cannot, and where JSON cannot hold bytes, ``NotAcceptable`` says what else to ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.answer import Answer, Column
from contract.errors import NotAcceptable
from contract.wire import record_answers
from contract.wire.values import columns_text, is_numbers, json_texts, listed, lists_text, numbers_text, objects_text


def csv(answer: Answer) -> bytes:
    """One line a record, the columns in their order; a missing number is ``nan``."""
    if not len(answer):
        return b""
    columns = list(answer.columns.values())
    if len(columns) == 1 and is_numbers(columns[0]):
        return _lines(columns[0], answer.csv_lists) + b"\n"
    cells = [_column_cells(name, column, answer.csv_lists) for name, column in answer.columns.items()]
    return b"\n".join(map(b",".join, zip(*cells, strict=True))) + b"\n"


def json(answer: Answer) -> bytes:
    """The rows as objects in one array, under the key ``answer.envelope`` if it has one; NaN is ``null``.

    With ``answer.orient`` = ``columns`` one object with an array a column.
    """
    import orjson

    if answer.orient == "columns":
        return b"{" + columns_text(answer) + b"}"
    rows = b"[" + objects_text(answer, b",") + b"]"
    return rows if answer.envelope is None else b"{" + orjson.dumps(answer.envelope) + b":" + rows + b"}"


def jsonlines(answer: Answer) -> bytes:
    """One object a line, the last one ended too; NaN is ``null``."""
    return objects_text(answer, b"\n") + b"\n" if len(answer) else b""


ANSWERS: Mapping[str, Callable[[Answer], bytes]] = {
    "text/csv": csv,
    "application/json": json,
    "application/jsonlines": jsonlines,
    "application/x-recordio-protobuf": record_answers.recordio,
}
"""The functions that write an answer, by media type name."""


def _column_cells(name: str, column: Column, lists: str) -> list[bytes]:
    """The cells of every record, which are one or, where lists spread, several of them joined by commas."""
    if is_numbers(column):
        return _lines(column, lists).split(b"\n")
    values = listed(column)
    if any(isinstance(value, list | tuple | dict | np.ndarray) for value in values):
        return _spread(name, values) if lists == "cells" else _json_cells(name, values, lists)
    return [_cell(name, value) for value in values]


def _lines(column: NDArray[Any], lists: str) -> bytes:
    if column.ndim == 1:
        return numbers_text(column).replace(b"null", b"nan").replace(b",", b"\n")
    rows = lists_text(column).replace(b"null", b"nan").replace(b"],[", b"\n")
    if lists == "cells":
        return rows
    left, right = (b'"[', b']"') if lists == "quoted" else (b"[", b"]")
    return left + rows.replace(b",", b", ").replace(b"\n", right + b"\n" + left) + right


def _spread(name: str, values: Sequence[Any]) -> list[bytes]:
    rows = [value.tolist() if isinstance(value, np.ndarray) else value for value in values]
    if any(not isinstance(row, list | tuple) for row in rows):
        raise _no_cells(name, "objects, or lists beside other values")
    if len({len(row) for row in rows}) > 1:
        raise _no_cells(name, "lists of different length")
    if not rows[0]:
        raise _no_cells(name, "lists without a value")
    return [b",".join(_cell(name, value) for value in row) for row in rows]


def _json_cells(name: str, values: Sequence[Any], lists: str) -> list[bytes]:
    if (numbers := _rectangle(values)) is not None:
        return _lines(numbers, lists).split(b"\n")
    texts = json_texts(name, values)
    return [_quoted(text.decode()) for text in texts] if lists == "quoted" else texts


def _rectangle(values: Sequence[Any]) -> NDArray[Any] | None:
    """The lists as an array (n, k) where all of them hold k numbers."""
    try:
        made = np.asarray(values)
    except ValueError:
        return None
    return made if is_numbers(made) and made.ndim == 2 else None


def _cell(name: str, value: Any) -> bytes:
    if isinstance(value, str):
        try:
            return _quoted(value)
        except UnicodeEncodeError:
            raise _no_cells(name, "text that is no Unicode") from None
    if isinstance(value, list | tuple | dict | np.ndarray):
        raise _no_cells(name, "lists or objects in lists")
    if isinstance(value, bytes):
        raise _no_cells(name, "bytes")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).encode()  # of any size
    try:
        text = json_texts(name, [value])[0]
    except NotAcceptable:
        raise _no_cells(name, f"values of the type {type(value).__name__}") from None
    return b"nan" if text == b"null" else text


def _no_cells(name: str, what: str) -> NotAcceptable:
    return NotAcceptable(
        f"{name!r} holds {what}, which text/csv has no cells for; ask for application/json or application/jsonlines"
    )


def _quoted(text: str) -> bytes:
    if not text or text != text.strip() or any(mark in text for mark in ',"\r\n'):
        text = '"' + text.replace('"', '""') + '"'
    return text.encode()
