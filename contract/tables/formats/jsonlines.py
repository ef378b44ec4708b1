"""application/jsonlines: one instance a line (see ``contract.tables.formats.json_tables``); blank lines are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from contract.media_type import MediaType
from contract.tables.data import Table
from contract.tables.formats.json_tables import to_table
from contract.tables.formats.layout import RecordLayout
from contract.tables.formats.matrix import same_columns
from contract.wire import instances
from contract.wire.lines import blocks


def chunks(stream: BinaryIO, media_type: MediaType, layout: RecordLayout) -> Iterator[Table]:
    """Reads a file in parts of about 8 MiB, all with the same columns; yields nothing for a file without records."""
    before: Table | None = None
    for block in blocks(stream, media_type):
        found = instances.in_block(block)
        if found.records:
            table = to_table(found.records, layout, found.place)
            before = same_columns(before, table, f"line {block.first}")
            yield table


def decode(body: bytes, media_type: MediaType, layout: RecordLayout) -> Table:
    """Reads a whole body; raises ``Malformed`` if it holds no record."""
    found = instances.lines(body, media_type)
    return to_table(found.records, layout, found.place)
