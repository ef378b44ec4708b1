"""The file of a FAISS index, looked through before faiss reads it.

A file from elsewhere could name kinds of indices and of storage that this algorithm never writes, some of which open
other files, or sizes that do not fit each other, over which a search would leave its memory. Only the layout of the
three kinds is let through: a flat index, and inverted lists of plain or of quantised vectors.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

import faiss
import numpy as np

from containers.sklearn.knn.index import Index
from contract.errors import ArtifactError

FLAT = {b"IxF2": 1, b"IxFI": 0}
"""The metric of a flat index, 1 for L2 and 0 for inner product, by its first four bytes."""
LISTS = (b"IwFl", b"IwPQ")
_HEADER = struct.Struct("<iqqqBi")
"""Dimension, number of vectors, two numbers that mean nothing, whether it is trained, metric."""


class _Wrong(ValueError):
    """Something in the file does not fit the rest."""


def read(path: Path) -> Index:
    """Reads an index. Raises ``ArtifactError`` for a file that is damaged or not one of the three kinds."""
    try:
        with path.open("rb") as stream:
            _Layout(stream, path.stat().st_size).check()
        index = faiss.read_index(str(path))
        _check_numbers(index)
    except (_Wrong, RuntimeError, MemoryError) as error:
        cause = str(error).strip().splitlines()[-1] if str(error).strip() else "out of memory"
        raise ArtifactError(f"{path.name} is damaged ({cause}): upload the model archive again") from error
    return index


def write(index: Index, path: Path) -> None:
    """Writes an index as faiss does."""
    faiss.write_index(index, str(path))


def _check_numbers(index: Index) -> None:
    """Every list entry must be one of the vectors: its number is where its label is looked up."""
    if isinstance(index, faiss.IndexFlat):
        return
    lists = index.invlists
    sizes = [lists.list_size(number) for number in range(index.nlist)]
    ids = [faiss.rev_swig_ptr(lists.get_ids(number), size) for number, size in enumerate(sizes) if size]
    if not np.array_equal(np.sort(np.concatenate(ids)), np.arange(index.ntotal)):
        raise _Wrong("its lists do not hold every vector once")


class _Layout:
    """Walks through a file from field to field."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._size = size

    def check(self) -> None:
        """Raises ``_Wrong`` unless the whole file is one index of a known kind."""
        kind = self._take(4)
        if kind in FLAT:
            self._flat(kind)
        elif kind in LISTS:
            self._lists(kind)
        else:
            raise _Wrong("it is no flat index and no index of inverted lists")
        self._require(self._stream.tell() == self._size, "something follows the index")

    def _flat(self, kind: bytes) -> tuple[int, int, int]:
        dimension, vectors, metric = self._header()
        self._require(metric == FLAT[kind], "its metric is not that of its kind")
        self._require(self._number() == dimension * vectors, "its size is not that of its vectors")
        self._skip(4 * dimension * vectors)
        return dimension, vectors, metric

    def _lists(self, kind: bytes) -> None:
        dimension, vectors, metric = self._header()
        count, probes = self._number(), self._number()
        self._require(0 < probes < 1 << 31, "a search would look into none of its lists, or into too many")
        quantizer = self._take(4)
        self._require(quantizer in FLAT, "the centroids of its lists are no flat index")
        self._require(self._flat(quantizer) == (dimension, count, metric), "the centroids do not fit its lists")
        self._require(self._take(1) == b"\0" and self._number() == 0, "it has a direct map")
        code_size = self._quantised(dimension) if kind == b"IwPQ" else 4 * dimension
        self._require(self._take(4) == b"ilar", "its lists are not in the file itself")
        self._require((self._number(), self._number()) == (count, code_size), "its lists do not fit its kind")
        self._require(self._entries(count) == vectors, "the entries of its lists are not as many as its vectors")
        self._skip(vectors * (code_size + 8))

    def _header(self) -> tuple[int, int, int]:
        dimension, vectors, _, _, trained, metric = _HEADER.unpack(self._take(_HEADER.size))
        sensible = dimension > 0 and 0 < vectors <= self._size and trained == 1 and metric in (0, 1)
        self._require(sensible, "its dimension, number of vectors or metric makes no sense")
        return dimension, vectors, metric

    def _quantised(self, dimension: int) -> int:
        """The bytes of a quantised vector."""
        _residual, code_size = self._take(1), self._number()
        sizes = [self._number() for _ in range(4)]
        fits = sizes == [dimension, code_size, 8, 256 * dimension] and code_size > 0 and dimension % code_size == 0
        self._require(fits, "its quantiser does not fit its dimension")
        self._skip(4 * 256 * dimension)
        return code_size

    def _entries(self, count: int) -> int:
        """All entries of the lists, whose sizes are written one by one, or with their places where most are empty."""
        written, kind, length = 0, self._take(4), self._number()
        self._require(kind in (b"full", b"sprs") and length * 8 <= self._size, "the sizes of its lists make no sense")
        sizes = np.frombuffer(self._take(8 * length), "<u8")
        if kind == b"full":
            self._require(length == count, "the sizes of its lists are not as many as its lists")
        else:
            places, sizes = sizes[0::2], sizes[1::2]
            self._require(length % 2 == 0 and bool((places < count).all()), "the places of its lists make no sense")
        self._require(bool((sizes <= self._size).all()), "the sizes of its lists make no sense")
        written += int(sizes.sum())
        return written

    def _number(self) -> int:
        return int.from_bytes(self._take(8), "little")

    def _take(self, length: int) -> bytes:
        data = self._stream.read(length)
        self._require(len(data) == length, "it was cut off")
        return data

    def _skip(self, length: int) -> None:
        self._require(self._stream.tell() + length <= self._size, "it was cut off")
        self._stream.seek(length, 1)

    @staticmethod
    def _require(condition: Any, otherwise: str) -> None:
        if not condition:
            raise _Wrong(otherwise)
