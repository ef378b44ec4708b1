"""The cells of CSV text as numbers: two fast readers for what is regular, a careful one for all else and for errors.

The careful reader is the definition. A fast one answers None for everything that it might see otherwise.
"""

from __future__ import annotations

import csv
import io
import math
import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.errors import Malformed, NotANumber
from contract.tables.categories import texts_of
from contract.tables.data import Texts
from contract.tables.formats.matrix import overflows
from contract.wire.lines import Block, is_number, line_text, number, shortened

BULK_BYTES = 1 << 16
"""From this length on the slower start of the faster reader pays."""

_BULK_COLUMNS = 1 << 13
_REGULAR_BYTES = b'0123456789+-.eE,\n "naN'
_QUOTED = re.compile(rb'(?<![^,\n])"([^",\n ]++)"(?![^,\n])')


class CsvColumns(NamedTuple):
    """The columns of all lines of a file, as its first ones show them; ``front`` columns are label and weight."""

    delimiter: str
    width: int
    label: int
    weight: int
    names: tuple[str, ...]
    has_header: bool
    first_line: int
    texts: frozenset[int] = frozenset()
    """Columns of the file, from 0, that hold texts."""

    @property
    def front(self) -> int:
        """The number of columns before the features."""
        return self.label + self.weight


def regular(text: bytes, width: int | None) -> NDArray[np.float64] | None:
    """The cells of lines parted by commas, ``width`` of them on each (None: as many as on the first).

    The text may hold only the bytes of numbers, and no quote but round a whole cell, before any reader sees it: what
    JSON allows beyond CSV (brackets, words, texts) cannot come, nor the zero byte at which the Arrow reader aborts.
    """
    if text.translate(None, _REGULAR_BYTES):
        return None
    if b'"' in text:
        text = _QUOTED.sub(rb"\1", text)
        if b'"' in text:
            return None
    if len(text) > BULK_BYTES and width and width <= _BULK_COLUMNS and b" " not in text:
        return _through_arrow(text, width)
    return _through_json(text, width)


def is_doubtful(cells: NDArray[np.float64], columns: CsvColumns) -> bool:
    """Returns whether a label or weight is missing, or a number too large: the careful reader tells where."""
    return bool(np.count_nonzero(overflows(cells)) or np.isnan(cells[:, : columns.front]).any())


def careful(block: Block, columns: CsvColumns) -> NDArray[np.float64]:
    """The cells of a block one by one; raises ``Malformed`` with the line, and the column where one is to blame."""
    rows = [_row(line_text(line, at), at, columns) for at, line in block.lines() if line.strip(b" ")]
    return np.array(rows, np.float64).reshape(len(rows), columns.width)


def with_texts(block: Block, columns: CsvColumns) -> tuple[NDArray[np.float64], dict[int, Texts]]:
    """The cells of a block with NaN in the columns of texts, and those texts by column."""
    lines = [(at, line) for at, raw in block.lines() if (line := line_text(raw, at).strip(" "))]
    rows = [[cell.strip(" \t") for cell in split(line, columns.delimiter, at)] for at, line in lines]
    for (at, _), row in zip(lines, rows, strict=True):
        _check_width(row, at, columns)
    texts = {column: texts_of([row[column] for row in rows]) for column in sorted(columns.texts)}
    for row in rows:
        for column in texts:
            row[column] = ""
    cells = regular("\n".join(map(",".join, rows)).encode(), columns.width)
    if cells is None or len(cells) != len(rows) or is_doubtful(cells, columns):
        cells = np.array([_numbers(row, at, columns) for (at, _), row in zip(lines, rows, strict=True)], np.float64)
    return cells.reshape(len(rows), columns.width), texts


def split(line: str, delimiter: str, at: int) -> list[str]:
    """The texts of the cells of line ``at``."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise Malformed(f"the quotes do not match: {error}", f"line {at}") from None


def _through_json(text: bytes, width: int | None) -> NDArray[np.float64] | None:
    """Reads all cells as one JSON array: the quickest way for a few lines."""
    import orjson

    lines = [line for line in _filled(text, b"null").split(b"\n") if line]
    commas = {line.count(b",") for line in lines}
    if len(commas) != 1 or width not in (None, *(count + 1 for count in commas)):
        return None
    cells = b"[" + b",".join(lines) + b"]"
    if b"n" in cells or b"N" in cells:
        cells = cells.replace(b"nan", b"null").replace(b"NaN", b"null")
    try:
        numbers = orjson.loads(cells)
    except orjson.JSONDecodeError:
        return None
    expected = len(lines) * (commas.pop() + 1)
    return np.array(numbers, np.float64).reshape(len(lines), -1) if len(numbers) == expected else None


def _through_arrow(text: bytes, width: int) -> NDArray[np.float64] | None:
    """Reads columns with Arrow: three times as fast as JSON once there are thousands of lines."""
    from arro3.core import DataType, Field, Schema
    from arro3.io import read_csv

    schema = Schema([Field(str(column), DataType.float64(), nullable=True) for column in range(width)])
    try:
        batches = list(read_csv(io.BytesIO(text), schema, has_header=False))
        if any(batch.column(column).null_count for batch in batches for column in range(width)):
            # empty cells came as nulls, which numpy does not know: read them again as words that mean nan
            batches = list(read_csv(io.BytesIO(_filled(text, b"nan")), schema, has_header=False))
    except Exception:  # Arrow raises no narrower class; the careful reader tells what is wrong
        return None
    cells = np.empty((sum(batch.num_rows for batch in batches), width))
    end = 0
    for batch in batches:
        start, end = end, end + batch.num_rows
        for column in range(width):
            cells[start:end, column] = batch.column(column).to_numpy()
    return cells


def _filled(text: bytes, missing: bytes) -> bytes:
    """The text, between line ends, with a word in every empty cell."""
    text = b"\n" + text + b"\n"
    if b",," in text or b",\n" in text or b"\n," in text:
        between = b"," + missing + b","
        text = text.replace(b",,", between).replace(b",,", between)
        text = text.replace(b"\n,", b"\n" + missing + b",").replace(b",\n", b"," + missing + b"\n")
    return text


def _row(line: str, at: int, columns: CsvColumns) -> list[float]:
    cells = [cell.strip(" \t") for cell in split(line, columns.delimiter, at)]
    return _numbers(cells, at, columns)


def _numbers(cells: list[str], at: int, columns: CsvColumns) -> list[float]:
    if at == columns.first_line and not columns.has_header:
        _refuse_header(cells, at)
    _check_width(cells, at, columns)
    return [_cell(cell, at, column, columns) for column, cell in enumerate(cells)]


def _check_width(cells: list[str], at: int, columns: CsvColumns) -> None:
    if len(cells) != columns.width:
        what = f"{len(cells)} columns, but line {columns.first_line} has {columns.width}; are cells or quotes missing?"
        raise Malformed(what, f"line {at}")


def _cell(cell: str, at: int, column: int, columns: CsvColumns) -> float:
    value = number(cell, lambda: f"line {at}, column {column + 1}") if cell else math.nan
    if math.isnan(value) and column < columns.front:
        part = "label" if column < columns.label else "weight"
        raise Malformed(f"the {part} is missing; give it a number or remove the line", f"line {at}")
    return value


def _refuse_header(cells: list[str], at: int) -> None:
    for column, cell in enumerate(cells, 1):
        if cell and not is_number(cell):
            hint = "if this line is a header, send the data as `text/csv; header=present` or remove the line"
            raise NotANumber(f"{shortened(cell)} is not a number; {hint}", f"line {at}, column {column}")
