"""One record of SageMaker's training format, the protobuf message ``aialgs.data.Record``, read and written by hand.

    Record { features = 1, label = 2: map<string, Value> }                 and texts, which are skipped
    Value  { float32_tensor = 2 | float64_tensor = 3 | int32_tensor = 7 | bytes = 9 }
    tensor { values = 1, keys = 2, shape = 3 }                             keys and shape are uint64
    bytes  { value = 1 }                                                   repeated

The vectors of a table are named ``values`` in both maps; other kinds of data have names of their own, such as
``source`` and ``target``. Faults are ``Malformed`` without a place: the caller knows the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from contract.data import Int64
from contract.errors import Malformed
from contract.wire import protobuf
from contract.wire.protobuf import EIGHT_BYTES, FOUR_BYTES, SIZED, VARINT, packed_varints, sized

Part: TypeAlias = Literal["features", "label"]
"""One of the two maps of a record."""

_PARTS: Mapping[Part, int] = {"features": 1, "label": 2}
_BYTES = 9
_TENSORS = {2: (FOUR_BYTES, "<f4"), 3: (EIGHT_BYTES, "<f8"), 7: (VARINT, "")}
_INT32 = np.iinfo(np.int32)


class Tensor(NamedTuple):
    """A vector: dense where ``keys`` is empty, else with ``keys`` parallel to ``values`` in a vector of ``shape``.

    ``values`` lie at ``span`` in the bytes of the record as an array of ``dtype``; dtype is empty where they do not
    lie there in one piece.
    """

    values: NDArray[np.float64]
    keys: Int64
    shape: tuple[int, ...]
    span: tuple[int, int]
    dtype: str

    @property
    def is_sparse(self) -> bool:
        """True if it has keys, or is the empty row of a sparse matrix."""
        return bool(self.keys.size or (self.shape and not self.values.size))


class Record(NamedTuple):
    """One record: its bytes, and where the values of both maps lie in them, by their names."""

    data: bytes
    features: Mapping[str, tuple[int, int]]
    label: Mapping[str, tuple[int, int]]

    def tensor(self, part: Part, name: str = "values") -> Tensor:
        """The numbers of this name; raises ``Malformed`` where there are none."""
        found = self.value(part, name)
        if isinstance(found, list):
            raise Malformed(f"the record has bytes (an image, perhaps) as {part}, not a tensor of numbers")
        return found

    def value(self, part: Part, name: str) -> Tensor | list[bytes]:
        """The tensor of this name, or the list of bytes; raises ``Malformed`` where there is neither."""
        entries = self.features if part == "features" else self.label
        if name not in entries:
            raise Malformed(f'the record has no {part}: there is no tensor "{name}" in {sorted(entries)}')
        found: Tensor | list[bytes] | None = None
        for field, kind, start, stop in protobuf.fields(self.data, *entries[name]):
            if field == _BYTES:
                protobuf.expect(kind == SIZED, "bytes")
                found = _bytes(self.data, start, stop)
            elif field in _TENSORS:
                protobuf.expect(kind == SIZED, "tensors")
                found = _tensor(self.data, start, stop, *_TENSORS[field])
        if found is None:
            raise Malformed(f"the record has no tensor as {part}")
        return found


def parse(data: bytes) -> Record:
    """Finds the values of one record; unknown fields are skipped. What no one asks for is not looked at."""
    maps: dict[int, dict[str, tuple[int, int]]] = {1: {}, 2: {}}
    for field, kind, start, stop in protobuf.fields(data, 0, len(data)):
        if field in maps:
            protobuf.expect(kind == SIZED, "features and label")
            maps[field].update(_entry(data, start, stop))
    return Record(data, maps[1], maps[2])


def is_record(data: bytes) -> bool:
    """Returns whether the bytes are one record with numbers named ``values`` as features, and nothing else."""
    try:
        features = parse(data).tensor("features")
    except Malformed:
        return False
    return bool(features.values.size or features.is_sparse)


def written(features: Mapping[str, Any], label: Mapping[str, Any] | None = None) -> bytes:
    """A record of these values by their names.

    An array is a tensor of its own kind (32-bit or 64-bit floats, or whole numbers as int32), with its shape where it
    has more than one dimension; a text, bytes, or a list of these is a ``bytes`` value. Raises ``ValueError`` for
    whole numbers beyond 32 bits and ``TypeError`` for what is neither.
    """
    parts: Sequence[tuple[Part, Mapping[str, Any]]] = (("features", features), ("label", label or {}))
    return b"".join(
        named_value(part, name, value_of(value)) for part, values in parts for name, value in values.items()
    )


def named_value(part: Part, name: str, value: bytes) -> bytes:
    """An entry of one of the maps of a record; the value is a whole ``Value``."""
    return sized(_PARTS[part], sized(1, name.encode()) + sized(2, value))


def float32_value(packed: bytes) -> bytes:
    """A ``Value`` of 32-bit floats in little-endian bytes."""
    return sized(2, sized(1, packed))


def value_of(value: Any) -> bytes:
    """A ``Value`` of an array, a text, bytes, or a list of these; see ``written``."""
    if isinstance(value, str | bytes):
        return bytes_value([value])
    if isinstance(value, list) and value and all(isinstance(each, str | bytes) for each in value):
        return bytes_value(value)
    return _tensor_value(np.asarray(value))


def bytes_value(parts: Sequence[str | bytes]) -> bytes:
    """A ``Value`` that holds texts or bytes."""
    raw = (part.encode() if isinstance(part, str) else part for part in parts)
    return sized(_BYTES, b"".join(sized(1, part) for part in raw))


def _tensor_value(array: NDArray[Any]) -> bytes:
    kind = array.dtype.kind
    if kind not in "fiub":
        raise TypeError("it is no array of numbers, no text and no bytes")
    shape = sized(3, packed_varints(np.array(array.shape))) if array.ndim > 1 else b""
    if kind == "f":
        field, packed = (3, array.astype("<f8")) if array.dtype.itemsize > 4 else (2, array.astype("<f4"))
        return sized(field, sized(1, packed.tobytes()) + shape)
    return sized(7, sized(1, _int32s(array)) + shape)


def _int32s(array: NDArray[Any]) -> bytes:
    """Whole numbers of 32 bits as protobuf packs them."""
    if array.size and (array.min() < _INT32.min or array.max() > _INT32.max):
        raise ValueError(f"{array.max()} or {array.min()} is no 32-bit number")
    return packed_varints(array.ravel().astype(np.int64))


def _entry(data: bytes, at: int, end: int) -> dict[str, tuple[int, int]]:
    name, value = "", (end, end)
    for field, kind, start, stop in protobuf.fields(data, at, end):
        protobuf.expect(field > 2 or kind == SIZED, "names and values")
        if field == 1:
            name = data[start:stop].decode(errors="replace")
        elif field == 2:
            value = start, stop
    return {name: value}


def _bytes(data: bytes, at: int, end: int) -> list[bytes]:
    parts = [part for part in protobuf.fields(data, at, end) if part[0] == 1]
    protobuf.expect(all(kind == SIZED for _, kind, _, _ in parts), "bytes")
    return [data[start:stop] for _, _, start, stop in parts]


def _tensor(data: bytes, at: int, end: int, element: int, dtype: str) -> Tensor:
    pieces: dict[int, list[NDArray[np.float64] | Int64]] = {1: [], 2: [], 3: []}
    span = (0, 0)
    for field, kind, start, stop in protobuf.fields(data, at, end):
        if field in pieces:
            packed_as = element if field == 1 else VARINT
            protobuf.expect(kind in (SIZED, packed_as), "the numbers of a tensor")
            raw = data[start:stop]
            pieces[field].append(_floats(raw, dtype) if field == 1 and dtype else protobuf.varints(raw))
            span = (start, stop) if field == 1 else span
    values, keys, shape = (np.concatenate(found) if found else np.empty(0) for found in pieces.values())
    one_piece = dtype if len(pieces[1]) == 1 else ""
    if element == VARINT:
        values = values.astype(np.int64).astype(np.int32)
    return Tensor(values.astype(np.float64), keys.astype(np.int64), tuple(map(int, shape)), span, one_piece)


def _floats(raw: bytes, dtype: str) -> NDArray[np.float64]:
    if len(raw) % int(dtype[-1]):
        raise Malformed("a list of numbers ends within a number")
    return np.frombuffer(raw, dtype).astype(np.float64)
