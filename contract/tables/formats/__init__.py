"""Bytes -> tables: one module a format, and the table that finds a format by its media type.

A format module reads streams of training data and bodies of requests into ``Table`` chunks. Adding a format is one
module here and one line in the table below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Protocol

from contract.media_type import MediaType
from contract.tables.data import Table
from contract.tables.formats import csv, json, jsonlines, libsvm, parquet, recordio
from contract.tables.formats.layout import RecordLayout


class TableFormat(Protocol):
    """The interface of a format module (the module itself is the object)."""

    def chunks(self, stream: BinaryIO, media_type: MediaType, layout: RecordLayout) -> Iterator[Table]:
        """Reads one stream of records in parts of bounded memory; raises ``Malformed`` with the place.

        A stream without records yields nothing. Every part has the columns of the first, except in libsvm text, where
        each is as wide as its own largest index.
        """

    def decode(self, body: bytes, media_type: MediaType, layout: RecordLayout) -> Table:
        """Reads one whole body of at least one record; raises ``Malformed`` with the place."""


FORMATS: Mapping[str, TableFormat] = {
    "text/csv": csv,
    "text/libsvm": libsvm,
    "application/x-parquet": parquet,
    "application/x-recordio-protobuf": recordio,
    "application/json": json,
    "application/jsonlines": jsonlines,
}
"""The formats that are read, by the name that messages use."""

_ALIASES = {
    "csv": "text/csv",
    "libsvm": "text/libsvm",
    "text/x-libsvm": "text/libsvm",
    "parquet": "application/x-parquet",
    "recordio-protobuf": "application/x-recordio-protobuf",
}


TRAINING: Mapping[str, TableFormat] = {**FORMATS, **{alias: FORMATS[name] for alias, name in _ALIASES.items()}}
"""The formats that are read, by every name that a channel or request may use for them."""
