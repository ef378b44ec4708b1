"""application/jsonlines: one instance a line (see ``contract.tables.formats.instances``); blank lines are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from contract.answer import Answer
from contract.errors import Malformed
from contract.media_type import MediaType
from contract.tables.data import Table
from contract.tables.formats.instances import to_table
from contract.tables.formats.layout import Layout
from contract.tables.formats.matrix import same_columns
from contract.tables.formats.rows import objects_text
from contract.wire.lines import Block, blocks, one_block


def chunks(stream: BinaryIO, media_type: MediaType, layout: Layout) -> Iterator[Table]:
    """Reads a file in parts of about 8 MiB, all with the same columns; yields nothing for a file without records."""
    before: Table | None = None
    for block in blocks(stream, media_type):
        table = _table(block, layout)
        if table is not None:
            before = same_columns(before, table, f"line {block.first}")
            yield table


def decode(body: bytes, media_type: MediaType, layout: Layout) -> Table:
    """Reads a whole body; raises ``Malformed`` if it holds no record."""
    table = _table(one_block(body, media_type), layout)
    if table is None:
        raise Malformed("the body holds no record")
    return table


def encode(answer: Answer) -> bytes:
    """One object a line, the last one ended too; NaN is ``null``."""
    return objects_text(answer, b"\n") + b"\n" if len(answer) else b""


def _table(block: Block, layout: Layout) -> Table | None:
    lines = [(at, line) for at, line in block.lines() if line.strip()]
    items = [_instance(line, at) for at, line in lines]
    return to_table(items, layout, lambda row: f"line {lines[row][0]}") if items else None


def _instance(line: bytes, at: int) -> Any:
    import orjson

    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg}", f"line {at}, column {error.colno}") from None
