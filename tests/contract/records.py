"""Records as requests hold them, whatever an algorithm reads: lines of CSV, or the bytes of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from tests.endpoint import Endpoint, Response
from tests.formats import samples
from tests.media_types import CSV, IMAGE, JSON, JSONLINES, RECORDIO

WRITERS = {
    JSON: samples.as_json,
    JSONLINES: samples.as_jsonlines,
    RECORDIO: samples.as_sparse_recordio,
    "application/x-recordio-protobuf; dense": samples.as_recordio,
    "text/libsvm": samples.as_libsvm,
}
"""Tables in every media type but CSV."""

Records: TypeAlias = Sequence[str] | Sequence[bytes]
"""Lines of CSV without the label, or encoded pictures."""


def type_of(records: Records) -> str:
    """The media type that the records are written in."""
    return CSV if isinstance(records[0], str) else IMAGE


def body(records: Records, content_type: str | None = None) -> bytes:
    """One request of all records, of which a picture is the only one."""
    if isinstance(records[0], bytes):
        (only,) = records
        assert isinstance(only, bytes)
        return only
    lines = [str(record) for record in records]
    if content_type in (None, CSV):
        return ("\n".join(lines) + "\n").encode()
    matrix = np.array([[float(cell) for cell in line.split(",")] for line in lines], dtype=np.float32)
    return WRITERS[content_type](matrix)  # type: ignore[index]


def requests(records: Records) -> list[Records]:
    """The records as they are asked for: all at once, or a picture at a time."""
    return [records] if type_of(records) == CSV else [records[at : at + 1] for at in range(len(records))]


def invoke(endpoint: Endpoint, records: Records, accept: str | None = None) -> Response:
    """The response to the first request that the records make."""
    first = requests(records)[0]
    return endpoint.invoke(body(first), type_of(first), accept)


def answers(endpoint: Endpoint, records: Records, accept: str = JSONLINES) -> list[bytes]:
    """One line for each record."""
    lines: list[bytes] = []
    for request in requests(records):
        response = endpoint.invoke(body(request), type_of(request), accept)
        assert response.status == 200, response.body
        lines += response.body.splitlines()
    return lines
