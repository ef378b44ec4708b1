"""The cells of CSV text as numbers: two fast readers for what is regular, a careful one for all else and for errors.

The careful reader is the definition. A fast one answers None for everything that it might see otherwise.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.errors import Malformed, NotANumber
from contract.tables.category_texts import MISSING_WORDS, TRUTHS
from contract.tables.data import Texts
from contract.tables.formats.cell_remedies import HEADER, is_header, is_value, remedy
from contract.tables.formats.cell_texts import in_rows
from contract.tables.formats.matrix import overflows
from contract.wire.lines import Block, line_text, number, shortened

BULK_BYTES = 1 << 16
"""From this length on the slower start of the faster reader pays."""

_BULK_COLUMNS = 1 << 13
_REGULAR_BYTES = b"0123456789+-.eE,\n naN"
_WORD_BYTES = "".join({*TRUTHS, *MISSING_WORDS} | {word.upper() for word in {*TRUTHS, *MISSING_WORDS}}).encode()
_QUOTED = re.compile(rb'(?<![^,\n])"([^",\n ]++)"(?![^,\n])')


def _whole_cell(words: Iterable[str]) -> re.Pattern[bytes]:
    return re.compile(rf"(?<![^,\n])(?:{'|'.join(map(re.escape, words))})(?![^,\n])".encode(), re.IGNORECASE)


_TRUE = _whole_cell(["true"])
_FALSE = _whole_cell(["false"])
_MISSING = _whole_cell(sorted(MISSING_WORDS))


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
    Words for truth values and for nothing are put into numbers before.
    """
    if b'"' in text:
        text = without_quotes(text)
    if others := text.translate(None, _REGULAR_BYTES):
        text = text if others.translate(None, _WORD_BYTES) else _in_numbers(text)
        if text.translate(None, _REGULAR_BYTES):
            return None
    if len(text) > BULK_BYTES and width and width <= _BULK_COLUMNS and b" " not in text:
        return _through_arrow(text, width)
    return _through_json(text, width)


def without_quotes(text: bytes) -> bytes:
    """The text without quotes round whole cells that need none."""
    return _QUOTED.sub(rb"\1", text)


def _in_numbers(text: bytes) -> bytes:
    """The text with 1, 0 and nan for the words that mean them."""
    for words, cell in ((_TRUE, b"1"), (_FALSE, b"0"), (_MISSING, b"nan")):
        text = words.sub(cell, text)
    return text


def is_doubtful(cells: NDArray[np.float64], columns: CsvColumns) -> bool:
    """Returns whether a label or weight is missing, or a number too large: the careful reader tells where."""
    return bool(np.count_nonzero(overflows(cells)) or np.isnan(cells[:, : columns.front]).any())


def careful(block: Block, columns: CsvColumns) -> NDArray[np.float64]:
    """The cells of a block one by one; raises ``Malformed`` with the line, and the column where one is to blame."""
    rows = [_row(line_text(line, at), at, columns) for at, line in block.lines() if line.strip(b" ")]
    return _in_lines(rows, columns)


def with_texts(block: Block, columns: CsvColumns) -> tuple[NDArray[np.float64], dict[int, Texts]]:
    """The cells of a block with NaN in the columns of texts, and those texts by column."""
    rows = [_row(line_text(line, at), at, columns) for at, line in block.lines() if line.strip(b" ")]
    for row in rows:
        _check_width(row, columns)
    texts = in_rows([row.cells for row in rows], columns.texts)
    for row in rows:
        for column in texts:
            row.cells[column] = ""
    cells = regular("\n".join(",".join(row.cells) for row in rows).encode(), columns.width)
    if cells is None or len(cells) != len(rows) or is_doubtful(cells, columns):
        cells = _in_lines(rows, columns)
    return cells.reshape(len(rows), columns.width), texts


def split(line: str, delimiter: str, at: int) -> list[str]:
    """The texts of the cells of line ``at``."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise Malformed(f"the quotes do not match: {error}{_quoting(line)}", f"line {at}") from None


def _quoting(line: str) -> str:
    if '\\"' in line:
        return '; a quote inside a cell is doubled (""), not written with a backslash'
    return "; a record must stand on one line, so no cell may hold a line end" if line.count('"') % 2 else ""


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


class _Row(NamedTuple):
    """The texts of the cells of line ``at``."""

    at: int
    cells: list[str]


def _row(line: str, at: int, columns: CsvColumns) -> _Row:
    return _Row(at, [cell.strip(" \t") for cell in split(line, columns.delimiter, at)])


def _in_lines(rows: Sequence[_Row], columns: CsvColumns) -> NDArray[np.float64]:
    """The numbers of all rows; raises ``Malformed`` with the first cell that is none."""
    numbers = [_numbers(row, rows[place + 1 : place + 2], columns) for place, row in enumerate(rows)]
    return np.array(numbers, np.float64).reshape(len(rows), columns.width)


def _numbers(row: _Row, following: Sequence[_Row], columns: CsvColumns) -> list[float]:
    _refuse_header(row, following, columns)
    _check_width(row, columns)
    return [_cell(cell, row.at, column, columns) for column, cell in enumerate(row.cells)]


def _check_width(row: _Row, columns: CsvColumns) -> None:
    if len(row.cells) != columns.width:
        raise Malformed(
            f"{len(row.cells)} columns, but line {columns.first_line} has {columns.width}; are cells or quotes "
            "missing?",
            f"line {row.at}",
        )


def _cell(cell: str, at: int, column: int, columns: CsvColumns) -> float:
    lower = cell.lower()
    if lower in TRUTHS:
        return float(TRUTHS[lower])
    value = math.nan if not cell or lower in MISSING_WORDS else _value(cell, at, column, columns)
    if math.isnan(value) and column < columns.front:
        part = "label" if column < columns.label else "weight"
        raise Malformed(f"the {part} is missing; give it a number or remove the line", f"line {at}")
    return value


def _value(cell: str, at: int, column: int, columns: CsvColumns) -> float:
    where = f"line {at}, column {column + 1}"
    try:
        return number(cell, lambda: where)
    except NotANumber as error:
        raise NotANumber(error.what + remedy(cell, is_label=column < columns.label), where) from None


def _refuse_header(row: _Row, following: Sequence[_Row], columns: CsvColumns) -> None:
    """Raises ``NotANumber`` for a first line that looks like a header, but was not announced as one."""
    if row.at != columns.first_line or columns.has_header:
        return
    column = next((column for column, cell in enumerate(row.cells) if not is_value(cell)), None)
    if column is not None and is_header(row.cells, column, following[0].cells if following else ()):
        what = f"{shortened(row.cells[column])} is not a number{HEADER}"
        raise NotANumber(what, f"line {row.at}, column {column + 1}")
