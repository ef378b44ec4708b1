"""MXNet's records of labelled pictures, as they stand in the frames of ``contract.wire.recordio``.

A record begins with a header: uint32 flag, float32 label, uint64 id, uint64 id2. A flag above zero says that so many
float32 labels follow, in place of the one in the header. Then comes the encoded picture. (MXNet's image_recordio.h is
the source.)
"""

from __future__ import annotations

import struct

import numpy as np

from contract.data import Float32
from contract.errors import Malformed
from contract.wire.recordio import joined

HEADER = struct.Struct("<IfQQ")
MOST_LABELS = 1 << 16


def picture(frames: bytes) -> bytes:
    """The encoded picture of the frames of one record."""
    record = joined(frames)
    return record[header_bytes(record, len(record)) :]


def header_bytes(record: bytes, length: int) -> int:
    """The bytes before the picture of a record of ``length`` bytes, of which ``record`` holds at least the first 24."""
    if length < HEADER.size or len(record) < HEADER.size:
        raise Malformed("is too short for an image record; RecordIO-protobuf is another format")
    flag = int(HEADER.unpack_from(record)[0])
    start = HEADER.size + 4 * flag
    if start >= length:
        raise Malformed("holds no picture, so it is no MXNet image record; RecordIO-protobuf is another format")
    if flag > MOST_LABELS:
        raise Malformed(f"has {flag:,} labels, at most {MOST_LABELS:,} are read")
    return start


def labels(record: bytes) -> Float32:
    """The labels of a record of which at least the header and the labels are there, shape (k,)."""
    flag, label, *_ = HEADER.unpack_from(record)
    if flag == 0:
        return np.array([label], np.float32)
    return np.frombuffer(record, "<f4", flag, HEADER.size).astype(np.float32)
