"""Records become request bodies: one each, or as many whole ones as fit."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from local_test.batch.limits import Limits
from local_test.batch.processing import Processing
from local_test.batch.request import TransformRequest
from local_test.batch.splitting import SplitRecord, records
from local_test.errors import RecordError


@dataclass
class Batch:
    """The records of one request; ``rows`` is what they hold, where the platform looks into them."""

    parts: list[bytes] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    size: int = 0

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    def add(self, part: bytes, rows: list[Any]) -> None:
        self.parts.append(part)
        self.rows += rows
        self.size += len(part)


def batches(file: Path, request: TransformRequest, limits: Limits) -> Iterator[Batch]:
    """The requests of one file, in its order. Raises RecordError for a record that cannot be sent."""
    batch = Batch()
    for part, rows in _parts(file, request, limits):
        if batch.parts and (limits.single or not limits.fits(batch.size + len(part))):
            yield batch
            batch = Batch()
        batch.add(part, rows)
    if batch.parts:
        yield batch


def _parts(file: Path, request: TransformRequest, limits: Limits) -> Iterator[tuple[bytes, list[Any]]]:
    processing = Processing(request) if request.processes else None
    for record in _readable(file, request):
        part = record.bare if limits.single else record.whole
        rows = processing.rows(part) if processing else []
        if processing and not rows:
            continue  # a blank line
        part = processing.sent(part, rows) if processing else part
        if not limits.fits(len(part)):
            raise RecordError(f"a record of {len(part)} bytes is larger than MaxPayloadInMB={limits.payload_mb}")
        yield part, rows


def _readable(file: Path, request: TransformRequest) -> Iterator[SplitRecord]:
    try:
        with _opened(file, request.compression) as stream:
            yield from records(stream, request.split)
    except (OSError, EOFError, zlib.error) as error:
        raise RecordError(f"the file cannot be read: {error}") from error


def _opened(file: Path, compression: str) -> AbstractContextManager[BinaryIO]:
    return cast("BinaryIO", gzip.open(file, "rb")) if compression == "Gzip" else file.open("rb")
