"""text/csv: one record a line, the label in front; no header unless the media type says ``header=present``.

An empty cell (or one of blanks) and ``nan`` in any case are missing values. Cells may stand in double quotes and
between blanks. ``True`` and ``False`` are 1 and 0, ``NA``, ``NULL`` and the like are missing. The delimiter is the one
of ``,`` ``;`` tab ``|`` that gives a request the model's width, and the lines of a file as many cells, most of them
numbers. Blank lines are skipped, but counted: every line number in a message is the one that an editor shows. A cell
that is no number is refused, except in the columns of texts that the layout names.

Parameters of the media type: ``label_size`` (0 or 1) overrides the layout's, ``header`` is ``present`` or ``absent``,
``delimiter`` and ``charset`` say what would be guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from contract.data import Float32
from contract.errors import Malformed
from contract.media_type import MediaType
from contract.tables.data import Table, Texts
from contract.tables.formats import cell_texts
from contract.tables.formats.cells import (
    BULK_BYTES,
    CsvColumns,
    careful,
    is_doubtful,
    regular,
    split,
    with_texts,
    without_quotes,
)
from contract.tables.formats.delimiter import LOOKED_AT, guessed
from contract.tables.formats.layout import RecordLayout
from contract.tables.formats.matrix import float32, overflows
from contract.wire.lines import Block, blocks, is_number, line_text, one_block, shortened

_SAMPLE = 1 << 16
"""Bytes from which a delimiter is guessed."""

_DELIMITERS = {",": ",", ";": ";", "\t": "\t", "|": "|", "tab": "\t", "\\t": "\t"}


_OF_PANDAS = re.compile(r"Unnamed: \d+")
"""The name that pandas gives to a column without one."""


def chunks(stream: BinaryIO, media_type: MediaType, layout: RecordLayout) -> Iterator[Table]:
    """Reads a file in parts of about 8 MiB; yields nothing for a file without records."""
    return _tables(blocks(stream, media_type), media_type, layout)


def decode(body: bytes, media_type: MediaType, layout: RecordLayout) -> Table:
    """Reads a whole body; raises ``Malformed`` if it holds no record."""
    plain = not (media_type.parameters or layout.label_size + layout.weight_size or layout.texts)
    if plain and len(body) < BULK_BYTES:
        cells = regular(body.replace(b"\r\n", b"\n"), None)
        doubtful = (
            cells is None or np.count_nonzero(overflows(cells)) or (cells.shape[1] == 1 and b"\n" in body.strip())
        )
        if cells is not None and not doubtful:
            return Table(float32(cells))
    table = next(_tables(iter([one_block(body, media_type)]), media_type, layout), None)
    if table is None:
        raise Malformed("the body holds no record")
    return table


def _tables(parts: Iterator[Block], media_type: MediaType, layout: RecordLayout) -> Iterator[Table]:
    columns: CsvColumns | None = None
    blank: int | None = None
    for part in parts:
        columns, block = (columns, part) if columns else _open(part, media_type, layout)
        if columns:
            blank = _refuse_blank_lines(block, blank) if columns.width == 1 else None
            cells, texts = _read(block, columns)
            if len(cells):
                yield _table(float32(cells), texts, columns)


def _read(block: Block, columns: CsvColumns) -> tuple[NDArray[np.float64], dict[int, Texts]]:
    """The cells of a block, and the texts of the columns that hold texts."""
    text = block.text
    if columns.delimiter != ",":
        text = text.replace(b",", b"\0").replace(columns.delimiter.encode(), b",")
    cells = regular(text, columns.width)
    if cells is not None and not is_doubtful(cells, columns):
        plain = without_quotes(text) if columns.texts and b'"' in text else text
        return cells, cell_texts.of_numbers(plain, cells, columns.texts) if columns.texts else {}
    return with_texts(block, columns) if columns.texts else (careful(block, columns), {})


def _refuse_blank_lines(block: Block, blank: int | None) -> int | None:
    """Raises ``Malformed`` for an empty line between records of one cell: it may be a missing value, or nothing.

    ``blank`` is such a line at the end of the block before; returned is the one at the end of this block.
    """
    text = block.text.replace(b" ", b"")
    if blank is None and b"\n\n" not in b"\n" + text:
        return None
    for at, line in enumerate(text.removesuffix(b"\n").split(b"\n"), block.first):
        if line and blank is not None:
            what = "the line is blank: write nan for a missing value, or remove the line"
            raise Malformed(what, f"line {blank}")
        blank = at if blank is None and not line else blank
    return blank


def _table(cells: Float32, texts: dict[int, Texts], columns: CsvColumns) -> Table:
    texts = {column - columns.front: texts[column] for column in texts}
    if not columns.front:
        return Table(cells, names=columns.names, texts=texts)
    label = cells[:, 0].copy() if columns.label else None
    weight = cells[:, columns.label].copy() if columns.weight else None
    features = np.ascontiguousarray(cells[:, columns.front :])
    return Table(features, label, weight, columns.names[columns.front :], texts=texts)


def _open(block: Block, media_type: MediaType, layout: RecordLayout) -> tuple[CsvColumns | None, Block]:
    """The columns as the first lines show them, and the block without the lines above the data."""
    text = block.text.lstrip(b"\n ")
    first = block.first + block.text.count(b"\n", 0, len(block.text) - len(text))
    if not text:
        return None, Block(first, text)
    has_header, label_size = _has_header(media_type), _label_size(media_type, layout)
    front = label_size + layout.weight_size
    delimiter = _parameter_delimiter(media_type) or _delimiter(text, has_header, layout, front)
    line = text.partition(b"\n")[0]
    names = _header(line, delimiter, first) if has_header else ()
    count = len(names) or _count(line, delimiter, first)
    if count <= front:
        what = f"{count} column(s) parted by {delimiter!r}: no feature is left beside the label or weight"
        raise Malformed(f"{what}; name another delimiter with `text/csv; delimiter=`", f"line {first}")
    texts = frozenset(column + front for column in layout.text_columns(names[front:]) if column + front < count)
    columns = CsvColumns(delimiter, count, label_size, layout.weight_size, names, has_header, first, texts)
    return columns, Block(first + 1, text[len(line) + 1 :]) if has_header else Block(first, text)


def _delimiter(text: bytes, has_header: bool, layout: RecordLayout, front: int) -> str:
    line = text.partition(b"\n")[0]
    width = None if layout.width is None else layout.width + front
    if b'"' not in line and line.count(b",") + 1 == width:
        return ","
    lines = [each for each in text[:_SAMPLE].split(b"\n", LOOKED_AT)[:LOOKED_AT] if each.strip(b" ")]
    return guessed(lines[:-1] if len(text) > _SAMPLE and len(lines) > 1 else lines, has_header, width)


def _count(line: bytes, delimiter: str, at: int) -> int:
    if b'"' in line:
        return len(split(line_text(line, at), delimiter, at))
    return line.count(delimiter.encode()) + 1


def _header(line: bytes, delimiter: str, at: int) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in split(line_text(line, at), delimiter, at))
    if all(is_number(name) for name in names):
        raise Malformed("numbers alone are no header; send the data without `header=present`", f"line {at}")
    nameless = next((place for place, name in enumerate(names, 1) if not name or _OF_PANDAS.fullmatch(name)), None)
    if nameless:
        what = f"column {nameless} of the header has no name: perhaps the index that pandas' to_csv writes in front"
        raise Malformed(f"{what}; write the file with index=False, or name the column", f"line {at}")
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise Malformed(f"the header has the name {shortened(twice)} twice", f"line {at}")
    return names


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


def _label_size(media_type: MediaType, layout: RecordLayout) -> int:
    size = media_type.parameters.get("label_size", str(layout.label_size))
    if size not in ("0", "1"):
        raise Malformed(f"the parameter label_size is 0 or 1, not {shortened(size)}")
    return int(size)
