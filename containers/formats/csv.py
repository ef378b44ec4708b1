"""text/csv: one record a line, the label in front; no header unless the media type says ``header=present``.

An empty cell (or one of blanks) and ``nan`` in any case are missing values. Cells may stand in double quotes and
between blanks. The delimiter is the one of ``,`` ``;`` tab ``|`` that the first line holds most of. Blank lines are
skipped, but counted: every line number in a message is the one that an editor shows.

Parameters of the media type: ``label_size`` (0 or 1) overrides the layout's, ``header`` is ``present`` or ``absent``,
``delimiter`` and ``charset`` say what would be guessed.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from containers.answer import Answer
from containers.data import Float32, Table
from containers.errors import Malformed
from containers.formats.layout import Layout
from containers.formats.matrix import float32, overflows
from containers.formats.rows import is_text, lists_text, numbers_text
from containers.formats.text import Block, blocks, is_number, line_text, number, one_block, shortened
from containers.media_type import MediaType

_DELIMITERS = {",": ",", ";": ";", "\t": "\t", "|": "|", "tab": "\t", "\\t": "\t"}
_QUOTED = re.compile(rb'(?<![^,\n])"([^",\n ]++)"(?![^,\n])')
_PLAIN = b'0123456789+-.eE,\n "nNa'


def chunks(stream: BinaryIO, media_type: MediaType, layout: Layout) -> Iterator[Table]:
    """Reads a file in parts of about 8 MiB; yields nothing for a file without records."""
    return _tables(blocks(stream, media_type), media_type, layout)


def decode(body: bytes, media_type: MediaType, layout: Layout) -> Table:
    """Reads a whole body; raises ``Malformed`` if it holds no record."""
    table = next(_tables(iter([one_block(body, media_type)]), media_type, layout), None)
    if table is None:
        raise Malformed("the body holds no record")
    return table


def encode(answer: Answer) -> bytes:
    """One line a record, the columns in their order; NaN is written ``nan``."""
    if not len(answer):
        return b""
    columns = list(answer.columns.values())
    if len(columns) == 1 and not is_text(columns[0]):
        return _lines(columns[0], answer.csv_lists) + b"\n"
    cells = [_column_cells(column, answer.csv_lists) for column in columns]
    return b"\n".join(map(b",".join, zip(*cells, strict=True))) + b"\n"


@dataclass(frozen=True)
class _Columns:
    """What the first lines of a file tell about all others."""

    delimiter: str
    count: int
    label: int
    weight: int
    names: tuple[str, ...]
    header_above: bool
    first_line: int

    def table(self, block: Block) -> Table | None:
        cells = self._plain_cells(block.text)
        if cells is None or self._faulty(cells):
            cells = self._careful_cells(block)
        return self._split(float32(cells)) if len(cells) else None

    def _split(self, cells: Float32) -> Table:
        front = self.label + self.weight
        if not front:
            return Table(cells, names=self.names)
        label = cells[:, 0].copy() if self.label else None
        weight = cells[:, self.label].copy() if self.weight else None
        return Table(np.ascontiguousarray(cells[:, front:]), label, weight, self.names[front:])

    def _plain_cells(self, text: bytes) -> NDArray[np.float64] | None:
        """The cells of regular lines, read as one JSON array; None where anything is out of the ordinary.

        The order of the checks matters: only these bytes can come, and only with the right number on every line, so
        that what JSON allows beyond CSV (brackets, words, a line end between two cells) never reaches the parser.
        """
        import orjson

        if self.delimiter != ",":
            text = text.replace(b",", b"?").replace(self.delimiter.encode(), b",")
        if text.translate(None, _PLAIN):
            return None
        text = _without_quotes(text)
        lines = [line for line in text.split(b"\n") if line]
        if b'"' in text or {line.count(b",") for line in lines} != {self.count - 1}:
            return None
        try:
            numbers = orjson.loads(_as_json(b",".join(lines)))
        except orjson.JSONDecodeError:
            return None
        if len(numbers) != len(lines) * self.count:
            return None
        return np.array(numbers, np.float64).reshape(len(lines), self.count)

    def _faulty(self, cells: NDArray[np.float64]) -> bool:
        front = cells[:, : self.label + self.weight]
        return bool(np.count_nonzero(overflows(cells)) or (front.size and np.isnan(front).any()))

    def _careful_cells(self, block: Block) -> NDArray[np.float64]:
        """The cells of a block, one by one: for everything that is allowed but unusual, and to say what is wrong."""
        rows = [self._row(line_text(line, at), at) for at, line in block.lines() if line.strip(b" ")]
        return np.array(rows, np.float64).reshape(len(rows), self.count)

    def _row(self, line: str, at: int) -> list[float]:
        cells = [cell.strip(" \t") for cell in _cells(line, self.delimiter, at)]
        if at == self.first_line and not self.header_above:
            _refuse_header(cells, at)
        if len(cells) != self.count:
            what = f"{len(cells)} columns, but line {self.first_line} has {self.count}; are cells or quotes missing?"
            raise Malformed(what, f"line {at}")
        return [self._cell(cell, at, column) for column, cell in enumerate(cells)]

    def _cell(self, cell: str, at: int, column: int) -> float:
        value = number(cell, lambda: f"line {at}, column {column + 1}") if cell else math.nan
        if math.isnan(value) and column < self.label + self.weight:
            part = "label" if column < self.label else "weight"
            raise Malformed(f"the {part} is missing; give it a number or remove the line", f"line {at}")
        return value


def _tables(parts: Iterator[Block], media_type: MediaType, layout: Layout) -> Iterator[Table]:
    columns: _Columns | None = None
    for part in parts:
        columns, block = (columns, part) if columns else _open(part, media_type, layout)
        table = columns.table(block) if columns else None
        if table is not None:
            yield table


def _open(block: Block, media_type: MediaType, layout: Layout) -> tuple[_Columns | None, Block]:
    """The columns as the first line that is not blank shows them, and the block without the lines above the data."""
    text = block.text.lstrip(b"\n ")
    first = block.first + block.text.count(b"\n", 0, len(block.text) - len(text))
    has_header = _has_header(media_type)
    delimiter, label_size = _parameter_delimiter(media_type), _label_size(media_type, layout)
    if not text:
        return None, Block(first, text)
    line = text.partition(b"\n")[0]
    delimiter = delimiter or max(",;\t|", key=lambda mark: line.count(mark.encode()))
    names = _header(line, delimiter, first) if has_header else ()
    count = len(names) or _count(line, delimiter, first)
    if count <= label_size + layout.weight_size:
        what = f"{count} column(s) parted by {delimiter!r}: no feature is left beside the label or weight"
        raise Malformed(f"{what}; name another delimiter with `text/csv; delimiter=`", f"line {first}")
    columns = _Columns(delimiter, count, label_size, layout.weight_size, names, has_header, first)
    return columns, Block(first + 1, text[len(line) + 1 :]) if has_header else Block(first, text)


def _count(line: bytes, delimiter: str, at: int) -> int:
    if b'"' in line:
        return len(_cells(line_text(line, at), delimiter, at))
    return line.count(delimiter.encode()) + 1


def _header(line: bytes, delimiter: str, at: int) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in _cells(line_text(line, at), delimiter, at))
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise Malformed(f"the header has the name {shortened(twice)} twice", f"line {at}")
    return names


def _refuse_header(cells: list[str], at: int) -> None:
    for column, cell in enumerate(cells, 1):
        if cell and not is_number(cell):
            hint = "if this line is a header, send the data as `text/csv; header=present` or remove the line"
            raise Malformed(f"{shortened(cell)} is not a number; {hint}", f"line {at}, column {column}")


def _cells(line: str, delimiter: str, at: int) -> list[str]:
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise Malformed(f"the quotes do not match: {error}", f"line {at}") from None


def _without_quotes(text: bytes) -> bytes:
    if b'"' not in text:
        return text
    return _QUOTED.sub(rb"\1", text)


def _as_json(cells: bytes) -> bytes:
    if b"n" in cells or b"N" in cells:
        cells = cells.replace(b"nan", b"null").replace(b"NaN", b"null")
    cells = b"[" + cells + b"]"
    if b",," in cells or cells[1:2] == b"," or cells[-2:-1] == b",":
        cells = cells.replace(b"[,", b"[null,").replace(b",]", b",null]")
        cells = cells.replace(b",,", b",null,").replace(b",,", b",null,")
    return cells


def _has_header(media_type: MediaType) -> bool:
    header = media_type.parameters.get("header", "absent").lower()
    if header not in ("present", "absent"):
        raise Malformed(f"the parameter header is `present` or `absent`, not {shortened(header)}")
    return header == "present"


def _parameter_delimiter(media_type: MediaType) -> str | None:
    delimiter = media_type.parameters.get("delimiter")
    if delimiter is None:
        return None
    if delimiter.lower() not in _DELIMITERS:
        raise Malformed(f'the parameter delimiter is `","`, `";"`, `tab` or `"|"`, not {shortened(delimiter)}')
    return _DELIMITERS[delimiter.lower()]


def _label_size(media_type: MediaType, layout: Layout) -> int:
    size = media_type.parameters.get("label_size", str(layout.label_size))
    if size not in ("0", "1"):
        raise Malformed(f"the parameter label_size is 0 or 1, not {shortened(size)}")
    return int(size)


def _column_cells(column: NDArray[Any], lists: str) -> list[bytes]:
    return [_quoted(str(value)) for value in column] if is_text(column) else _lines(column, lists).split(b"\n")


def _lines(column: NDArray[Any], lists: str) -> bytes:
    if column.ndim == 1:
        return numbers_text(column).replace(b"null", b"nan").replace(b",", b"\n")
    rows = lists_text(column).replace(b"null", b"nan").replace(b"],[", b"\n")
    if lists == "cells":
        return rows
    left, right = (b'"[', b']"') if lists == "quoted" else (b"[", b"]")
    return left + rows.replace(b",", b", ").replace(b"\n", right + b"\n" + left) + right


def _quoted(text: str) -> bytes:
    if not text or text != text.strip() or any(mark in text for mark in ',"\r\n'):
        text = '"' + text.replace('"', '""') + '"'
    return text.encode()
