"""Tables as an algorithm's input: channels and requests of rows of numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, Literal

import numpy as np

from contract.algorithm import Example, P, Signature
from contract.data import PART
from contract.errors import ChannelError, Malformed, RequestError
from contract.media_type import MediaType
from contract.source import Source
from contract.tables import formats, typical, user_rows
from contract.tables.categories import encode, levels_in, levels_of, with_texts
from contract.tables.data import Sparse, Table
from contract.tables.formats.layout import RecordLayout
from contract.tables.joining import join, rebase, widen
from contract.tables.partitions import Partitions
from contract.tables.signature import fit_to_signature
from contract.tables.spool import collect

REQUEST_TYPES = (
    "text/csv",
    "application/json",
    "application/jsonlines",
    "text/libsvm",
    "application/x-recordio-protobuf",
)
"""Without Parquet, as in SageMaker: its reader may end the whole process over bytes that are made for that."""


def _label_first(params: Any) -> RecordLayout:
    return RecordLayout(label_size=1)


def _no_categories(params: Any, source: Source) -> Collection[int | str]:
    return ()


def _as_given(sources: Mapping[str, Source]) -> Mapping[str, Source]:
    return sources


@dataclass(frozen=True)
class TableInput(Generic[P]):
    """Reads tables.

    ``layout`` tells from the hyperparameters which columns come before the features, usually the label. ``categories``
    finds the feature columns of categories, by number from 0 or by name, of the train channel. ``missing`` = False
    refuses empty cells; ``sparse`` = "zero" makes sparse records dense, with 0 for what is not stored. ``arrange`` may
    split channels.
    """

    content_types: Sequence[str] = tuple(formats.FORMATS)
    request_types: Sequence[str] = REQUEST_TYPES
    layout: Callable[[P], RecordLayout] = _label_first
    label: Literal["required", "optional"] = "required"
    missing: bool = True
    sparse: Literal["missing", "zero"] = "missing"
    categories: Callable[[P, Source], Collection[int | str]] = _no_categories
    arrange: Callable[[Mapping[str, Source]], Mapping[str, Source]] = _as_given

    def read(self, source: Source, params: P, like: Table | None) -> Table:
        media_type = MediaType.parse(source.content_type or self.content_types[0])
        layout = replace(self._layout(source, params, like), note=cache(source.log))
        parts = self._parts(source, media_type, layout)
        table = collect(parts, source.channel, lambda read: join(read, source.channel))
        if like is None:
            table = rebase(table)
        self._check(table, source, like)
        table = widen(table, like.width) if like is not None else table
        levels = _levels(table, source) if like is None else like.levels
        return encode(table, levels, in_place=True)

    def decode(self, body: bytes, media_type: MediaType, signature: Signature) -> Table:
        levels = {int(column): tuple(texts) for column, texts in signature.get("categories", {}).items()}
        names = signature.get("feature_names") or ()
        layout = RecordLayout(
            index_base=signature.get("index_base", 0),
            width=signature["feature_count"],
            texts=frozenset(levels),
            text_names=frozenset(names[column] for column in levels) if names else frozenset(),
        )
        try:
            table = formats.TRAINING[media_type.name].decode(body, media_type, layout)
            table = self._filled(fit_to_signature(table, signature))
            if levels:
                table = with_texts(table, levels)
                table = encode(table, levels | levels_in(table, signature.get("unlisted_categories", ())))
        except Malformed as error:
            raise RequestError(str(error)) from error
        if not self.missing and (place := missing_cell(table)):
            raise RequestError(_incomplete(place))
        return table

    def configuration(self, batch: Table) -> Mapping[str, Any]:
        return {}

    def batch(self, made: Any, signature: Signature) -> Table:
        """Rows of features: an array (n, d), one record (d,), lists, or frames and Series, whose cells have names."""
        if isinstance(made, Table):
            return made
        rows = user_rows.as_json(made, named=bool(signature.get("feature_names")))
        return self.decode(rows, MediaType("application/json"), signature)

    def signature(self, data: Table) -> Signature:
        optional: dict[str, Any] = {"index_base": data.index_base} if data.index_base else {}
        if data.levels:
            optional["categories"] = {str(column): list(levels) for column, levels in sorted(data.levels.items())}
        return {"feature_count": data.width, "feature_names": list(data.names), **optional}

    def example(self, data: Table) -> Example:
        return Example("application/json", typical.request(data))

    def _layout(self, source: Source, params: P, like: Table | None) -> RecordLayout:
        layout = replace(self.layout(params), label_optional=self.label == "optional")
        if like is not None:
            names = frozenset(like.names[column] for column in like.levels) if like.names else frozenset[str]()
            return replace(
                layout, index_base=like.index_base, width=like.width, texts=frozenset(like.levels), text_names=names
            )
        found = self.categories(params, source)
        columns = frozenset(column for column in found if isinstance(column, int))
        return replace(layout, texts=columns, text_names=frozenset(name for name in found if isinstance(name, str)))

    def _parts(self, source: Source, media_type: MediaType, layout: RecordLayout) -> Iterator[Table]:
        partitions = Partitions.of(source)
        for path in source.files:
            with source.open(path) as stream:
                for part in formats.TRAINING[media_type.name].chunks(stream, media_type, layout):
                    whole = partitions.beside(self._filled(part), path, layout)
                    columns = layout.text_columns(whole.names)
                    yield with_texts(whole, columns) if columns else whole

    def _filled(self, table: Table) -> Table:
        if self.sparse == "zero" and isinstance(table.features, Sparse):
            return replace(table, features=table.features.filled())
        return table

    def _check(self, table: Table, source: Source, like: Table | None) -> None:
        place = f"channel {source.channel!r}"
        if self.label == "required" and table.label is None:
            raise ChannelError(f"{place}: the records have no label; put it into the first column (label_size=1)")
        if table.width == 0:
            raise ChannelError(f"{place}: the records have no features, only a label")
        if not self.missing and (cell := missing_cell(table)):
            raise ChannelError(f"{place}, {_incomplete(cell)} (records are counted over all files)")
        if like is None:
            return
        if table.width > like.width or (table.width < like.width and not isinstance(table.features, Sparse)):
            by_one = abs(table.width - like.width) == 1
            hint = "; does one of them have a label? See `text/csv;label_size=`" if by_one else ""
            raise ChannelError(f"{place}: has {table.width} feature columns, the train channel has {like.width}{hint}")
        if table.names and like.names and table.names != like.names:
            both = f"its columns {list(table.names)} are not those of train, {list(like.names)}"
            raise ChannelError(f"{place}: {both}; write both channels with the same columns in one order")


def _levels(table: Table, source: Source) -> Mapping[int, tuple[str, ...]]:
    """The levels of every column of categories; says where two spellings were taken for one category."""
    found = {column: levels_of(texts) for column, texts in table.texts.items()}
    merged = [(column, levels.merged) for column, levels in sorted(found.items()) if levels.merged]
    if merged:
        column, (one, other) = merged[0]
        name = table.names[column] if table.names else f"feature {column + 1}"
        more = f" (and so in {len(merged) - 1} more columns)" if len(merged) > 1 else ""
        source.log(f"{name}: the categories {one} and {other} are taken for the same one{more}")
    return {column: levels.texts for column, levels in found.items()}


def missing_example(count: int) -> Example:
    """A request of one record of ``count`` missing values, for a model whose training data are not known."""
    return Example("text/csv", ",".join(["nan"] * count).encode())


def check_feature_dim(given: int | None, table: Table) -> None:
    """Raises ``ChannelError`` where the hyperparameter feature_dim is given and is not the table's width."""
    if given is not None and given != table.width:
        what = f"feature_dim is {given}, but the records have {table.width} features"
        hint = "; was the label counted, or are there none (`text/csv;label_size=0`)?"
        raise ChannelError(what + (hint if given == table.width + 1 else ""))


def missing_cell(table: Table) -> tuple[int, int] | None:
    """Row and column, from 0, of the first cell of a dense table that holds no value."""
    features = table.features
    if isinstance(features, Sparse):
        return None
    for start in range(0, len(table), PART):
        missing = np.isnan(features[start : start + PART])
        if np.count_nonzero(missing):
            row, column = divmod(int(missing.argmax()), table.width)
            return start + row, column
    return None


def _incomplete(place: tuple[int, int]) -> str:
    row, column = place
    remedy = "this algorithm needs complete records, fill it in or let the algorithm preprocessing do it"
    return f"record {row + 1}, feature {column + 1}: the value is missing; {remedy}"
