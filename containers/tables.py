"""Tables as an algorithm's input: channels and requests of rows of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal

import numpy as np

from containers import formats
from containers.algorithm import Example, P, Signature
from containers.data import Sparse, Table
from containers.errors import ChannelError, Malformed, RequestError
from containers.formats.layout import Layout
from containers.media_type import MediaType
from containers.source import Source

REQUEST_TYPES = (
    "text/csv",
    "application/json",
    "application/jsonlines",
    "text/libsvm",
    "application/x-recordio-protobuf",
)
"""Without Parquet, as in SageMaker: its reader may end the whole process over bytes that are made for that."""


def _label_first(params: Any) -> Layout:
    return Layout(label_size=1)


@dataclass(frozen=True)
class TableInput(Generic[P]):
    """Reads tables. ``layout`` tells from the hyperparameters which columns come before the features."""

    content_types: Sequence[str]
    request_types: Sequence[str] = REQUEST_TYPES
    layout: Callable[[P], Layout] = _label_first
    label: Literal["required", "optional"] = "required"

    def read(self, source: Source, params: P, like: Table | None) -> Table:
        media_type = MediaType.parse(source.content_type or self.content_types[0])
        table_format = formats.TRAINING[media_type.name]
        layout = self.layout(params)
        if like is not None:
            layout = replace(layout, index_base=like.index_base)
        parts = []
        for path in source.files:
            with source.open(path) as stream:
                parts += list(table_format.chunks(stream, media_type, layout))
        table = join(parts, source.channel)
        if like is None:
            table = rebase(table)
        self._check(table, source, like)
        return widen(table, like.width) if like is not None else table

    def decode(self, body: bytes, media_type: MediaType, signature: Signature) -> Table:
        layout = Layout(index_base=signature.get("index_base", 0))
        try:
            table = formats.TRAINING[media_type.name].decode(body, media_type, layout)
        except Malformed as error:
            raise RequestError(str(error)) from error
        return fit_to_signature(table, signature)

    def signature(self, data: Table) -> Signature:
        base = {"index_base": data.index_base} if data.index_base else {}
        return {"feature_count": data.width, "feature_names": list(data.names), **base}

    def example(self, data: Table) -> Example:
        return Example("application/json", _first_row_as_json(data))

    def _check(self, table: Table, source: Source, like: Table | None) -> None:
        place = f"channel {source.channel!r}"
        if self.label == "required" and table.label is None:
            raise ChannelError(f"{place}: the records have no label; put it into the first column (label_size=1)")
        if table.width == 0:
            raise ChannelError(f"{place}: the records have no features, only a label")
        if like is None:
            return
        if table.width > like.width or (table.width < like.width and not isinstance(table.features, Sparse)):
            raise ChannelError(f"{place}: has {table.width} feature columns, the train channel has {like.width}")
        if table.names and like.names and table.names != like.names:
            raise ChannelError(f"{place}: its columns {list(table.names)} are not those of train, {list(like.names)}")


def join(parts: Sequence[Table], channel: str) -> Table:
    """Puts the parts of a channel together, in order. Raises ``ChannelError`` when they do not fit."""
    if not parts:
        raise ChannelError(f"channel {channel!r}: its files hold no record")
    sparse = any(isinstance(part.features, Sparse) for part in parts)
    widths = sorted({part.width for part in parts})
    if len(widths) > 1 and not sparse:
        raise ChannelError(f"channel {channel!r}: files with {widths[0]} and with {widths[-1]} feature columns")
    if len({part.names for part in parts}) > 1:
        raise ChannelError(f"channel {channel!r}: its files do not have the same column names in the same order")
    features = _stack_sparse(parts, widths[-1], channel) if sparse else np.concatenate([_dense(part) for part in parts])
    return Table(
        features,
        _concatenate([part.label for part in parts], channel, "label"),
        _concatenate([part.weight for part in parts], channel, "weight"),
        parts[0].names,
        parts[0].index_base,
        parts[0].indexed,
    )


def rebase(table: Table) -> Table:
    """Shifts one-based sparse columns (no entry at 0 in the whole train channel) to zero-based."""
    features = table.features
    if (
        not table.indexed
        or not isinstance(features, Sparse)
        or not features.indices.size
        or features.indices.min() == 0
    ):
        return table
    shifted = Sparse(features.values, features.indices - 1, features.indptr, (len(table), table.width - 1))
    return replace(table, features=shifted, index_base=1)


def widen(table: Table, width: int) -> Table:
    """A sparse table with as many columns as ``width``; a dense one has them already."""
    if isinstance(table.features, Sparse) and table.width < width:
        return replace(table, features=table.features.with_columns(width))
    return table


def fit_to_signature(table: Table, signature: Signature) -> Table:
    """Checks a request's columns, and puts named ones into the model's order. Raises ``RequestError``."""
    count, names = signature["feature_count"], tuple(signature.get("feature_names", ()))
    if table.names and names and table.names != names:
        return _by_name(table, names)
    if isinstance(table.features, Sparse):
        if table.width > count:
            raise RequestError(f"a record has a feature at index {table.width - 1}, the model knows 0 to {count - 1}")
        return widen(table, count)
    if table.width != count:
        raise RequestError(f"expected {count} features a record, got {table.width}{_hint(table.width, count)}")
    return table


def _hint(width: int, count: int) -> str:
    return " (leave the label out of requests)" if width == count + 1 else ""


def _by_name(table: Table, names: tuple[str, ...]) -> Table:
    missing = [name for name in names if name not in table.names]
    extra = [name for name in table.names if name not in names]
    if missing or extra or isinstance(table.features, Sparse):
        raise RequestError(f"columns do not fit the model: missing {missing or 'none'}, unknown {extra or 'none'}")
    order = [table.names.index(name) for name in names]
    return replace(table, features=table.features[:, order], names=names)


def _dense(part: Table) -> Any:
    return part.features


def _concatenate(columns: Sequence[Any], channel: str, what: str) -> Any:
    present = [column for column in columns if column is not None]
    if present and len(present) < len(columns):
        raise ChannelError(f"channel {channel!r}: some records have a {what}, others have none")
    return np.concatenate(present) if present else None


def _stack_sparse(parts: Sequence[Table], width: int, channel: str) -> Sparse:
    matrices = []
    for part in parts:
        if not isinstance(part.features, Sparse):
            raise ChannelError(f"channel {channel!r}: dense and sparse records in it; write all of them in one form")
        matrices.append(part.features)
    offsets = np.cumsum([0, *(matrix.values.size for matrix in matrices)])
    starts = [matrix.indptr[:-1] + offset for matrix, offset in zip(matrices, offsets[:-1], strict=True)]
    return Sparse(
        np.concatenate([matrix.values for matrix in matrices]),
        np.concatenate([matrix.indices for matrix in matrices]),
        np.concatenate([*starts, offsets[-1:]]).astype(np.int64),
        (sum(len(part) for part in parts), width),
    )


def _first_row_as_json(table: Table) -> bytes:
    import orjson

    features = table.features
    if isinstance(features, Sparse):
        end = features.indptr[1]
        values: dict[str, Any] = {
            "keys": features.indices[:end].tolist(),
            "shape": [table.width],
            "values": features.values[:end].tolist(),
        }
        return orjson.dumps({"instances": [{"data": {"features": values}}]})
    return orjson.dumps({"instances": [{"features": features[0]}]}, option=orjson.OPT_SERIALIZE_NUMPY)
