"""Requests of rows of numbers, and answers to them, for a model that no algorithm describes: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from contract.data import Float32
from contract.errors import Malformed, RequestError
from contract.media_type import MediaType
from contract.tables import formats
from contract.tables.data import Sparse
from contract.tables.formats.layout import RecordLayout
from contract.tables.input import REQUEST_TYPES as REQUEST_TYPES

ACCEPTS: Sequence[str] = ("application/json", "application/jsonlines", "text/csv")


def decode(body: bytes, media_type: MediaType) -> Float32:
    """The (n, d) array of a request of one of ``REQUEST_TYPES``, with 0 for what sparse records do not store.

    Raises ``RequestError``.
    """
    try:
        features = formats.TRAINING[media_type.name].decode(body, media_type, RecordLayout()).features
    except Malformed as error:
        raise RequestError(str(error)) from error
    return features.filled() if isinstance(features, Sparse) else features


def encode(predictions: Any, accept: str) -> bytes:
    """A JSON array, a JSON line a row, or a CSV line a row of an array or what becomes one."""
    import orjson

    rows = np.asarray(predictions).tolist()
    if accept == "application/json":
        return orjson.dumps(rows)
    if accept == "application/jsonlines":
        return b"".join(orjson.dumps(row) + b"\n" for row in rows)
    cells = (row if isinstance(row, list) else [row] for row in rows)
    return "".join(",".join(map(str, row)) + "\n" for row in cells).encode()
