"""The files of a channel, whose faults are told in terms of the schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from contract.errors import ChannelError, Malformed, NotANumber
from contract.media_type import MediaType
from contract.source import Source
from contract.tables import formats
from contract.tables.data import Table
from contract.tables.formats.layout import RecordLayout
from contract.tables.partitions import Partitions

NAMES_TOLD = 10
_ALL_TEXTS = RecordLayout(label_size=1, label_optional=True, texts=frozenset(range(1 << 16)))
"""Reads what can be read of a file whose columns are not those that were expected."""
_CATEGORY = (
    "if the column holds categories, declare it in the hyperparameter `schema`, the list of all columns, "
    'like {"name": "region", "type": "category"}'
)


@dataclass(frozen=True, kw_only=True)
class DeclaredSource(Source):
    """A channel whose columns are ``declared``; none are where there is no schema."""

    media_type: MediaType
    declared: tuple[str, ...]

    @classmethod
    def of(cls, source: Source, media_type: MediaType, declared: Sequence[str]) -> DeclaredSource:
        return cls(**vars(source), media_type=media_type, declared=tuple(declared))

    @contextmanager
    def open(self, path: Path) -> Iterator[BinaryIO]:
        with super().open(path) as stream:
            try:
                yield stream
            except Malformed as error:
                raise self._explained(error, path) from None

    def _explained(self, error: Malformed, path: Path) -> Malformed:
        """Other columns than the declared ones are the cause of whatever else is wrong."""
        records = self._first_records(path) if self.declared else None
        if records is not None and (told := misfit(self.declared, records)):
            return Malformed(told)
        return Malformed(f"{error.what}; {_CATEGORY}", error.where) if isinstance(error, NotANumber) else error

    def _first_records(self, path: Path) -> Table | None:
        """The first part of a file, whatever its cells hold; None where its lines are not records of one length."""
        try:
            with super().open(path) as stream:
                parts = formats.TRAINING[self.media_type.name].chunks(stream, self.media_type, _ALL_TEXTS)
                first = next(parts, None)
                return first and Partitions.of(self).beside(first, path, _ALL_TEXTS)
        except ChannelError:
            return None


def misfit(declared: Sequence[str], table: Table) -> str:
    """The difference between the columns of a table and the declared ones, with the remedy; "" where there is none."""
    if table.names:
        return _other_names(declared, table.names)
    if table.width == len(declared):
        return ""
    place = "without a label" if table.label is None else "behind the label"
    told = f"the schema declares {len(declared)} columns, the file has {table.width} {place}"
    if table.label is not None and table.width == len(declared) - 1:
        return f"{told}; if none of its columns is a label, send it as `text/csv; label_size=0`"
    if table.label is None and table.width == len(declared) + 1:
        return f"{told}; if its first column is a label, leave label_size=0 out"
    return f"{told}; declare every column behind the label, in the order of the file"


def _other_names(declared: Sequence[str], names: Sequence[str]) -> str:
    missing = _listed([name for name in declared if name not in names])
    unknown = _listed([name for name in names if name not in declared])
    if missing and unknown:
        return f"the file lacks {missing} of the schema and has {unknown} instead"
    if missing:
        return f"the file lacks {missing} of the schema"
    return f"the file has {unknown}, which the schema does not declare; declare every column" if unknown else ""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_TOLD:,} more" if len(names) > NAMES_TOLD else ""
    return f"{list(names[:NAMES_TOLD])}{more}" if names else ""
