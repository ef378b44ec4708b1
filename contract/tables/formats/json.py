"""application/json: a document of instances (see ``contract.wire.instances``), which become a table.

An instance is any of the forms of ``contract.tables.formats.json_tables``; a single one needs no list around it. The
documents of ``contract.tables.formats.json_envelopes`` are read too. A ``configuration`` beside the instances is
ignored: no table's answer asks for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from contract.media_type import MediaType
from contract.tables.data import Table
from contract.tables.formats.json_envelopes import as_instances
from contract.tables.formats.json_tables import carries_features, to_table
from contract.tables.formats.layout import RecordLayout
from contract.wire import instances

_FORMS = 'send {"instances": [{"features": [1.5, 2]}, ...]} or [[1.5, 2], ...]'


def chunks(stream: BinaryIO, media_type: MediaType, layout: RecordLayout) -> Iterator[Table]:
    """Reads the one document that a file is, at once; large training data belongs in JSON Lines."""
    yield decode(stream.read(), media_type, layout)


def decode(body: bytes, media_type: MediaType, layout: RecordLayout) -> Table:
    """Reads a whole document; raises ``Malformed`` with the number of the instance."""
    found = instances.document(body, media_type, carries_features, _FORMS, as_instances)
    return to_table(found.records, layout, found.place)
