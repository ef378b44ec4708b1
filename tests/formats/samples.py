"""One matrix written in every format that is read: the other side of ``contract.tables.formats``, for tests only."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["float32", "float64", "int32"]
_TENSOR_FIELDS = {"float32": 2, "float64": 3, "int32": 7}


def as_csv(features: NDArray[Any], label: NDArray[Any] | None = None, delimiter: str = ",") -> bytes:
    """Lines of numbers, the label in front; NaN is an empty cell."""
    return "".join(delimiter.join(map(_cell, row)) + "\n" for row in _beside(label, features)).encode()


def as_libsvm(features: NDArray[Any], label: NDArray[Any] | None = None, base: int = 0) -> bytes:
    """Lines of index:value, the first column with index ``base``; NaN is left out."""
    lines = []
    for row, values in enumerate(features):
        front = [] if label is None else [_cell(label[row])]
        entries = [f"{base + at}:{_cell(value)}" for at, value in enumerate(values) if value == value]
        lines.append(" ".join(front + entries) + "\n")
    return "".join(lines).encode()


def as_parquet(features: NDArray[Any], label: NDArray[Any] | None = None, names: Sequence[str] = ()) -> bytes:
    """Columns of doubles; NaN is null."""
    from arro3.core import Array, DataType, Table
    from arro3.io import write_parquet

    cells = _beside(label, features)
    names = names or [f"c{at}" for at in range(cells.shape[1])]
    values = ([None if cell != cell else float(cell) for cell in column] for column in cells.T)
    columns = {name: Array(column, type=DataType.float64()) for name, column in zip(names, values, strict=True)}
    file = io.BytesIO()
    write_parquet(Table.from_pydict(columns), file)
    return file.getvalue()


def as_recordio(features: NDArray[Any], label: NDArray[Any] | None = None, kind: Kind = "float32") -> bytes:
    """Dense records of one kind of tensor."""
    records = []
    for row, values in enumerate(features):
        front = b"" if label is None else vector(2, tensor(kind, label[row : row + 1]))
        records.append(framed(vector(1, tensor(kind, values)) + front))
    return b"".join(records)


def as_sparse_recordio(features: NDArray[Any], label: NDArray[Any] | None = None, kind: Kind = "float32") -> bytes:
    """Sparse records: only what is not NaN is written."""
    records = []
    for row, values in enumerate(features):
        keys = np.flatnonzero(~np.isnan(values)).tolist()
        front = b"" if label is None else vector(2, tensor(kind, label[row : row + 1]))
        records.append(framed(vector(1, tensor(kind, values[keys], keys, [values.size])) + front))
    return b"".join(records)


def as_json(features: NDArray[Any], label: NDArray[Any] | None = None) -> bytes:
    """``{"instances": [{"features": [...]}]}``; NaN is null."""
    return json.dumps({"instances": _instances(features, label)}).encode()


def as_jsonlines(features: NDArray[Any], label: NDArray[Any] | None = None) -> bytes:
    """One ``{"features": [...]}`` a line; NaN is null."""
    return "".join(json.dumps(instance) + "\n" for instance in _instances(features, label)).encode()


def framed(payload: bytes) -> bytes:
    """One RecordIO frame."""
    return struct.pack("<II", 0xCED7230A, len(payload)) + payload + bytes(-len(payload) % 4)


def vector(field: int, value: bytes, name: str = "values") -> bytes:
    """An entry of the map ``features`` (field 1) or ``label`` (field 2) of a record."""
    return sized(field, sized(1, name.encode()) + sized(2, value))


def tensor(kind: Kind, values: Any, keys: Sequence[int] = (), shape: Sequence[int] = ()) -> bytes:
    """A protobuf value that holds a tensor, all lists packed."""
    lists = [(1, packed(kind, values)), (2, b"".join(map(varint, keys))), (3, b"".join(map(varint, shape)))]
    return sized(_TENSOR_FIELDS[kind], b"".join(sized(field, payload) for field, payload in lists if payload))


def packed(kind: Kind, values: Any) -> bytes:
    """The numbers of a packed list."""
    if kind == "int32":
        return b"".join(varint(int(value) % 2**64) for value in values)
    return np.asarray(values, {"float32": "<f4", "float64": "<f8"}[kind]).tobytes()


def sized(field: int, payload: bytes) -> bytes:
    """A protobuf field of wire type 2."""
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def varint(value: int) -> bytes:
    """A whole number as protobuf writes it."""
    octets = []
    while value > 127:
        octets.append(value % 128 + 128)
        value //= 128
    return bytes([*octets, value])


def _beside(label: NDArray[Any] | None, features: NDArray[Any]) -> NDArray[Any]:
    return features if label is None else np.column_stack([label, features])


def _instances(features: NDArray[Any], label: NDArray[Any] | None) -> list[dict[str, Any]]:
    rows = [{"features": [None if value != value else float(value) for value in row]} for row in features]
    return rows if label is None else [{**row, "label": float(value)} for row, value in zip(rows, label, strict=True)]


def _cell(value: float) -> str:
    return "" if value != value else repr(float(value))
