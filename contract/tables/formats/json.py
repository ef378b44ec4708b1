"""application/json: ``{"instances": [...]}`` in, ``{"predictions": [...]}`` out.

An instance is any of the forms of ``contract.tables.formats.instances``. A bare array of instances and a single
``{"features": [...]}`` are read too; a ``configuration`` beside the instances is ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from contract.answer import Answer
from contract.errors import Malformed
from contract.media_type import MediaType
from contract.tables.data import Table
from contract.tables.formats.instances import carries_features, to_table
from contract.tables.formats.layout import Layout
from contract.tables.formats.rows import columns_text, objects_text
from contract.wire.lines import utf8

_FORMS = 'send {"instances": [{"features": [1.5, 2]}, ...]} or [[1.5, 2], ...]'


def chunks(stream: BinaryIO, media_type: MediaType, layout: Layout) -> Iterator[Table]:
    """Reads the one document that a file is, at once; large training data belongs in JSON Lines."""
    yield decode(stream.read(), media_type, layout)


def decode(body: bytes, media_type: MediaType, layout: Layout) -> Table:
    """Reads a whole document; raises ``Malformed`` with the number of the instance."""
    instances = _instances(_parsed(utf8(body, media_type)))
    if not instances:
        raise Malformed("the body holds no record")
    return to_table(instances, layout, lambda row: f"instance {row + 1}")


def encode(answer: Answer) -> bytes:
    """The rows as objects in one array, under the key ``answer.envelope`` if it has one; NaN is ``null``.

    With ``answer.orient`` = ``columns`` one object with an array a column.
    """
    import orjson

    if answer.orient == "columns":
        return b"{" + columns_text(answer) + b"}"
    rows = b"[" + objects_text(answer, b",") + b"]"
    return rows if answer.envelope is None else b"{" + orjson.dumps(answer.envelope) + b":" + rows + b"}"


def _parsed(body: bytes) -> Any:
    import orjson

    if not body.strip():
        raise Malformed("the body holds no record")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg}", f"line {error.lineno}, column {error.colno}") from None


def _instances(document: Any) -> list[Any]:
    if isinstance(document, dict):
        if "instances" in document:
            document = document["instances"]
        elif carries_features(document):
            document = [document]
    if not isinstance(document, list):
        raise Malformed(f"no array of instances; {_FORMS}")
    return document
